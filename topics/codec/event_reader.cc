#include "topics/codec/event_reader.h"

#include <simdjson.h>

#include <string>
#include <utility>

#include "topics/codec/content_mode.h"
#include "topics/codec/rfc3339.h"

// The attributes; event_fields.cc reads the data.

namespace topics {

namespace {

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;  // C1
  }
  return false;
}

bool is_json_type(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  if (content_type.size() < kJson.size()) return false;
  for (std::size_t i = 0; i < kJson.size(); ++i) {
    const char c = content_type[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != kJson[i]) return false;
  }
  const std::string_view rest = content_type.substr(kJson.size());
  return rest.empty() || rest.front() == ';' || rest.front() == ' ';
}

}  // namespace

constexpr std::array<std::string_view, EventReader::kAttributeCount> EventReader::kAttributeNames = {
    "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "correlationid", "causationid"};

std::unexpected<Rejection> EventReader::reject(Reason reason, std::string_view name, std::string_view what) {
  std::string detail(name);
  detail += ' ';
  detail += what;
  return std::unexpected(Rejection{reason, std::move(detail)});
}

void EventReader::start(std::string_view value) {
  base_ = value.data();
  out_.bytes_.assign(value);
  out_.slots_.clear();
  out_.parts_.clear();
  out_.present_ = {};
  out_.spec_ = nullptr;
  out_.extra_fields_ = 0;
}

std::string EventReader::attribute_name(Attribute attribute) const {
  const std::string_view name = kAttributeNames[static_cast<std::size_t>(attribute)];
  if (!binary_) return std::string(name);
  if (attribute == Attribute::content_type) return std::string(kContentTypeHeader);
  std::string header(kAttributeHeaderPrefix);
  header += name;
  return header;
}

EventReader::Outcome EventReader::read(std::string_view text, engine::Instant logged) {
  start(text);
  JsonText json(base_);
  if (json.peek() != '{') return reject(Reason::wrong_type, "the event", "is not a JSON object");
  if (auto done = read_envelope(json); !done) return done;
  if (auto done = check_envelope(logged); !done) return done;
  if (!has_data_) out_.data_ = append("{}");
  return check_required();
}

EventReader::Outcome EventReader::read_headers(std::string_view value, std::string_view headers,
                                               engine::Instant logged) {
  start(value);
  binary_ = true;
  empty_value_ = value.empty();
  for (HeaderCursor header(headers); header.next();) {
    std::size_t known = static_cast<std::size_t>(Attribute::content_type);
    if (header.name() != kContentTypeHeader) {
      if (!header.name().starts_with(kAttributeHeaderPrefix)) continue;
      const std::string_view name = header.name().substr(kAttributeHeaderPrefix.size());
      for (known = 0; known < kAttributeCount && kAttributeNames[known] != name;) ++known;
      if (known == kAttributeCount) continue;
    }
    const auto attribute = static_cast<Attribute>(known);
    if (!simdjson::validate_utf8(header.value().data(), header.value().size())) {
      return reject(Reason::invalid_utf8, header.name(), "is not UTF-8");
    }
    if (attributes_[known].size == 0) {
      if (auto done = take_attribute(attribute, append(header.value())); !done) return done;
    } else if (this->attribute(attribute) != header.value()) {
      return reject(Reason::contradiction, header.name(), "contradicts an earlier header");
    }
  }
  return check_envelope(logged);
}

EventReader::Outcome EventReader::read_value() {
  if (!empty_value_) {
    JsonText json(base_);
    if (auto done = read_data(json); !done) return done;
  }
  if (!has_data_) out_.data_ = append("{}");
  return check_required();
}

EventReader::Outcome EventReader::read_envelope(JsonText& json) {
  const char* data = nullptr;
  std::string unescaped;
  json.enter();
  while (json.next()) {
    const JsonText::String key = json.key();
    std::string_view name = key.raw;
    if (key.escaped) {
      unescaped.clear();
      append_unescaped(unescaped, key.raw);
      name = unescaped;
    }
    if (name == "data" && !has_data_ && data == nullptr) {
      json.peek();
      if (attribute(Attribute::type).empty()) {
        data = json.position();  // read when the type is known
        json.value();
      } else if (auto done = read_data(json); !done) {
        return done;
      }
      continue;
    }
    if (name == "data_base64") return reject(Reason::unsupported_content, "data_base64", "is not supported");
    std::size_t known = 0;
    while (known < kAttributeCount && kAttributeNames[known] != name) ++known;
    if (known == kAttributeCount || attributes_[known].size != 0) {
      json.value();
    } else if (auto done = read_attribute(static_cast<Attribute>(known), json); !done) {
      return done;
    }
  }
  if (data == nullptr) return {};
  if (attribute(Attribute::type).empty()) return reject(Reason::missing_attribute, "type", "is missing");
  JsonText late(data);
  return read_data(late);
}

EventReader::Outcome EventReader::read_attribute(Attribute attribute, JsonText& json) {
  const auto index = static_cast<std::size_t>(attribute);
  if (json.peek() != '"') {
    if (json.value() == "null") return {};
    return reject(Reason::wrong_type, kAttributeNames[index], "is not a string");
  }
  return take_attribute(attribute, keep(json.string()));
}

EventReader::Outcome EventReader::take_attribute(Attribute attribute, Range text) {
  attributes_[static_cast<std::size_t>(attribute)] = text;
  if (attribute == Attribute::type) out_.spec_ = find_type(this->attribute(attribute));
  if (attribute != Attribute::specversion && text.size == 0 && attribute <= Attribute::subject) {
    return reject(Reason::bad_identifier, attribute_name(attribute), "is empty");
  }
  return {};
}

EventReader::Outcome EventReader::check_identifier(Attribute attribute) const {
  const std::string_view text = this->attribute(attribute);
  if (text.size() > limits_.max_id_bytes) {
    return reject(Reason::bad_identifier, attribute_name(attribute),
                  "is longer than " + std::to_string(limits_.max_id_bytes) + " bytes");
  }
  if (has_control(text)) {
    return reject(Reason::bad_identifier, attribute_name(attribute), "contains a control character");
  }
  return {};
}

EventReader::Outcome EventReader::check_envelope(engine::Instant logged) {
  using A = Attribute;
  for (const A needed : {A::specversion, A::id, A::source, A::type, A::subject, A::time}) {
    if (attribute(needed).empty()) {
      return reject(Reason::missing_attribute, attribute_name(needed), "is missing");
    }
  }
  if (attribute(A::specversion) != "1.0") {
    return reject(Reason::unsupported_specversion, attribute_name(A::specversion), "is not 1.0");
  }
  if (const auto type = attribute(A::content_type); !type.empty() && !is_json_type(type)) {
    return reject(Reason::unsupported_content, attribute_name(A::content_type), "is not application/json");
  }
  for (const A identifier : {A::id, A::source, A::type, A::subject, A::correlation, A::causation}) {
    if (auto done = check_identifier(identifier); !done) return done;
  }
  const auto range = [&](A attribute) { return attributes_[static_cast<std::size_t>(attribute)]; };
  out_.id_ = range(A::id);
  out_.source_ = range(A::source);
  out_.type_ = range(A::type);
  out_.subject_ = range(A::subject);
  out_.correlation_ = range(A::correlation);
  out_.causation_ = range(A::causation);

  const auto time = parse_rfc3339(attribute(A::time));
  if (!time)
    return reject(Reason::bad_time, attribute_name(A::time), "is not RFC 3339 with a zone in the years 1900 to 2200");
  if (*time > logged + limits_.max_ahead) {
    return reject(Reason::time_ahead, attribute_name(A::time), "lies too far after the time of the record");
  }
  out_.time_ = *time;
  return {};
}

EventReader::Range EventReader::range_of(std::string_view raw) const {
  return {static_cast<std::uint32_t>(raw.data() - base_), static_cast<std::uint32_t>(raw.size())};
}

EventReader::Range EventReader::keep(const JsonText::String& string) {
  if (!string.escaped) return range_of(string.raw);
  const std::size_t from = out_.bytes_.size();
  append_unescaped(out_.bytes_, string.raw);
  return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(out_.bytes_.size() - from)};
}

EventReader::Range EventReader::append(std::string_view text) {
  const std::size_t from = out_.bytes_.size();
  out_.bytes_ += text;
  return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(text.size())};
}

}  // namespace topics
