#pragma once

#include "engine/result.h"
#include "projections/rules/policy.h"
#include "topics/codec/event.h"

namespace projections {

// The working calendar in a calendar.published.
// Errors: invalid, with the field, its fault and its correct form; and the errors of WorkingCalendar::make().
engine::Result<CalendarVersion> read_calendar(const topics::Event& event, engine::Instant in_force);

}  // namespace projections
