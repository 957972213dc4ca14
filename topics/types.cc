#include <array>
#include <span>

#include "topics/catalogue.h"

// The table of types, from types.def.

namespace topics {

namespace {

// Lists of fields. Each kind of list in types.def is a call of one of these.
namespace lists {

using enum Field;

constexpr FieldSpec required(Field field) {
  return {field, true};
}

constexpr FieldSpec optional(Field field) {
  return {field, false};
}

template <class... Specs>
constexpr std::array<FieldSpec, sizeof...(Specs)> fields(Specs... specs) {
  return {specs...};
}

// Ends with who did it: the actor's pseudonym, role and unit.
template <class... Specs>
constexpr auto by_actor(Specs... specs) {
  return fields(specs..., optional(actor), optional(role), optional(by_unit));
}

// The same of an event that a desk may make conditional on the case's version.
template <class... Specs>
constexpr auto on_version(Specs... specs) {
  return by_actor(specs..., optional(if_version));
}

#define TYPE(identifier, name, family, subject, chinese, doc, ...) constexpr auto identifier = __VA_ARGS__;
#include "topics/types.def"

}  // namespace lists

constexpr TypeSpec kTypes[] = {
#define TYPE(identifier, name, family, subject, chinese, doc, ...) \
  {Type::identifier, name, Family::family, subject, chinese, doc, lists::identifier},
#include "topics/types.def"
};

}  // namespace

std::span<const TypeSpec> catalogue() {
  return kTypes;
}

const TypeSpec& spec(Type type) {
  return kTypes[static_cast<std::size_t>(type)];
}

}  // namespace topics
