#pragma once

#include "engine/types.h"
#include "projections/clocks/calendar.h"
#include "tests/projections/clocks/slow_oracle.h"
#include "tests/support/random.h"

namespace calendar_test {

// A calendar of the years 2025 to 2027: sessions and seasons of whole minutes, weeks of one to seven work days, notices
// here and there.
projections::CalendarRules random_calendar(support::Random& random);

// A limit that is used up within months, of all units and rules; a start and pauses at whole ticks, often at the edges
// of sessions, days and seasons.
Question random_question(support::Random& random, const projections::CalendarRules& rules, engine::Milliseconds tick);

}  // namespace calendar_test
