#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace topics {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Appends `value` in decimal digits.
void append_integer(std::string& out, std::int64_t value);

// Appends what `write` puts at the address that it is given, at most `most` bytes; it returns their end.
template <class Write>
void append_bytes(std::string& out, std::size_t most, const Write& write) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(
      before + most, [&](char* bytes, std::size_t) { return static_cast<std::size_t>(write(bytes + before) - bytes); });
}

// Copies text that is JSON as it is to `to`, and returns the end there; else nullptr. May say so without need.
char* copy_plain(char* to, std::string_view text);

// Appends JSON without white space to a string; commas come by themselves.
//
// REQUIRES: the calls nest as JSON does; every value in an object follows a key().
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  // `name` needs no escape: it is a name of our own. Names from outside go to text_key().
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

}  // namespace topics
