#include "topics/codec/encode.h"

#include "engine/result.h"
#include "topics/codec/rfc3339.h"

namespace topics {

namespace {

// Whether `text` is a JSON number that every reader takes: at most 15 digits before the point, no exponent.
bool plain_number(std::string_view text) {
  constexpr std::size_t kMaxDigits = 15;
  constexpr std::size_t kMaxBytes = 40;
  const auto digits = [&](std::size_t from) {
    std::size_t to = from;
    while (to < text.size() && text[to] >= '0' && text[to] <= '9') ++to;
    return to - from;
  };
  if (text.size() > kMaxBytes) return false;
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits(first);
  if (whole == 0 || whole > kMaxDigits || (whole > 1 && text[first] == '0')) return false;
  const std::size_t point = first + whole;
  if (point == text.size()) return true;
  if (text[point] != '.') return false;
  const std::size_t fraction = digits(point + 1);
  return fraction != 0 && point + 1 + fraction == text.size();
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  engine::append_json_string(out, value);
}

}  // namespace

FieldWriter::FieldWriter(std::string& out, int zone_seconds) : out_(out), json_(out), zone_seconds_(zone_seconds) {
  json_.begin_object();
}

FieldWriter& FieldWriter::text(Field field, std::string_view value) {
  const FieldMeaning& of = meaning(field);
  CHECK(of.kind == FieldKind::string);
  if (!value.empty()) json_.text(of.name, value);
  return *this;
}

FieldWriter& FieldWriter::integer(Field field, std::int64_t value) {
  const FieldMeaning& of = meaning(field);
  CHECK(of.kind == FieldKind::integer);
  json_.key(of.name).integer(value);
  return *this;
}

FieldWriter& FieldWriter::boolean(Field field, bool value) {
  const FieldMeaning& of = meaning(field);
  CHECK(of.kind == FieldKind::boolean);
  json_.key(of.name).boolean(value);
  return *this;
}

FieldWriter& FieldWriter::instant(Field field, engine::Instant value) {
  const FieldMeaning& of = meaning(field);
  CHECK(of.kind == FieldKind::instant);
  json_.key(of.name).raw("\"");
  append_rfc3339(out_, value, zone_seconds_);
  out_ += '"';
  return *this;
}

FieldWriter& FieldWriter::decimal(Field field, std::string_view value) {
  const FieldMeaning& of = meaning(field);
  CHECK(of.kind == FieldKind::decimal);
  if (value.empty()) return *this;
  json_.key(of.name);
  if (plain_number(value)) {
    json_.raw(value);
  } else {
    json_.string(value);
  }
  return *this;
}

FieldWriter& FieldWriter::strings(Field field, std::span<const std::string> values) {
  const FieldMeaning& of = meaning(field);
  CHECK(of.kind == FieldKind::strings);
  json_.key(of.name).begin_array();
  for (const std::string& value : values) json_.string(value);
  json_.end_array();
  return *this;
}

void append_event(std::string& out, const Envelope& envelope, std::string_view data) {
  append_envelope(out, envelope);
  out += data;
  out += '}';
}

void append_envelope(std::string& out, const Envelope& envelope) {
  append_member(out, R"({"specversion":"1.0","id":)", envelope.id);
  append_member(out, R"(,"source":)", envelope.source);
  append_member(out, R"(,"type":)", envelope.type);
  append_member(out, R"(,"subject":)", envelope.subject);
  out += R"(,"time":")";
  append_rfc3339(out, envelope.time, envelope.zone_seconds);
  out += R"(","datacontenttype":"application/json")";
  if (!envelope.correlation.empty()) append_member(out, R"(,"correlationid":)", envelope.correlation);
  if (!envelope.causation.empty()) append_member(out, R"(,"causationid":)", envelope.causation);
  out += R"(,"data":)";
}

}  // namespace topics
