#pragma once

#include <string_view>
#include <vector>

#include "projections/clocks/calendar.h"
#include "projections/clocks/limit.h"

namespace calendar_test {

// "2026-02-13" and "2026-02-13 17:30", local at UTC+8. REQUIRES: they are written so.
projections::LocalDay day(std::string_view text);
engine::Instant at(std::string_view text);
std::string show(engine::Instant time);

// The days of the notices for 2025-09 to 2026-10, written by hand, all of 2025 and 2026 known; default sessions.
projections::CalendarRules china_rules();
projections::WorkingCalendar china();

projections::WorkingCalendar calendar_of(projections::CalendarRules rules);

}  // namespace calendar_test
