#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/json.h"
#include "engine/types.h"
#include "topics/catalogue.h"

namespace topics {

// Writes an input event in two steps, so that the id can be derived from the data:
//
//   std::string data;
//   FieldWriter(data).text(Field::area, "8").boolean(Field::duplicate, true).finish();
//   append_event(out, {.id = id, .source = "import/boston311", .type = spec(Type::request_reported).name,
//                      .subject = "101001", .time = opened}, data);

// Appends a data object to a string, field by field in the order of the calls. Empty texts are left out.
//
// REQUIRES: each field is written with the function of its kind (checked); finish() is called once, last.
class FieldWriter {
 public:
  // Instants are written in the zone `zone_seconds` east of UTC.
  explicit FieldWriter(std::string& out, int zone_seconds = 0);

  FieldWriter& text(Field field, std::string_view value);  // FieldKind::string
  FieldWriter& integer(Field field, std::int64_t value);
  FieldWriter& boolean(Field field, bool value);
  FieldWriter& instant(Field field, engine::Instant value);
  FieldWriter& decimal(Field field, std::string_view value);  // a JSON number if it is one, otherwise a string
  FieldWriter& strings(Field field, std::span<const std::string> values);
  void finish() { json_.end_object(); }

 private:
  std::string& out_;
  engine::JsonWriter json_;
  int zone_seconds_;
};

struct Envelope {
  std::string_view id;
  std::string_view source;
  std::string_view type;
  std::string_view subject;
  engine::Instant time{};
  int zone_seconds = 0;  // east of UTC; affects only the form of `time`
  std::string_view correlation = {};
  std::string_view causation = {};
};

// Appends the CloudEvent as one line of JSON (without a line break): specversion, id, source, type, subject, time,
// datacontenttype, correlationid, causationid, data. `data` is a JSON object.
void append_event(std::string& out, const Envelope& envelope, std::string_view data);

// The same up to the data. The caller appends the data and a closing brace.
void append_envelope(std::string& out, const Envelope& envelope);

}  // namespace topics
