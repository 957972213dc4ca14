// A fact: one event as the row of its subject keeps it.
//
// Takes: an Event, its log time and its place in the log. Gives: a Fact with its kind, times and hashes and the fields that
// its kind names, and before(), the total order of facts.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/hash.h"
#include "engine/types.h"
#include "projections/cases/fact_kind.h"
#include "projections/cases/field_values.h"
#include "topics/codec/event.h"

namespace engine {
class JsonWriter;
}

namespace projections {

inline constexpr std::uint32_t kNoFact = UINT32_MAX;

// What a point in the life of a case means for people and for clocks.
struct Moment {
  engine::Instant happened;      // for status and counters
  engine::Instant judged;        // for deadlines, see Directory::judged()
  std::uint32_t fact = kNoFact;  // index of the fact that tells it; kNoFact when another case does
  bool operator==(const Moment&) const = default;
};

// nullptr for none; valid as long as `moment` is there and unchanged.
inline const Moment* pointer(const std::optional<Moment>& moment) {
  return moment ? &*moment : nullptr;
}
const Moment* pointer(std::optional<Moment>&& moment) = delete;

// Something that happened to a subject, as one event told it. Never changed once it is in a row.
struct Fact {
  FactKind kind = FactKind::kept;
  engine::Instant happened;  // the event's time
  engine::Instant logged;    // the log time of the record
  engine::Hash128 id;        // of (source, id)
  std::uint64_t body = 0;    // hash of type, time and data: the same id with another body is a conflict
  std::uint64_t source = 0;  // hash of the event's source; Directory knows whom to trust
  std::uint8_t topic = 0;    // where it lies: index into the stage's inputs,
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
  FieldValues fields;  // those that fact_kinds.def names; of a kept fact all that are not personal

  // A field by its kind; empty or nothing when the fact does not hold it. Views live as long as the fact stays where
  // it is.
  std::string_view text(topics::Field field) const;
  std::optional<std::int64_t> integer(topics::Field field) const;
  std::optional<bool> boolean(topics::Field field) const;
  std::optional<engine::Instant> instant(topics::Field field) const;
  TextList strings(topics::Field field) const;
  std::uint64_t hash(topics::Field field) const;  // of a personal field; 0 for none

  std::string_view area() const { return text(topics::Field::area); }
  std::string_view unit() const { return text(topics::Field::unit); }
  std::string_view role() const { return text(topics::Field::role); }
  std::string_view by_unit() const { return text(topics::Field::by_unit); }
  std::optional<engine::Instant> due() const { return instant(topics::Field::due); }

  std::string_view type() const;  // the name of the event's type
  bool conflict() const { return find(Attribute::conflict).has_value(); }
  void set_conflict(bool conflict);

  bool operator==(const Fact&) const = default;

 private:
  std::optional<FieldValues::Pair> find(topics::Field field) const {
    return fields.find(static_cast<std::uint8_t>(field));
  }
  std::optional<FieldValues::Pair> find(Attribute attribute) const {
    return fields.find(static_cast<std::uint8_t>(attribute));
  }
};

// The order in which facts are folded: by time; at one instant as a case usually goes; then by id. A total order, so
// that a row does not depend on the order of arrival.
bool before(const Fact& a, const Fact& b);

Fact fact_of(const topics::Event& event, engine::Instant logged, std::uint8_t topic, std::uint32_t partition,
             std::int64_t offset);
std::uint64_t source_hash(std::string_view source);

// A field of a fact for people: a list as "a b", a flag as yes or no. Instants are shown as `time` says.
// REQUIRES: it is a field, and not personal.
std::string text_of(const FieldValues::Pair& pair, const std::function<std::string(engine::Instant)>& time);

// Members of an object that stands open: the fields of the fact, but for personal ones, as an event would give them.
// Instants are shown as `time` says.
void write_fields(engine::JsonWriter& json, const Fact& fact, const std::function<std::string(engine::Instant)>& time);

}  // namespace projections
