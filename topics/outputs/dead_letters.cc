#include <algorithm>
#include <utility>

#include "engine/hash.h"
#include "topics/codec/base64.h"
#include "topics/codec/json.h"
#include "topics/codec/output_reader.h"
#include "topics/codec/rfc3339.h"
#include "topics/outputs/output_text.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

constexpr std::string_view kType = "record.rejected";

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

// The first kDeadLetterBytes of `value`, or up to three fewer so that no character is cut through.
std::string_view head(std::string_view value) {
  if (value.size() <= kDeadLetterBytes) return value;
  const std::string_view cut = value.substr(0, kDeadLetterBytes);
  for (std::size_t less = 0; less <= 3; ++less) {
    const std::string_view shorter = cut.substr(0, cut.size() - less);
    if (is_utf8(shorter)) return shorter;
  }
  return cut;
}

void write_bytes(JsonWriter& json, std::string_view name, std::string_view bytes) {
  if (is_utf8(bytes)) {
    json.key(name).string(bytes);
  } else {
    json.key(std::string(name) + "_base64").string(to_base64(bytes));
  }
}

std::string read_bytes(OutputReader& reader, const OutputReader::Object& object, std::string_view name) {
  const std::string coded = reader.text_or_empty(object, std::string(name) + "_base64");
  if (coded.empty()) return reader.text_or_empty(object, name);
  auto bytes = from_base64(coded);
  if (!bytes) reader.reject(Reason::wrong_type, std::string(name) + "_base64 is not base64");
  return std::move(bytes).value_or("");
}

// {"name":"ce_id","value":"e-1"} for each; nothing at all when there are none.
void write_headers(JsonWriter& json, const engine::Headers& headers) {
  if (headers.empty()) return;
  std::size_t bytes = 0;
  std::size_t kept = 0;
  json.key("headers").begin_array();
  for (const auto& [name, value] : headers) {
    bytes += name.size() + value.size();
    if (bytes > kDeadLetterHeaderBytes) break;
    json.begin_object();
    write_bytes(json, "name", name);
    write_bytes(json, "value", value);
    json.end_object();
    ++kept;
  }
  json.end_array();
  if (kept < headers.size()) json.key("headers_left_out").integer(static_cast<std::int64_t>(headers.size() - kept));
}

void read_headers(OutputReader& reader, DeadLetter& letter) {
  simdjson::dom::element all;
  if (reader.failed() || reader.data()["headers"].get(all) != simdjson::SUCCESS) return;
  for (const simdjson::dom::element header : reader.array(reader.data(), "headers")) {
    OutputReader::Object object;
    if (header.get(object) != simdjson::SUCCESS) {
      return reader.reject(Reason::wrong_type, "headers is not an array of objects");
    }
    std::string name = read_bytes(reader, object, "name");
    letter.headers.emplace_back(std::move(name), read_bytes(reader, object, "value"));
  }
  letter.headers_left_out = reader.integer_if_any(reader.data(), "headers_left_out").value_or(0);
}

}  // namespace

void append(std::string& out, const DeadLetter& letter) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  json.key("reason").string(code(letter.reason));
  json.key("detail").string(letter.detail);
  json.key("topic").string(letter.topic);
  json.key("partition").integer(letter.partition);
  json.key("offset").integer(letter.offset);
  json.key("logged").string(format_rfc3339(letter.logged));
  json.key("value_bytes").integer(static_cast<std::int64_t>(letter.value.size()));
  json.key("value_hash").string(engine::to_hex(engine::hash128(letter.value)));
  write_headers(json, letter.headers);
  write_bytes(json, "key", letter.key);
  write_bytes(json, "value", head(letter.value));
  json.end_object();

  std::string id = letter.topic + "/";
  append_integer(id, letter.partition);
  id += '/';
  append_integer(id, letter.offset);
  append_output(out, letter.stage, id, kType, id, letter.time, data);
}

std::expected<DeadLetter, Rejection> decode_dead_letter(std::string_view value) {
  constexpr std::string_view kSource = "gridloop/";
  OutputReader reader(value, kType);
  DeadLetter letter;
  if (!reader.failed()) {
    const OutputReader::Object data = reader.data();
    const std::string source = reader.text(reader.event(), "source");
    letter.stage = source.starts_with(kSource) ? source.substr(kSource.size()) : source;
    letter.time = reader.instant(reader.event(), "time");
    const auto reason = find_reason(reader.text(data, "reason"));
    if (!reason) reader.reject(Reason::wrong_type, "reason is not known");
    letter.reason = reason.value_or(Reason::not_json);
    letter.detail = reader.text(data, "detail");
    letter.topic = reader.text(data, "topic");
    letter.partition = reader.small<std::int32_t>(data, "partition");
    letter.offset = reader.integer(data, "offset");
    letter.logged = reader.instant(data, "logged");
    letter.value_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(reader.integer(data, "value_bytes"), 0));
    letter.value_hash = reader.text(data, "value_hash");
    read_headers(reader, letter);
    letter.key = read_bytes(reader, reader.data(), "key");
    letter.value = read_bytes(reader, reader.data(), "value");
  }
  return reader.finish(std::move(letter));
}

}  // namespace topics
