#include <algorithm>
#include <span>
#include <utility>

#include "engine/hash.h"
#include "engine/json.h"
#include "topics/outputs/members.h"
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

// The headers that are written: the first ones, up to kDeadLetterHeaderBytes.
std::span<const engine::Headers::value_type> kept_headers(const DeadLetter& letter) {
  std::size_t bytes = 0;
  std::size_t kept = 0;
  for (const auto& [name, value] : letter.headers) {
    bytes += name.size() + value.size();
    if (bytes > kDeadLetterHeaderBytes) break;
    ++kept;
  }
  return std::span(letter.headers).first(kept);
}

// The headers as a member: absent when the record has none, empty when none is kept.
struct WrittenHeaders {
  using value_type = engine::Headers::value_type;
  const DeadLetter& letter;
  bool empty() const { return letter.headers.empty(); }
  auto begin() const { return kept_headers(letter).begin(); }
  auto end() const { return kept_headers(letter).end(); }
};

WrittenHeaders headers_of(const DeadLetter& letter) {
  return {letter};
}
engine::Headers& headers_of(DeadLetter& letter) {
  return letter.headers;
}

template <class Visitor, class Letter>
void members(Visitor& visit, Letter& letter) {
  visit("reason", kAlways, letter.reason, "code of the reason");
  visit("detail", kAlways, letter.detail, "what is wrong, and with which attribute or field");
  visit("topic", kAlways, letter.topic, "topic of the record");
  visit("partition", kAlways, letter.partition, "its partition");
  visit("offset", kAlways, letter.offset, "its offset");
  visit("logged", kAlways, letter.logged, "when it was logged");
  visit.derived(
      "value_bytes", kAlways, letter,
      [](const DeadLetter& from) { return static_cast<std::int64_t>(from.value.size()); },
      [](auto& to, std::int64_t bytes, OutputReader&) {
        to.value_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
      },
      "size of its whole value");
  visit.derived(
      "value_hash", kAlways, letter, [](const DeadLetter& from) { return engine::to_hex(engine::hash128(from.value)); },
      [](auto& to, std::string hash, OutputReader&) { to.value_hash = std::move(hash); },
      "xxh3-128 of its whole value, in hex");
  auto&& headers = headers_of(letter);
  visit.objects(
      "headers", kIfAny, headers,
      [](auto& one, auto& header) {
        one.bytes(
            "name", "name_base64", header, [](const auto& from) -> std::string_view { return from.first; },
            [](auto& to, std::string name) { to.first = std::move(name); }, "its name",
            "its name, when it is not UTF-8");
        one.bytes(
            "value", "value_base64", header, [](const auto& from) -> std::string_view { return from.second; },
            [](auto& to, std::string value) { to.second = std::move(value); }, "its value",
            "its value, when it is not UTF-8");
      },
      "its headers, 16 KiB at most");
  visit.derived(
      "headers_left_out", kIfAny, letter,
      [](const DeadLetter& from) { return static_cast<std::int64_t>(from.headers.size() - kept_headers(from).size()); },
      [](auto& to, std::int64_t n, OutputReader&) { to.headers_left_out = n; }, "how many more headers it had");
  visit.bytes(
      "key", "key_base64", letter, [](const DeadLetter& from) -> std::string_view { return from.key; },
      [](auto& to, std::string key) { to.key = std::move(key); }, "its key", "its key, when it is not UTF-8");
  visit.bytes(
      "value", "value_base64", letter, [](const DeadLetter& from) { return head(from.value); },
      [](auto& to, std::string value) { to.value = std::move(value); }, "its value, 64 KiB at most",
      "its value, when it is not UTF-8");
}

}  // namespace

void append(std::string& out, const DeadLetter& letter) {
  std::string id = letter.topic + "/";
  engine::append_integer(id, letter.partition);
  id += '/';
  engine::append_integer(id, letter.offset);
  OutputWriter event(out, letter.stage, id, kType, id, letter.time);
  MemberWriter writer(event);
  members(writer, letter);
  event.end();
}

std::expected<DeadLetter, Rejection> decode_dead_letter(std::string_view value) {
  constexpr std::string_view kSource = "gridloop/";
  OutputReader reader(value, kType);
  DeadLetter letter;
  if (!reader.failed()) {
    const std::string source = reader.text(reader.event(), "source");
    letter.stage = source.starts_with(kSource) ? source.substr(kSource.size()) : source;
    letter.time = reader.instant(reader.event(), "time");
    MemberReader data(reader, reader.data());
    members(data, letter);
  }
  return reader.finish(std::move(letter));
}

std::vector<OutputType> dead_letter_types() {
  const auto list = [](auto& visit, auto& letter) { members(visit, letter); };
  return {{kType, "dead-letters", "topic/partition/offset",
           "A record that was not applied: as it came, why, and whence.", members_listed<DeadLetter>(list)}};
}

}  // namespace topics
