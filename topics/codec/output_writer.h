#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "engine/json.h"
#include "engine/types.h"
#include "topics/codec/rfc3339.h"

namespace topics {

// Writes an output event as one line of JSON behind what `out` holds: the envelope at once, the members of its data in
// the order of the calls, the rest at end(). Names need no escape: they are ours. Stages write millions of these, so
// room is made for a member at a time, and nothing is allocated but what `out` needs.
//
//   OutputWriter(out, "cases", id, "sla.met", subject, time).text("clock", "sign").integer("cycle", 1).end();
//
// REQUIRES: nobody else touches `out` until end(), which is called once.
class OutputWriter {
 public:
  // "gridloop/<stage>" is the event's source.
  OutputWriter(std::string& out, std::string_view stage, std::string_view id, std::string_view type,
               std::string_view subject, engine::Instant time);
  // Only members, without an event around them: end_members() ends them.
  explicit OutputWriter(std::string& out);
  OutputWriter(const OutputWriter&) = delete;
  OutputWriter& operator=(const OutputWriter&) = delete;
  void end();
  void end_members();

  template <class Name>
  OutputWriter& string(const Name& name, std::string_view value) {
    key(name);
    return value_of(value);
  }
  template <class Name>
  OutputWriter& text(const Name& name, std::string_view value) {  // unless it is empty
    return value.empty() ? *this : string(name, value);
  }
  template <class Name>
  OutputWriter& integer(const Name& name, std::int64_t value) {
    key(name);
    at_ = std::to_chars(at_, at_ + kNumber, value).ptr;
    return *this;
  }
  template <class Name>
  OutputWriter& integer(const Name& name, std::optional<std::int64_t> value) {  // if there is one
    return value ? integer(name, *value) : *this;
  }
  template <class Name>
  OutputWriter& count(const Name& name, std::int64_t value) {  // unless it is 0
    return value == 0 ? *this : integer(name, value);
  }
  template <class Name>
  OutputWriter& boolean(const Name& name, bool value) {
    key(name);
    put(value ? std::string_view("true") : std::string_view("false"));
    return *this;
  }
  template <class Name>
  OutputWriter& flag(const Name& name, bool value) {  // unless it is false
    return value ? boolean(name, true) : *this;
  }
  template <class Name>
  OutputWriter& instant(const Name& name, std::optional<engine::Instant> value) {  // if there is one
    if (!value) return *this;
    key(name);
    *at_++ = '"';
    at_ = put_rfc3339(at_, *value);
    *at_++ = '"';
    return *this;
  }
  template <class Name, class Texts>
  OutputWriter& texts(const Name& name, const Texts& values) {  // unless there are none
    if (values.empty()) return *this;
    begin_array(name);
    for (const std::string_view value : values) {
      make_room(1);
      comma();
      value_of(value);
    }
    return end_array();
  }

  // Members as they were written before, with commas between them; none when it is empty.
  OutputWriter& members(std::string_view json) {
    if (json.empty()) return *this;
    make_room(json.size() + 2);
    comma();
    put(json);
    return *this;
  }

  // Objects in an array: begin_array("clocks"), then begin_object() and end_object() for each, then end_array().
  template <class Name>
  OutputWriter& begin_array(const Name& name) {
    key(name);
    *at_++ = '[';
    comma_ = false;
    return *this;
  }
  OutputWriter& end_array() { return close(']'); }
  // An object as a member, then end_object().
  template <class Name>
  OutputWriter& begin_object(const Name& name) {
    key(name);
    *at_++ = '{';
    comma_ = false;
    return *this;
  }
  // A member whose name comes from outside and may need an escape.
  OutputWriter& text_integer(std::string_view name, std::int64_t value) {
    make_room(1);
    comma();
    value_of(name);
    make_room(kRoom);
    *at_++ = ':';
    at_ = std::to_chars(at_, at_ + kNumber, value).ptr;
    return *this;
  }
  OutputWriter& begin_object() {
    make_room(2);
    comma();
    *at_++ = '{';
    comma_ = false;
    return *this;
  }
  OutputWriter& end_object() { return close('}'); }

 private:
  static constexpr std::size_t kNumber = 20;  // characters
  static constexpr std::size_t kRoom = 64;    // for a value that is no text, and what is around it
  static_assert(kRoom > kMaxRfc3339 + 8);

  // Afterwards there is room for the value, unless it is a text.
  template <std::size_t kSize>
  void key(const char (&name)[kSize]) {
    make_room(kSize + kRoom);
    comma();
    *at_++ = '"';
    std::memcpy(at_, name, kSize - 1);  // of a size that the compiler knows
    end_key(kSize - 1);
  }
  void key(std::string_view name) {
    make_room(name.size() + kRoom);
    comma();
    *at_++ = '"';
    std::memcpy(at_, name.data(), name.size());
    end_key(name.size());
  }
  void end_key(std::size_t size) {
    at_ += size;
    *at_++ = '"';
    *at_++ = ':';
  }
  OutputWriter& value_of(std::string_view value) {
    make_room(value.size() + kRoom);
    *at_++ = '"';
    char* const end = engine::copy_plain(at_, value);
    if (end == nullptr) {
      --at_;
      escape(value);
      return *this;
    }
    at_ = end;
    *at_++ = '"';
    return *this;
  }
  OutputWriter& close(char bracket) {
    make_room(1);
    *at_++ = bracket;
    comma_ = true;
    return *this;
  }
  void comma() {
    *at_ = ',';
    at_ += comma_ ? 1 : 0;
    comma_ = true;
  }
  void put(std::string_view bytes) {  // REQUIRES: there is room
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void make_room(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) grow(bytes);
  }
  void open(std::size_t written, std::size_t room);
  void grow(std::size_t bytes);
  void escape(std::string_view value);

  std::string& out_;  // as long as its memory; at_ is where it will end
  char* at_ = nullptr;
  char* end_ = nullptr;
  bool comma_ = false;
};

}  // namespace topics
