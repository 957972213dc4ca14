// A decoded event, and its decoder.
//
// Takes: the JSON of a record, in structured or binary mode. Gives: an Event with checked attributes and typed fields, or
// the reason for its refusal.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/log.h"
#include "engine/types.h"
#include "topics/catalogue.h"

namespace topics {

// The reason for refusing a record. The codes are part of the contract: dead letters and metrics carry them.
enum class Reason : std::uint8_t {
  not_json,
  invalid_utf8,
  too_deep,
  oversize,
  missing_attribute,
  wrong_type,
  bad_time,
  time_ahead,
  bad_identifier,
  unsupported_specversion,
  unsupported_content,
  id_conflict,
  wrong_partition,
  wrong_topic,
  loop,
  too_late,
  too_many_facts,
  unknown_target,
  contradiction,
};

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::contradiction) + 1;

std::string_view code(Reason reason);  // snake_case
std::string_view doc(Reason reason);   // one line for people
std::optional<Reason> find_reason(std::string_view code);

struct Rejection {
  Reason reason = Reason::not_json;
  std::string detail;  // names the attribute or field and its fault
};

// Limits of accepted events. Anything beyond them is rejected, never cut.
struct Limits {
  std::size_t max_event_bytes = 256u << 10;  // the record's value and its headers
  std::size_t max_id_bytes = 256;            // id, source, type, subject, correlation and causation each
  std::size_t max_string_bytes = 64u << 10;  // one string in the data
  int max_depth = 32;                        // nested arrays and objects, the event itself being the first
  std::size_t max_list = 1000;               // strings in one array
  std::chrono::milliseconds max_ahead = std::chrono::minutes(5);  // event time after the record's timestamp
};

// A decoded CloudEvent. It owns its bytes, so it outlives the record. Decoding into a used Event usually allocates
// nothing.
//
// Threads:   confined to one thread at a time.
// Ownership: returned views live until the next decode into the Event, or until it is moved or destroyed.
class Event {
 public:
  std::string_view id() const { return at(id_); }
  std::string_view source() const { return at(source_); }
  std::string_view type_name() const { return at(type_); }  // as written
  std::string_view subject() const { return at(subject_); }
  const TypeSpec* spec() const { return spec_; }  // nullptr: an unknown type, which is kept and counted
  bool is(Type type) const { return spec_ != nullptr && spec_->type == type; }
  engine::Instant time() const { return time_; }
  std::optional<std::string_view> correlation() const { return non_empty(correlation_); }
  std::optional<std::string_view> causation() const { return non_empty(causation_); }

  // The number of data fields that are unknown, that the type does not list, or that repeat an earlier name (the first
  // counts). A known field that the type does not list can still be read if its value fits.
  std::uint32_t extra_fields() const { return extra_fields_; }

  // Fields by kind; nothing if the field is absent (as null and the empty string are) or of another kind. text()
  // returns strings, decimals and instants, as written.
  bool has(Field field) const { return present(field); }
  std::optional<std::string_view> text(Field field) const;
  std::optional<std::int64_t> integer(Field field) const;
  std::optional<bool> boolean(Field field) const;
  std::optional<engine::Instant> instant(Field field) const;
  std::vector<std::string_view> strings(Field field) const;  // empty when absent

  // The data object as JSON text without white space; digits and escapes are unchanged. "{}" if there is none.
  std::string_view data() const { return at(data_); }

 private:
  friend class EventReader;

  struct Range {
    std::uint32_t from = 0;
    std::uint32_t size = 0;
  };
  struct Slot {
    Field field;
    Range text;           // strings: [from, from + size) of parts_
    std::int64_t number;  // integers, booleans, instants in ms
  };

  std::string_view at(Range range) const { return std::string_view(bytes_).substr(range.from, range.size); }
  std::optional<std::string_view> non_empty(Range range) const {
    if (range.size == 0) return std::nullopt;
    return at(range);
  }
  bool present(Field field) const {
    const auto bit = static_cast<std::size_t>(field);
    return (present_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  const Slot* find(Field field) const;

  std::string bytes_;  // the record value, then unescaped strings and strings from headers
  std::vector<Slot> slots_;
  std::array<std::uint64_t, (kFieldCount + 63) / 64> present_{};  // bits of the fields in slots_
  std::vector<Range> parts_;
  const TypeSpec* spec_ = nullptr;
  engine::Instant time_{};
  Range id_, source_, type_, subject_, correlation_, causation_, data_;
  std::uint32_t extra_fields_ = 0;
};

// Reads CloudEvents 1.0 in JSON, in structured and in binary mode (content_mode.h); both give equal events. The decoder
// validates the whole text (JSON grammar, UTF-8, depth) before it uses any of it.
//
// Threads: confined to one thread.
class Decoder {
 public:
  explicit Decoder(Limits limits = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Decodes `record` into `out`. After a rejection the contents of `out` are unspecified.
  // REQUIRES: 64 readable bytes follow the record's value, as engine::Batch promises.
  std::expected<void, Rejection> decode(const engine::Record& record, Event& out);

  // The same for a structured event without a record; copies it. `logged` replaces the timestamp of the record.
  std::expected<void, Rejection> decode(std::string_view value, engine::Instant logged, Event& out);

 private:
  std::expected<void, Rejection> decode_structured(const engine::Record& record, Event& out);
  std::expected<void, Rejection> decode_binary(const engine::Record& record, Event& out);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace topics
