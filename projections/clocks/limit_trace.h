#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/types.h"
#include "projections/clocks/calendar.h"
#include "projections/clocks/limit.h"

namespace projections {

// A day on which a clock did not count, or counted only in part.
struct SkippedDay {
  enum class Why : std::uint8_t {
    not_begun,       // counting starts on a later day
    weekly_day_off,  // Saturday and Sunday, in most calendars
    holiday,         // off by a notice
    pause,           // the clock stood still
  };
  LocalDay day;
  Why why = Why::not_begun;
  const NamedDay* holiday = nullptr;  // of the calendar; with Why::holiday
  bool whole = true;                  // of a pause: nothing of the day counted
};

struct TracedPause {
  Pause pause;
  engine::Milliseconds before;                // counted before it began
  std::optional<engine::Milliseconds> taken;  // would have counted in it; nothing if it is open
};

inline constexpr int kMaxTracedDays = 10'000;

// The explanation of a deadline, for people. A limit on the wall clock has no days off.
struct LimitTrace {
  std::vector<SkippedDay> skipped;            // ascending
  std::vector<const NamedDay*> make_up_days;  // work days on weekly days off (调休上班日), ascending
  std::vector<TracedPause> pauses;            // began before `until`, or began at it and are open
  bool cut = false;                           // there are more than kMaxTracedDays days; the later ones are left out
};

// Traces the days from the day of the start to the day of `until`, for example the due time; kMaxTracedDays at most.
// REQUIRES: due(ledger) gave no error; until >= ledger.start, and within the bounds of instants. Ownership: names
// belong to the calendar.
LimitTrace trace(const Ledger& ledger, engine::Instant until);

}  // namespace projections
