#include "topics/outputs/members.h"

#include <algorithm>

#include "topics/codec/base64.h"

namespace topics {

bool MemberWriter::is_utf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

std::string MemberWriter::to_base64_text(std::string_view bytes) {
  return to_base64(bytes);
}

void MemberReader::offsets(std::string_view name, std::vector<std::pair<std::string, std::int64_t>>& offsets,
                           std::string_view) {
  const OutputReader::Object object = reader_.object(object_, name);
  if (reader_.failed()) return;
  for (const auto& [topic, offset] : object) offsets.emplace_back(topic, reader_.integer(object, topic));
}

bool MemberReader::was_read(std::string_view name) const {
  CHECK(visited_ < kMaxVisited);
  return std::find(names_, names_ + visited_, name) != names_ + visited_;
}

std::string MemberReader::read_bytes(std::string_view name, std::string_view name_base64) {
  const std::string coded = reader_.text_or_empty(object_, name_base64);
  if (coded.empty()) return reader_.text_or_empty(object_, name);
  auto bytes = from_base64(coded);
  if (!bytes) reader_.reject(Reason::wrong_type, std::string(name_base64) + " is not base64");
  return std::move(bytes).value_or("");
}

void MemberReader::read(std::string_view name, bool required, AlertKind& value) {
  CHECK(required);
  const std::string text = reader_.text(object_, name);
  const auto known = find_alert_kind(text);
  if (!known) return reader_.reject(Reason::wrong_type, "there is no kind of alert " + text);
  value = *known;
}

void MemberReader::read(std::string_view name, bool required, Reason& value) {
  CHECK(required);
  const auto known = find_reason(reader_.text(object_, name));
  if (!known) return reader_.reject(Reason::wrong_type, std::string(name) + " is not known");
  value = *known;
}

void MemberReader::read(std::string_view name, bool required, Bucket& value) {
  CHECK(required);
  const auto bucket = parse_bucket(reader_.text(object_, name));
  if (!bucket) return reader_.reject(Reason::wrong_type, std::string(name) + " is not a day, a month or now");
  value = *bucket;
}

std::string_view stage_of(std::string_view task) {
  return task.substr(0, task.rfind('-'));
}

}  // namespace topics
