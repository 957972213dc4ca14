#include "engine/json.h"

#include <charconv>
#include <cstring>

namespace engine {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool needs_care(std::uint64_t bytes) {
  return (detail::care(bytes) & detail::kHighBits) != 0;
}

bool plain(unsigned char c) {
  return c >= 0x20 && c != '"' && c != '\\' && c < 0x80;
}

// Length of the UTF-8 character that starts at `at`; 0 when it is malformed.
std::size_t character(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
    if (lead == 0xed && byte(1) > 0x9f) return 0;  // a surrogate
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;  // overlong
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

}  // namespace

char* detail::copy_long_plain(char* to, std::string_view text) {
  std::uint64_t found = 0;
  const auto copy = [&](std::size_t at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    found |= care(bytes);
    std::memcpy(to + at, &bytes, sizeof bytes);
  };
  for (std::size_t at = 0; at + 8 <= text.size(); at += 8) copy(at);
  copy(text.size() - 8);
  return (found & kHighBits) != 0 ? nullptr : to + text.size();
}

void append_json_string(std::string& out, std::string_view text) {
  bool plain_text = true;
  append_bytes(out, text.size() + 2, [&](char* const begin) {
    *begin = '"';
    char* const end = copy_plain(begin + 1, text);
    plain_text = end != nullptr;
    if (!plain_text) return begin;
    *end = '"';
    return end + 1;
  });
  if (plain_text) return;
  out += '"';
  std::size_t done = 0;
  std::size_t at = 0;
  const auto flush = [&] { out.append(text, done, at - done); };
  while (at < text.size()) {
    if (at + 8 <= text.size()) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, text.data() + at, 8);
      if (!needs_care(bytes)) {
        at += 8;
        continue;
      }
    }
    const auto c = static_cast<unsigned char>(text[at]);
    if (plain(c)) {
      ++at;
    } else if (c >= 0x80) {
      if (const std::size_t size = character(text, at); size != 0) {
        at += size;
      } else {
        flush();
        out += kReplacement;
        done = ++at;
      }
    } else {
      flush();
      append_escape(out, c);
      done = ++at;
    }
  }
  flush();
  out += '"';
}

void append_integer(std::string& out, std::int64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace engine
