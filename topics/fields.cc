#include <array>

#include "engine/result.h"
#include "topics/catalogue.h"
#include "topics/names.h"

namespace topics {

namespace {

using F = Field;
constexpr bool kPersonal = true;
constexpr bool kPublic = false;

constexpr FieldMeaning kFields[] = {
#define FIELD(identifier, number, name, kind, unit, personal, doc) \
  {Field::identifier, name, FieldKind::kind, unit, personal, doc},
#include "topics/fields.def"
};

constexpr std::uint8_t kNone = 0xff;
static_assert(std::size(kFields) < kNone);

// By the number of a field, its place in the table.
constexpr auto kPlaces = [] {
  std::array<std::uint8_t, kFieldCount> places{};
  places.fill(kNone);
  for (std::size_t i = 0; i < std::size(kFields); ++i) {
    places[static_cast<std::size_t>(kFields[i].field)] = static_cast<std::uint8_t>(i);
  }
  return places;
}();

consteval bool one_number_each() {
  std::size_t numbers = 0;
  for (const std::uint8_t place : kPlaces) numbers += place == kNone ? 0u : 1u;
  return numbers == std::size(kFields) && kPlaces[0] == kNone;
}
static_assert(one_number_each(), "a field's number is above 0 and its own");

constexpr FieldAlias kAliases[] = {
    {"grid", F::area},           {"grid_id", F::area},
    {"area_id", F::area},        {"lat", F::latitude},
    {"lon", F::longitude},       {"long", F::longitude},
    {"lng", F::longitude},       {"address_string", F::address},
    {"location", F::address},    {"service_code", F::category},
    {"description", F::text},    {"detail", F::text},
    {"note", F::text},           {"comment", F::text},
    {"handler", F::worker},      {"agency_responsible", F::unit},
    {"department", F::unit},     {"expected_datetime", F::due},
    {"duplicate_of", F::parent}, {"parent_id", F::parent},
    {"status_notes", F::result}, {"value", F::reading},
    {"unit", F::value_unit},     {"battery", F::battery_percent},
    {"网格", F::area},           {"类别", F::category},
    {"内容", F::text},           {"承办单位", F::unit},
    {"截止时间", F::due},
};

}  // namespace

std::string_view name(FieldKind kind) {
  switch (kind) {
    case FieldKind::string:
      return "string";
    case FieldKind::integer:
      return "integer";
    case FieldKind::boolean:
      return "boolean";
    case FieldKind::instant:
      return "instant";
    case FieldKind::decimal:
      return "decimal";
    case FieldKind::strings:
      return "strings";
  }
  CHECK(false);
}

const FieldMeaning& meaning(Field field) {
  return kFields[kPlaces[static_cast<std::size_t>(field)]];
}
bool is_field(std::uint8_t number) {
  return number < kFieldCount && kPlaces[number] != kNone;
}
std::span<const FieldMeaning> fields() {
  return kFields;
}
std::span<const FieldAlias> field_aliases() {
  return kAliases;
}

const FieldMeaning* find_field(std::string_view name) {
  static const NameTable table = [] {
    NameTable made;
    for (const FieldMeaning& field : kFields) made.add(field.name, static_cast<std::uint16_t>(field.field));
    return made;
  }();
  const std::uint16_t found = table.find(name);
  return found == NameTable::kNone ? nullptr : &meaning(static_cast<Field>(found));
}

}  // namespace topics
