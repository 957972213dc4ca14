#include "topics/json.h"

#include <charconv>
#include <cstring>

namespace topics {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Whether one of the eight bytes has to be looked at: below space, '"', '\' or not ASCII.
bool needs_care(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHigh = 0x8080808080808080u;
  const std::uint64_t quote = bytes ^ (kOnes * '"');
  const std::uint64_t backslash = bytes ^ (kOnes * '\\');
  const std::uint64_t found = (bytes - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes) | bytes;
  return (found & kHigh) != 0;  // may be true without need, never false with
}

bool plain(unsigned char c) {
  return c >= 0x20 && c != '"' && c != '\\' && c < 0x80;
}

// Whether the text is JSON as it is. May say no without need.
bool is_plain(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, 8);
    if (needs_care(bytes)) return false;
  }
  for (; at < text.size(); ++at) {
    if (!plain(static_cast<unsigned char>(text[at]))) return false;
  }
  return true;
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

void append_json_string(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    const std::size_t before = out.size();
    const std::size_t after = before + text.size() + 2;
    // The size that the function is told may be larger than the one asked for (libstdc++ 12).
    out.resize_and_overwrite(after, [&](char* bytes, std::size_t) {
      bytes[before] = '"';
      if (!text.empty()) std::memcpy(bytes + before + 1, text.data(), text.size());
      bytes[after - 1] = '"';
      return after;
    });
    return;
  }
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

}  // namespace topics
