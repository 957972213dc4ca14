#pragma once

#include <cstdint>
#include <string>

#include "engine/log/log.h"
#include "ops/import/mapping.h"
#include "ops/import/row.h"

namespace ops {

// The result of a field rule on a row.
enum class FieldOutcome : std::uint8_t {
  absent,  // one of its columns is blank, or the value map leaves it out
  present,
  unmapped,    // the value map lacks the value: the field is left out
  unreadable,  // the value is not of the field's kind: the field is left out
};

// Creates the events of rows.
//
// Threads: confined to one thread.
class RowEvents {
 public:
  explicit RowEvents(const Mapping& mapping) : mapping_(mapping) {}

  // Replaces `text` by the value of `rule` in `row`, in the form of its field. For times `text` stays empty.
  FieldOutcome find(const FieldRule& rule, const Row& row, std::string& text) const;

  // Fills key and value of `out` with the event of `rule` for `row`.
  // REQUIRES: the row has the rule's time, and its required fields.
  void encode(const EventRule& rule, const Row& row, engine::Outgoing& out);

 private:
  const Mapping& mapping_;
  std::string text_;
  std::string data_;
  std::string id_;
};

// Replaces `id` by "<subject>/<last part of the type>/<16 hex digits>"; the digits are a hash of type, time and
// `data`, and of `run` if it is not 0.
void make_event_id(std::string& id, std::string_view subject, std::string_view type, engine::Instant time,
                   std::string_view data, std::uint64_t run = 0);

}  // namespace ops
