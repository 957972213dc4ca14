#pragma once

#include <optional>

#include "engine/result.h"
#include "projections/areas/area_tree.h"
#include "projections/rules/calendar_book.h"
#include "projections/rules/policy.h"
#include "topics/codec/event.h"

namespace projections {

// The policy in a policy.published, checked as far as the event itself allows. Warnings are in the order of the event.
// Errors: invalid, with the field, its fault and its correct form.
engine::Result<Policy> read_policy(const topics::Event& event, engine::Instant in_force);

// The parts of the directory that a policy refers to.
struct PolicyWorld {
  const AreaTree& areas;
  const Categories& categories;
  const CalendarBook& calendars;
};

// The reason for refusing `policy`: it refers to an unregistered entity, it can never match, or its warnings and
// escalations do not fit its limit on the hours of its calendar. Nothing if the policy is valid; its warnings are then
// sorted by their due times.
std::optional<topics::Rejection> settle(Policy& policy, const PolicyWorld& world);

}  // namespace projections
