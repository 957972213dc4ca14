#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace topics {

// The catalogue says which events there are, what each is about, and which data fields it carries. It is compiled in;
// README.md of this room prints it. A field of one name means the same and has the same kind in every event type.

// Families of events; each has a topic of its own (topology.h).
enum class Family : std::uint8_t { requests, dispatches, visits, judgements, sensors, directory };

std::string_view name(Family family);

// The fields of data, listed in fields.def. Their values are numbers that states hold: they never change.
enum class Field : std::uint8_t {
#define FIELD(identifier, number, ...) identifier = number,
#include "topics/fields.def"
};

// One more than the highest number of a field: the size of an array by fields.
inline constexpr std::size_t kFieldCount = [] {
  std::size_t end = 0;
#define FIELD(identifier, number, ...) end = number >= end ? number + 1 : end;
#include "topics/fields.def"
  return end;
}();

enum class FieldKind : std::uint8_t {
  string,   // not empty: an empty string counts as absent
  integer,  // JSON integer that fits 64 signed bits
  boolean,
  instant,  // RFC 3339 string with its zone
  decimal,  // JSON number or numeric string; kept as its text
  strings,  // array of strings
};

std::string_view name(FieldKind kind);

// What a field means wherever it occurs.
struct FieldMeaning {
  Field field;
  std::string_view name;
  FieldKind kind;
  std::string_view unit;  // of numbers; empty when there is none
  bool personal;          // tells something about a person; never copied to outputs
  std::string_view doc;
};

const FieldMeaning& meaning(Field field);
bool is_field(std::uint8_t number);                     // whether a field has this number
std::span<const FieldMeaning> fields();                 // all, in the order of fields.def
const FieldMeaning* find_field(std::string_view name);  // by its own name; nullptr when there is none
inline std::string_view name(Field field) {
  return meaning(field).name;
}

struct FieldSpec {
  Field field;
  bool required = false;
};

// The types of events, listed in types.def.
enum class Type : std::uint8_t {
#define TYPE(identifier, ...) identifier,
#include "topics/types.def"
};

inline constexpr std::size_t kTypeCount = 0
#define TYPE(...) +1
#include "topics/types.def"
    ;

struct TypeSpec {
  Type type;
  std::string_view name;  // dotted, past tense: "request.reported"
  Family family;
  std::string_view subject;  // what the event is about: "case", "device", "area" ...
  std::string_view chinese;
  std::string_view doc;
  std::span<const FieldSpec> fields;
};

// Another name under which events of a type are accepted.
struct Alias {
  std::string_view alias;
  Type type;
};

// Another name of a field. It counts only where the event's type does not list a field of that very name.
struct FieldAlias {
  std::string_view alias;
  Field field;
};

std::span<const TypeSpec> catalogue();  // in the order of types.def
const TypeSpec& spec(Type type);
const TypeSpec* find_type(std::string_view name);  // by its name or an alias, O(1); nullptr when there is none
std::span<const Alias> aliases();
std::span<const FieldAlias> field_aliases();

// The field that `type` lists as `field`; nullptr when it lists none.
const FieldSpec* find(const TypeSpec& type, Field field);

}  // namespace topics
