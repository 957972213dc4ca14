#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "topics/event.h"
#include "topics/json_text.h"

namespace topics {

// Fills an Event in two parts that do not know of each other: its attributes, and its data. Structured mode takes
// both from one JSON text; binary mode would take the attributes from headers and hand the whole value to read_data().
//
// REQUIRES: the text is valid JSON, of which 8 readable bytes follow.
class EventReader {
 public:
  using Outcome = std::expected<void, Rejection>;

  EventReader(const Limits& limits, Event& out) : limits_(limits), out_(out) {}

  // Reads the structured event `text`, which must be a JSON object. `logged` bounds its time.
  Outcome read(std::string_view text, engine::Instant logged);

 private:
  enum class Attribute { specversion, id, source, type, subject, time, content_type, correlation, causation };
  static constexpr std::size_t kAttributeCount = 9;

  using Range = Event::Range;

  Outcome read_attribute(Attribute attribute, JsonText& json);
  Outcome check_identifiers() const;
  Outcome check_envelope(engine::Instant logged);

  // Reads the fields of the data object at `json` by what the event's type lists. REQUIRES: spec_ is set.
  Outcome read_data(JsonText& json);
  Outcome read_field(Field field, bool strict, JsonText& json);
  Outcome check_required() const;

  // Whether the value at `json` fits the field; it was taken in then. Always moves past the value.
  Outcome take_string(Field field, JsonText& json);
  Outcome take_strings(Field field, JsonText& json);
  Outcome take_scalar(Field field, JsonText& json);

  Range range_of(std::string_view raw) const;
  Range keep(const JsonText::String& string);
  void add(Field field, Range text, std::int64_t number);
  std::string_view view(Range range) const { return out_.at(range); }
  std::string_view attribute(Attribute attribute) const { return view(attributes_[static_cast<std::size_t>(attribute)]); }

  const Limits& limits_;
  Event& out_;
  const char* base_ = nullptr;  // where the text begins; out_.bytes_ begins with a copy of it
  Range attributes_[kAttributeCount] = {};
  bool has_attribute_[kAttributeCount] = {};
};

}  // namespace topics
