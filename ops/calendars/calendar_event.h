#pragma once

#include "projections/clocks/calendar.h"
#include "topics/codec/encode.h"

namespace ops {

// Writes `rules` as the data of calendar.published has them: sessions, seasons, weekly_days_off, days_off, days_on and
// known. The zone is left out, as it is China's where none is told. REQUIRES: WorkingCalendar::make() takes them, and
// their zone is that one.
void put_calendar(topics::FieldWriter& fields, const projections::CalendarRules& rules);

}  // namespace ops
