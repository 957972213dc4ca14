#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/calendars/holiday_files.h"
#include "projections/clocks/calendar.h"

// A working calendar from the options --sessions and --days-off, which `deadline` and `calendar publish` have, and from
// holiday files.

namespace ops {

// Where to read holidays: the places that were given, or those that are shipped. Nothing when `none` stands beside
// others.
std::optional<std::vector<std::string>> holiday_places(const std::vector<std::string>& given);

// `sessions`: "[DAY=]A-B,..." each, none for 08:00-12:00,14:00-18:00; `days_off`: "sat,sun" or "none", empty for
// Saturday and Sunday. In China's zone.
// Errors: invalid, with the option, for what is not written so, or makes no calendar.
engine::Result<projections::WorkingCalendar> working_calendar(const std::vector<std::string>& sessions,
                                                              const std::string& days_off, const Holidays& holidays);

}  // namespace ops
