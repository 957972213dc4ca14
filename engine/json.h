#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace engine {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Appends `value` in decimal digits.
void append_integer(std::string& out, std::int64_t value);

// Appends the bytes that `write` puts at its argument, at most `most` of them; `write` returns their end.
template <class Write>
void append_bytes(std::string& out, std::size_t most, const Write& write) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(
      before + most, [&](char* bytes, std::size_t) { return static_cast<std::size_t>(write(bytes + before) - bytes); });
}

namespace detail {

inline constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// Has bits of kHighBits set if one of the eight bytes needs a closer look: below space, '"', '\\' or not ASCII. False
// positives are possible.
constexpr std::uint64_t care(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  const std::uint64_t quote = bytes ^ (kOnes * '"');
  const std::uint64_t backslash = bytes ^ (kOnes * '\\');
  return (bytes - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes) | bytes;
}

// Copies the first and the last sizeof(Number) bytes of a text of one to two times that size; they may overlap.
template <class Number>
std::uint64_t copy_ends(char* to, std::string_view text) {
  Number first = 0;
  Number last = 0;
  const std::size_t rest = text.size() - sizeof(Number);
  std::memcpy(&first, text.data(), sizeof first);
  std::memcpy(&last, text.data() + rest, sizeof last);
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + rest, &last, sizeof last);
  if constexpr (sizeof(Number) == 8) {
    return care(first) | care(last);
  } else {
    return care(std::uint64_t{first} | std::uint64_t{last} << 32);
  }
}

char* copy_long_plain(char* to, std::string_view text);  // REQUIRES: at least 8 bytes

}  // namespace detail

// Copies a text that needs no escapes in JSON to `to`, and returns the end there; otherwise returns nullptr, sometimes
// also without need. Most texts are short, and there are millions of them.
inline char* copy_plain(char* to, std::string_view text) {
  const std::size_t size = text.size();
  std::uint64_t found = 0;
  if (size > 16) return detail::copy_long_plain(to, text);
  if (size >= 8) {
    found = detail::copy_ends<std::uint64_t>(to, text);
  } else if (size >= 4) {
    found = detail::copy_ends<std::uint32_t>(to, text);
  } else if (size > 0) {
    std::uint64_t bytes = 0x2020202020202020u;
    for (const std::size_t i : {std::size_t{0}, size / 2, size - 1}) {
      bytes = bytes << 8 | static_cast<unsigned char>(text[i]);
      to[i] = text[i];
    }
    found = detail::care(bytes);
  }
  return (found & detail::kHighBits) != 0 ? nullptr : to + size;
}

// Appends JSON without white space to a string, and inserts the commas.
//
// REQUIRES: the calls nest as JSON does; every value in an object follows a key().
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  // REQUIRES: `name` needs no escapes. Names from outside go to text_key().
  JsonWriter& key(std::string_view name) {
    append_bytes(out_, name.size() + 4, [&](char* at) { return put_key(at, name); });
    comma_ = false;
    return *this;
  }
  // The same as key(name).string(value).
  JsonWriter& text(std::string_view name, std::string_view value) {
    bool plain = true;
    append_bytes(out_, name.size() + value.size() + 6, [&](char* const begin) {
      char* at = put_key(begin, name);
      *at++ = '"';
      at = copy_plain(at, value);
      plain = at != nullptr;
      if (!plain) return begin;
      *at++ = '"';
      return at;
    });
    if (!plain) return key(name).string(value);
    comma_ = true;
    return *this;
  }
  JsonWriter& text_key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
    comma_ = false;
    return *this;
  }

  JsonWriter& string(std::string_view value) {
    comma();
    append_json_string(out_, value);
    return *this;
  }
  JsonWriter& integer(std::int64_t value) {
    comma();
    append_integer(out_, value);
    return *this;
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  JsonWriter& raw(std::string_view json) {  // `json` is one whole value
    comma();
    out_ += json;
    return *this;
  }

 private:
  char* put_key(char* at, std::string_view name) const {
    if (comma_) *at++ = ',';
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"';
    *at++ = ':';
    return at;
  }
  void comma() {
    if (comma_) out_ += ',';
    comma_ = true;
  }
  JsonWriter& open(char bracket) {
    comma();
    out_ += bracket;
    comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    comma_ = true;
    return *this;
  }

  std::string& out_;
  bool comma_ = false;
};

}  // namespace engine
