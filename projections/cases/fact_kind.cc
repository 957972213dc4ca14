#include "projections/cases/fact_kind.h"

#include <algorithm>
#include <initializer_list>

namespace projections {
namespace {

using topics::Field;
using topics::Type;

constexpr FieldList listed(std::initializer_list<Field> fields) {
  FieldList list;
  for (const Field field : fields) list.fields[list.size++] = field;
  std::ranges::sort(list.fields.begin(), list.fields.begin() + list.size);
  return list;
}

constexpr int kKeptCourse = 12;

constexpr auto kSpecs = [] {
  using enum Field;
  using enum FactClass;
  return std::to_array<FactSpec>({
      {FactKind::kept, "kept", std::nullopt, kKeptCourse, none, {}},
#define FACT(kind, number, name, type, course, classes, ...) \
  {FactKind::kind, name, Type::type, course, classes, listed({__VA_ARGS__})},
#include "projections/cases/fact_kinds.def"
  });
}();

constexpr auto kByNumber = [] {
  std::array<FactSpec, kFactKinds> all{};
  for (const FactSpec& one : kSpecs) all[static_cast<std::size_t>(one.kind)] = one;
  return all;
}();

constexpr auto kByType = [] {
  std::array<FactKind, topics::kTypeCount> all{};
  for (const FactSpec& one : kSpecs) {
    if (one.type) all[static_cast<std::size_t>(*one.type)] = one.kind;
  }
  return all;
}();

consteval bool one_each() {
  for (const FactSpec& one : kSpecs) {
    if (kByNumber[static_cast<std::size_t>(one.kind)].name != one.name) return false;
    if (one.type && kByType[static_cast<std::size_t>(*one.type)] != one.kind) return false;
    if (std::ranges::adjacent_find(one.fields) != one.fields.end()) return false;
  }
  return true;
}
static_assert(one_each(), "a kind has its own number and type, and names a field once");

}  // namespace

const FactSpec& spec(FactKind kind) {
  static constexpr FactSpec kNone;
  const auto number = static_cast<std::size_t>(kind);
  return number < kByNumber.size() ? kByNumber[number] : kNone;
}

std::span<const FactSpec> fact_kinds() {
  return kSpecs;
}

FactKind fact_kind(const topics::TypeSpec* type) {
  return type == nullptr ? FactKind::kept : kByType[static_cast<std::size_t>(type->type)];
}

}  // namespace projections
