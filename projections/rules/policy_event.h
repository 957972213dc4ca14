#pragma once

#include <optional>

#include "engine/result.h"
#include "projections/areas/area_tree.h"
#include "projections/rules/calendar_book.h"
#include "projections/rules/policy.h"
#include "topics/codec/event.h"

namespace projections {

// The policy that a policy.published tells, as far as the event alone shows whether it is right. Warnings stand in the
// order in which they were told.
// Errors: invalid, with the field, what is wrong with it and how it is written.
engine::Result<Policy> read_policy(const topics::Event& event, engine::Instant in_force);

// What a policy refers to, as the directory knows it.
struct PolicyWorld {
  const AreaTree& areas;
  const Categories& categories;
  const CalendarBook& calendars;
};

// Why `policy` cannot hold: it refers to what is not registered, nothing can ever match it, or its warnings and
// escalations do not fit its limit on the hours of its calendar. When it can hold, its warnings are put in the order in
// which they come up.
std::optional<topics::Rejection> settle(Policy& policy, const PolicyWorld& world);

}  // namespace projections
