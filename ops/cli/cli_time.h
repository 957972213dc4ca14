#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "projections/clocks/calendar.h"
#include "projections/clocks/limit.h"

// Times, limits and sessions as a person writes them on a command line. Each gives nothing for what is not written so.

namespace ops {

// The zone of all of China: a time that says none is taken to be in it.
inline constexpr std::chrono::seconds kZoneOfChina = std::chrono::hours(8);

// RFC 3339, of the years 1900 to 2200; the zone, the seconds and the time of day may be left out, the hour may have one
// digit, and a blank may stand for the T and before the zone: "2026-02-13 9:30", "2026-02-13T17:30:00+08:00",
// "2026-02-13 17:30 +08:00", "2026-02-13".
std::optional<engine::Instant> read_time(std::string_view text);

// A number and a unit, with blanks around: "5 work_day", "4work_hours", "3 工作日", "3个工作日".
std::optional<projections::Grant> read_grant(std::string_view text);

// "08:00-12:00,14:00-18:00", with "2026-06-01=" before it for those from that day on. Nothing is said about order and
// overlap, which the calendar checks.
struct GivenSessions {
  std::optional<projections::LocalDay> from;
  std::vector<projections::Session> sessions;
};
std::optional<GivenSessions> read_sessions(std::string_view text);

// "8" or "7:30".
std::optional<std::chrono::minutes> read_hours(std::string_view text);

}  // namespace ops
