#pragma once

#include "engine/result.h"
#include "projections/rules/policy.h"
#include "topics/codec/event.h"

namespace projections {

// The working calendar that a calendar.published tells.
// Errors: invalid, with the field, what is wrong with it and how it is written; and whatever WorkingCalendar::make()
// refuses.
engine::Result<CalendarVersion> read_calendar(const topics::Event& event, engine::Instant in_force);

}  // namespace projections
