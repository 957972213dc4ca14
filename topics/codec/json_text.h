#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace topics {

// Iterates over JSON text that is known to be valid, and returns its parts as written: numbers keep their digits,
// strings without escapes need no copy.
//
// REQUIRES: simdjson accepted the text; 8 readable bytes follow it.
// Ownership: views point into the text.
class JsonText {
 public:
  // `at` is the start of a value, or white space before it.
  explicit JsonText(const char* at) : at_(at) {}

  struct String {
    std::string_view raw;  // between the quotes
    bool escaped;          // append_unescaped() gives its meaning
  };

  // The first character of the next value or bracket; skips white space.
  char peek() {
    while (static_cast<unsigned char>(*at_) <= ' ') {
      ++at_;
      spaced_ = true;
    }
    return *at_;
  }

  // Enters an object or an array. Call next() before each member or element; it returns false at the end, which it
  // leaves.
  void enter() {
    peek();
    ++at_;
    first_ = true;
  }
  bool next() {
    const char c = peek();
    if (c == '}' || c == ']') {
      ++at_;
      first_ = false;
      return false;
    }
    if (!first_) {
      ++at_;  // the comma
      peek();
    }
    first_ = false;
    return true;
  }

  // The name of a member, and the colon.
  String key() {
    const String name = string();
    peek();
    ++at_;
    return name;
  }

  String string() {
    peek();
    const char* const from = ++at_;
    bool escaped = false;
    for (;;) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, at_, 8);
      if (!has(bytes, '"') && !has(bytes, '\\')) {
        at_ += 8;
        continue;
      }
      while (*at_ != '"' && *at_ != '\\') ++at_;
      if (*at_ == '"') break;
      escaped = true;
      at_ += 2;
    }
    const std::string_view raw(from, static_cast<std::size_t>(at_ - from));
    ++at_;
    return {raw, escaped};
  }

  // A number, true, false or null.
  std::string_view scalar() {
    peek();
    const char* const from = at_;
    while (static_cast<unsigned char>(*at_) > ' ' && *at_ != ',' && *at_ != '}' && *at_ != ']') ++at_;
    return {from, static_cast<std::size_t>(at_ - from)};
  }

  // Any value, as written.
  std::string_view value() {
    const char c = peek();
    const char* const from = at_;
    if (c == '"') {
      string();
    } else if (c == '{' || c == '[') {
      container();
    } else {
      scalar();
    }
    return {from, static_cast<std::size_t>(at_ - from)};
  }

  // Whether there was white space between the parts since the last call.
  bool take_spaced() {
    const bool was = spaced_;
    spaced_ = false;
    return was;
  }

  const char* position() const { return at_; }

 private:
  static bool has(std::uint64_t bytes, char c) {
    constexpr std::uint64_t kOnes = 0x0101010101010101u;
    const std::uint64_t zero_where = bytes ^ (kOnes * static_cast<unsigned char>(c));
    return ((zero_where - kOnes) & ~zero_where & (kOnes << 7)) != 0;
  }

  void container() {
    for (int depth = 0;;) {
      const char c = peek();
      if (c == '"') {
        string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return;
    }
  }

  const char* at_;
  bool first_ = false;
  bool spaced_ = false;
};

// Appends the meaning of the raw text of a string. Half a surrogate pair becomes U+FFFD.
inline void append_unescaped(std::string& out, std::string_view raw) {
  const auto hex4 = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4 && i < raw.size(); ++i) {
      const char c = raw[i];
      value = value << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
  };
  const auto append_code_point = [&](std::uint32_t point) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xc0 | point >> 6), put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
    } else {
      put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f)), put(0x80 | (point >> 6 & 0x3f)),
          put(0x80 | (point & 0x3f));
    }
  };

  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t escape = raw.find('\\', at);
    out.append(raw, at, escape - at);
    if (escape == std::string_view::npos) return;
    at = escape + 2;
    switch (const char c = raw[escape + 1]; c) {
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u': {
        std::uint32_t point = hex4(at);
        at += 4;
        const bool high = point >= 0xd800 && point < 0xdc00;
        const std::uint32_t low = high && raw.substr(at).starts_with("\\u") ? hex4(at + 2) : 0;
        if (low >= 0xdc00 && low < 0xe000) {
          point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        } else if (point >= 0xd800 && point < 0xe000) {
          point = 0xfffd;
        }
        append_code_point(point);
        break;
      }
      default:
        out += c;
        break;
    }
  }
}

// Appends `json`, valid JSON text, without the white space between its parts.
inline void append_compact(std::string& out, std::string_view json) {
  for (std::size_t at = 0; at < json.size();) {
    std::size_t to = at + 1;
    if (json[at] == '"') {
      while (json[to] != '"') to += json[to] == '\\' ? 2 : 1;
      ++to;
    }
    if (static_cast<unsigned char>(json[at]) > ' ') out.append(json, at, to - at);
    at = to;
  }
}

}  // namespace topics
