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

// Why a record was not applied. The codes are part of the contract: dead letters and metrics carry them.
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
  std::string detail;  // names the attribute or field and what is wrong with it
};

// Bounds of what is accepted. Whatever lies beyond is rejected, never cut.
struct Limits {
  std::size_t max_event_bytes = 256u << 10;  // the record's value and its headers
  std::size_t max_id_bytes = 256;            // id, source, type, subject, correlation and causation each
  std::size_t max_string_bytes = 64u << 10;  // one string in the data
  int max_depth = 32;                        // nested arrays and objects, the event itself being the first
  std::size_t max_list = 1000;               // strings in one array
  std::chrono::milliseconds max_ahead = std::chrono::minutes(5);  // event time after the record's timestamp
};

// A decoded CloudEvent. It owns its bytes, so it outlives the record, and decoding into a used Event allocates
// nothing as a rule.
//
// Threads:   confined to one thread at a time.
// Ownership: views that it returns live until the next decode into it or until it is moved or destroyed.
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

  // Fields of the data that are not known, that the type does not list, or that repeat one: the first of a name
  // counts. A known field that the type does not list can be read all the same when its value fits.
  std::uint32_t extra_fields() const { return extra_fields_; }

  // Fields by kind; nothing when the field is absent (as null and the empty string are) or of another kind. text()
  // serves strings, decimals and instants, as written.
  bool has(Field field) const { return present(field); }
  std::optional<std::string_view> text(Field field) const;
  std::optional<std::int64_t> integer(Field field) const;
  std::optional<bool> boolean(Field field) const;
  std::optional<engine::Instant> instant(Field field) const;
  std::vector<std::string_view> strings(Field field) const;  // empty when absent

  // The data object as JSON text without white space; digits and escapes are as they came. "{}" when there is none.
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

  std::string bytes_;  // the record value, then strings that had escapes or came as headers
  std::vector<Slot> slots_;
  std::array<std::uint64_t, (kFieldCount + 63) / 64> present_{};  // bits of the fields in slots_
  std::vector<Range> parts_;
  const TypeSpec* spec_ = nullptr;
  engine::Instant time_{};
  Range id_, source_, type_, subject_, correlation_, causation_, data_;
  std::uint32_t extra_fields_ = 0;
};

// Reads CloudEvents 1.0 in JSON, in structured and in binary mode (content_mode.h); both give equal events. The whole
// text is checked (JSON grammar, UTF-8, depth) before any of it is used.
//
// Threads: confined to one thread.
class Decoder {
 public:
  explicit Decoder(Limits limits = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Decodes `record` into `out`. After a rejection `out` holds nothing that may be used.
  // REQUIRES: 64 readable bytes follow the record's value, as engine::Batch promises.
  std::expected<void, Rejection> decode(const engine::Record& record, Event& out);

  // The same for a structured event of which nothing is known; copies it. `logged` is what a record's timestamp would
  // be.
  std::expected<void, Rejection> decode(std::string_view value, engine::Instant logged, Event& out);

 private:
  std::expected<void, Rejection> decode_structured(const engine::Record& record, Event& out);
  std::expected<void, Rejection> decode_binary(const engine::Record& record, Event& out);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace topics
