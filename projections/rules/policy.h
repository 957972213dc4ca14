#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/hash.h"
#include "projections/cases/case_row.h"
#include "projections/clocks/limit.h"

namespace projections {

// The event that starts the clock of a policy. `usual` depends on the kind of clock, see clocks.h.
enum class ClockStart : std::uint8_t { usual, opened, accepted, sent, handled, closed };

// When to warn: when a percentage of the limit is used, or some time before the due time.
struct WarnRung {
  std::int64_t percent = 0;  // 1 to 99; 0 = by `before`
  Grant before;              // of the limit's measure
};

// To whom a lasting breach escalates, and when: some time after the due time, or after the rung before. Time counts as
// the limit counts it.
struct EscalationRung {
  Grant after;
  bool after_previous = false;
  std::string level;  // of areas
  std::string role;   // may be empty
};

// One version of a policy: how long one clock may run for the cases that it matches.
struct Policy {
  std::string id;
  std::string version;       // the publisher's; may be empty
  engine::Instant in_force;  // from then on

  ClockKind clock = ClockKind::handle;
  // The cases: an empty member (for the priority, 0) matches any.
  std::string category;
  std::string condition;
  std::string kind;  // of request
  std::string channel;
  std::string area;   // the area itself and all below it
  std::string level;  // the responsible one, see CaseTraits
  std::int64_t priority = 0;

  ClockStart start = ClockStart::usual;
  Grant budget;
  LimitRules rules;
  Limit limit;                           // of the budget only
  std::string calendar;                  // id; empty: none is needed
  std::vector<WarnRung> warn;            // in the order of their due times
  std::vector<EscalationRung> escalate;  // in that order
  bool rebase = false;                   // it counts for clocks that started before it was in force

  std::optional<std::int64_t> max_extensions;  // nothing: any number
  std::int64_t extension_approvals = 0;        // 0: an extension counts when it is reported
  std::optional<std::int64_t> max_suspensions;
  std::optional<std::int64_t> max_suspension_days;
  std::int64_t suspension_approvals = 0;
};

// The traits of a case that policies match by.
struct CaseTraits {
  std::string_view category;
  std::string_view condition;
  std::string_view kind;
  std::string_view channel;
  std::string_view area;
  std::string_view level;  // the responsible one: to which the case was raised, otherwise that of its category
  std::int64_t priority = 0;
  bool operator==(const CaseTraits&) const = default;
};

// Published categories and their levels.
using Categories = std::unordered_map<std::string, std::string, engine::TextHash, std::equal_to<>>;

// A working calendar as one event published it.
struct CalendarVersion {
  std::string id;
  std::string version;  // the publisher's; may be empty
  engine::Instant in_force;
  WorkingCalendar calendar;
};

}  // namespace projections
