#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "topics/codec/json.h"

namespace topics {

// The members of what the stages write, as encode() of outputs.h writes them; a test compares the two.

enum class MemberKind : std::uint8_t {
  text,
  texts,  // array of texts
  integer,
  boolean,
  instant,
  reason,    // code of a Reason
  objects,   // array of objects with `members`
  offsets,   // object: topic -> offset
  counters,  // not one member but an integer for each Counter, by its name, where it is not 0
};

struct Member {
  std::string_view name;
  MemberKind kind;
  bool required;  // always written
  std::string_view doc;
  std::span<const Member> members = {};
};

struct OutputType {
  std::string_view name;
  std::string_view topic;  // suffix
  std::string_view subject;
  std::string_view doc;
  std::span<const Member> members;
};

std::span<const OutputType> output_types();
const OutputType* find_output_type(std::string_view name);  // nullptr when there is none

// Writes the members of an object schema, without its brackets.
void write_output_schema(JsonWriter& json, const OutputType& type);

}  // namespace topics
