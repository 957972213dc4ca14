#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "topics/catalogue.h"

namespace projections {

// The kind of fact that an event becomes. fact_kinds.def lists all; this header asks it.
enum class FactKind : std::uint8_t {
  kept = 0,  // known to the catalogue or not, but not folded: kept with its fields
#define FACT(kind, number, ...) kind = number,
#include "projections/cases/fact_kinds.def"
};

// One more than the highest number: the size of an array by kinds.
inline constexpr std::size_t kFactKinds = [] {
  std::size_t end = 1;
#define FACT(kind, number, ...) end = number >= end ? number + 1 : end;
#include "projections/cases/fact_kinds.def"
  return end;
}();

// Bits; see fact_kinds.def.
enum class FactClass : std::uint8_t { none = 0, describes = 1, places = 2, work = 4, judgement = 8, field = 16 };
constexpr FactClass operator|(FactClass a, FactClass b) {
  return static_cast<FactClass>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

// Fields, ascending by their numbers, none twice.
struct FieldList {
  static constexpr std::size_t kMax = 12;
  std::array<topics::Field, kMax> fields{};
  std::uint8_t size = 0;

  constexpr const topics::Field* begin() const { return fields.data(); }
  constexpr const topics::Field* end() const { return fields.data() + size; }
};

struct FactSpec {
  FactKind kind = FactKind::kept;
  std::string_view name = "?";
  std::optional<topics::Type> type;
  int course = 13;
  FactClass classes = FactClass::none;
  FieldList fields;

  bool is(FactClass one) const { return (static_cast<unsigned>(classes) & static_cast<unsigned>(one)) != 0; }
};

// Safe on damaged rows: a number without a kind has a spec without classes and fields.
const FactSpec& spec(FactKind kind);
std::span<const FactSpec> fact_kinds();  // all, in the order of fact_kinds.def, `kept` first

FactKind fact_kind(const topics::TypeSpec* type);
inline std::string_view name(FactKind kind) {
  return spec(kind).name;
}

}  // namespace projections
