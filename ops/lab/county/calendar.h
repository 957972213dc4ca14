#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "ops/lab/county/random.h"

// The days of a county at UTC+8: weekends, statutory holidays and make-up workdays, and how much is asked for when.
// Source of the days off: the notices of the State Council for 2025 and 2026. Other years have weekends alone.

namespace ops::simulate {

inline constexpr int kZoneSeconds = 8 * 3600;

using Day = std::int64_t;  // local days since 1970-01-01

Day day_of(engine::Instant time);
engine::Instant begin_of(Day day);
int hour_of(engine::Instant time);  // 0..23, local
std::string date_text(Day day);     // "2026-03-02"
std::string compact_date(Day day);  // "20260302"

bool is_holiday(Day day);
bool is_workday(Day day);
// The days whose notices are here, first and last.
inline constexpr std::string_view kKnownDays = "2025-01-01 2026-11-30";
std::vector<std::string> holidays_of(int year);         // "2026-10-01", ascending
std::vector<std::string> makeup_workdays_of(int year);  // 调休上班日

// How much residents ask for on a day, in thousandths of the mean: fewer at weekends and on holidays, more on the first
// workdays after a holiday.
std::int64_t demand(Day day);

// How residents' contacts spread over the hours of a day.
std::span<const unsigned> hours_of_demand();

// `time` when offices are open then (08:30 to 12:00 and 14:00 to 18:00 on workdays), else a moment in the first hours
// of the next session: what waited is worked off.
engine::Instant in_office_hours(engine::Instant time, Random& random);

}  // namespace ops::simulate
