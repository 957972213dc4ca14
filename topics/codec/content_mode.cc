#include "topics/codec/content_mode.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/bytes.h"
#include "engine/json.h"
#include "topics/codec/json_text.h"

namespace topics {

namespace {

constexpr std::string_view kCloudEvents = "application/cloudevents";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kDataContentType = "datacontenttype";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Whether `text` begins with `prefix`, which is in lower case.
bool starts_as(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (lower(text[i]) != prefix[i]) return false;
  }
  return true;
}

// Whether a media type ends here, or goes on with parameters.
bool ends_media_type(std::string_view rest) {
  return rest.empty() || rest.front() == ';' || rest.front() == ' ';
}

// The name of the attribute that the header holds; empty when it holds none.
std::string_view attribute_of(std::string_view header) {
  if (header == kContentTypeHeader) return kDataContentType;
  if (!header.starts_with(kAttributeHeaderPrefix)) return {};
  return header.substr(kAttributeHeaderPrefix.size());
}

std::string name_of(const JsonText::String& key) {
  std::string name;
  append_unescaped(name, key.raw);
  return name;
}

}  // namespace

bool HeaderCursor::next() {
  if (rest_.empty()) return false;
  engine::ByteReader in(rest_);
  name_ = in.string();
  value_ = in.string();
  rest_ = in.rest();
  return !in.failed();
}

std::expected<ContentMode, Rejection> content_mode(std::string_view headers) {
  std::optional<std::string_view> content_type;
  bool specversion = false;
  for (HeaderCursor header(headers); header.next();) {
    if (header.name() == "ce_specversion") specversion = true;
    if (header.name() != kContentTypeHeader) continue;
    if (content_type && *content_type != header.value()) {
      return std::unexpected(Rejection{Reason::contradiction, "content-type is there twice, with different values"});
    }
    content_type = header.value();
  }
  if (!content_type || !starts_as(*content_type, kCloudEvents)) {
    return specversion ? ContentMode::binary : ContentMode::structured;
  }
  const std::string_view rest = content_type->substr(kCloudEvents.size());
  if (starts_as(rest, "-batch")) {
    return std::unexpected(
        Rejection{Reason::unsupported_content, "content-type is a batch of events; send one event in a record"});
  }
  if (ends_media_type(rest) || (starts_as(rest, "+json") && ends_media_type(rest.substr(5)))) {
    return ContentMode::structured;
  }
  return std::unexpected(
      Rejection{Reason::unsupported_content, "content-type is not application/cloudevents+json, the only format read"});
}

bool has_attribute_headers(std::string_view headers) {
  for (HeaderCursor header(headers); header.next();) {
    if (header.name().starts_with(kAttributeHeaderPrefix)) return true;
  }
  return false;
}

std::expected<BinaryEvent, Rejection> to_binary(std::string_view event) {
  const simdjson::padded_string padded(event);
  JsonText json(padded.data());
  BinaryEvent out;
  std::vector<std::string> seen;
  bool content_type = false;
  json.enter();
  while (json.next()) {
    std::string name = name_of(json.key());
    const bool again = std::ranges::find(seen, name) != seen.end();
    const char first = json.peek();
    if (again || first == 'n') {
      json.value();
      continue;
    }
    if (name == "data") {
      append_compact(out.value, json.value());
    } else if (first == '{' || first == '[') {
      return std::unexpected(Rejection{Reason::wrong_type, name + " is an object or an array; no header can hold it"});
    } else {
      std::string value;
      if (first == '"') {
        append_unescaped(value, json.string().raw);
      } else {
        value = json.scalar();
      }
      if (value.empty()) continue;  // as good as absent
      const bool of_data = name == kDataContentType;
      content_type = content_type || of_data;
      out.headers.emplace_back(of_data ? std::string(kContentTypeHeader) : std::string(kAttributeHeaderPrefix) + name,
                               std::move(value));
    }
    seen.push_back(std::move(name));
  }
  if (!content_type) out.headers.emplace_back(kContentTypeHeader, kJson);
  return out;
}

std::optional<std::string> to_structured(std::string_view value, std::string_view headers) {
  if (content_mode(headers) != ContentMode::binary) return std::nullopt;
  const simdjson::padded_string padded(value);
  simdjson::dom::parser parser;
  if (!value.empty() && parser.parse(padded).error() != simdjson::SUCCESS) return std::nullopt;

  // In the order in which events are written here; then the extensions as they came.
  constexpr std::array<std::string_view, 9> kOrder = {
      "specversion", "id", "source", "type", "subject", "time", kDataContentType, "correlationid", "causationid"};
  std::vector<std::pair<std::string_view, std::string_view>> attributes(kOrder.size());
  for (HeaderCursor header(headers); header.next();) {
    const std::string_view name = attribute_of(header.name());
    if (name.empty() || name == "data") continue;
    const auto known = static_cast<std::size_t>(std::ranges::find(kOrder, name) - kOrder.begin());
    if (known < kOrder.size()) {
      if (attributes[known].first.empty()) attributes[known] = {name, header.value()};
    } else if (std::ranges::find(attributes, name, [](const auto& a) { return a.first; }) == attributes.end()) {
      attributes.emplace_back(name, header.value());
    }
  }
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  for (const auto& [name, text] : attributes) {
    if (!name.empty()) json.text_key(name).string(text);
  }
  if (!value.empty()) {
    std::string data;
    append_compact(data, value);
    json.key("data").raw(data);
  }
  json.end_object();
  return out;
}

}  // namespace topics
