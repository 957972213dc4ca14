#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string_view>

#include "topics/codec/event.h"
#include "topics/codec/json_text.h"

namespace topics {

// Fills an Event in two independent parts: its attributes, and the fields of its data. Structured mode takes both from
// one JSON text: read(). Binary mode takes the attributes from headers and the data from the whole value:
// read_headers(), then read_value().
//
// Threads: confined to one thread.
class EventReader {
 public:
  using Outcome = std::expected<void, Rejection>;

  EventReader(const Limits& limits, Event& out) : limits_(limits), out_(out) {}

  // Reads the structured event `text`. `logged` bounds its time.
  // REQUIRES: `text` is valid JSON, and 8 readable bytes follow it.
  Outcome read(std::string_view text, engine::Instant logged);

  // Reads the attributes of a record in binary mode, without its `value`. Rejections name the headers.
  Outcome read_headers(std::string_view value, std::string_view headers, engine::Instant logged);

  // Reads the data of that record. An empty value means no data.
  // REQUIRES: read_headers() succeeded; its value is empty or valid JSON, and 8 readable bytes follow it.
  Outcome read_value();

 private:
  using Range = Event::Range;

  enum class Attribute : std::uint8_t {
    specversion,
    id,
    source,
    type,
    subject,
    time,
    content_type,
    correlation,
    causation,
  };
  static constexpr std::size_t kAttributeCount = 9;
  static const std::array<std::string_view, kAttributeCount> kAttributeNames;

  // "<name> <what>" as the detail.
  static std::unexpected<Rejection> reject(Reason reason, std::string_view name, std::string_view what);

  void start(std::string_view value);
  std::string attribute_name(Attribute attribute) const;  // as written
  Outcome read_envelope(JsonText& json);
  Outcome take_attribute(Attribute attribute, Range text);
  Outcome read_attribute(Attribute attribute, JsonText& json);
  Outcome check_envelope(engine::Instant logged);
  Outcome check_identifier(Attribute attribute) const;

  // Reads the fields of the data at `json`, by the list of the event's type. REQUIRES: the type was read.
  Outcome read_data(JsonText& json);
  Outcome read_field(Field field, JsonText& json);
  Outcome check_required() const;

  // Each takes the value at `json` for the field if it fits, otherwise returns the reason. It moves past the value.
  Outcome take_text(const FieldMeaning& field, JsonText& json);
  Outcome take_strings(const FieldMeaning& field, JsonText& json);
  Outcome take_scalar(const FieldMeaning& field, JsonText& json);

  Range range_of(std::string_view raw) const;
  Range keep(const JsonText::String& string);  // of the string's meaning; appends it if it has escapes
  Range append(std::string_view text);
  void add(Field field, Range text, std::int64_t number);
  std::string_view attribute(Attribute attribute) const {
    return out_.at(attributes_[static_cast<std::size_t>(attribute)]);
  }

  const Limits& limits_;
  Event& out_;
  const char* base_ = nullptr;                       // start of the text; the event's bytes begin with a copy of it
  std::array<Range, kAttributeCount> attributes_{};  // size 0: absent
  bool has_data_ = false;
  bool binary_ = false;
  bool empty_value_ = false;
};

}  // namespace topics
