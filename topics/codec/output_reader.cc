#include "topics/codec/output_reader.h"

#include <utility>

#include "topics/codec/rfc3339.h"

namespace topics {

OutputReader::OutputReader(std::string_view value, std::string_view type) {
  // The document stays in the parser; an empty one stands in for what cannot be read.
  if (parser_.parse(value.data(), value.size()).get(event_) != simdjson::SUCCESS) {
    reject(Reason::not_json, "the value is not a JSON object");
  } else {
    data_ = object(event_, "data");
    if (!text(event_, "type").starts_with(type)) reject(Reason::wrong_type, "type is not " + std::string(type));
  }
}

template <class T>
std::optional<T> OutputReader::get(const Object& object, std::string_view name, bool required, std::string_view kind) {
  if (failed()) return std::nullopt;
  simdjson::dom::element element;
  if (object.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) {
    if (required) reject(Reason::missing_attribute, std::string(name) + " is missing");
    return std::nullopt;
  }
  T value;
  if (element.get(value) != simdjson::SUCCESS) {
    reject(Reason::wrong_type, std::string(name) + " is not " + std::string(kind));
    return std::nullopt;
  }
  return value;
}

std::string OutputReader::text(const Object& object, std::string_view name) {
  return std::string(get<std::string_view>(object, name, true, "a string").value_or(""));
}

std::string OutputReader::text_or_empty(const Object& object, std::string_view name) {
  return std::string(get<std::string_view>(object, name, false, "a string").value_or(""));
}

std::int64_t OutputReader::integer(const Object& object, std::string_view name) {
  return get<std::int64_t>(object, name, true, "an integer").value_or(0);
}

std::optional<std::int64_t> OutputReader::integer_if_any(const Object& object, std::string_view name) {
  return get<std::int64_t>(object, name, false, "an integer");
}

bool OutputReader::boolean_or_false(const Object& object, std::string_view name) {
  return get<bool>(object, name, false, "true or false").value_or(false);
}

engine::Instant OutputReader::instant(const Object& object, std::string_view name) {
  return parsed(get<std::string_view>(object, name, true, "a string"), name).value_or(engine::Instant{});
}

std::optional<engine::Instant> OutputReader::instant_if_any(const Object& object, std::string_view name) {
  return parsed(get<std::string_view>(object, name, false, "a string"), name);
}

std::optional<engine::Instant> OutputReader::parsed(std::optional<std::string_view> value, std::string_view name) {
  if (!value) return std::nullopt;
  const auto time = parse_rfc3339(*value);
  if (!time) reject(Reason::bad_time, std::string(name) + " is not RFC 3339 with a zone");
  return time;
}

std::vector<std::string> OutputReader::texts_or_none(const Object& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto array = get<simdjson::dom::array>(object, name, false, "an array");
  if (!array) return texts;
  for (const simdjson::dom::element element : *array) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) {
      reject(Reason::wrong_type, std::string(name) + " is not an array of strings");
      return {};
    }
    texts.emplace_back(text);
  }
  return texts;
}

OutputReader::Object OutputReader::object(const Object& parent, std::string_view name) {
  return get<Object>(parent, name, true, "an object").value_or(Object());
}

std::optional<simdjson::dom::array> OutputReader::array(const Object& parent, std::string_view name) {
  return get<simdjson::dom::array>(parent, name, true, "an array");
}

std::optional<simdjson::dom::array> OutputReader::array_if_any(const Object& parent, std::string_view name) {
  return get<simdjson::dom::array>(parent, name, false, "an array");
}

void OutputReader::reject(Reason reason, std::string detail) {
  if (!rejection_) rejection_ = Rejection{reason, std::move(detail)};
}

}  // namespace topics
