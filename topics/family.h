#pragma once

#include <array>
#include <span>

#include "topics/catalogue.h"

// The tables that make up the catalogue: one file per family, and one for the fields.

namespace topics {

std::span<const TypeSpec> request_types();
std::span<const TypeSpec> dispatch_types();
std::span<const TypeSpec> visit_types();
std::span<const TypeSpec> judgement_types();
std::span<const TypeSpec> sensor_types();
std::span<const TypeSpec> directory_types();

constexpr FieldSpec required(Field field) {
  return {field, true};
}
constexpr FieldSpec optional(Field field) {
  return {field, false};
}

// A list of fields that ends with who did it: the actor's pseudonym, role and unit.
template <class... Specs>
constexpr std::array<FieldSpec, sizeof...(Specs) + 3> by_actor(Specs... specs) {
  return {specs..., optional(Field::actor), optional(Field::role), optional(Field::by_unit)};
}

// The same of an event that a desk may make conditional on the case's version.
template <class... Specs>
constexpr auto on_version(Specs... specs) {
  return by_actor(specs..., optional(Field::if_version));
}

}  // namespace topics
