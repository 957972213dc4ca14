#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/types.h"
#include "projections/clocks/calendar.h"
#include "projections/clocks/limit.h"

namespace projections {

// A day on which a clock did not count, or not all that the day has.
struct SkippedDay {
  enum class Why : std::uint8_t {
    not_begun,       // counting starts on a later day
    weekly_day_off,  // Saturday and Sunday, in most calendars
    holiday,         // a notice has it off
    pause,           // the clock stood still
  };
  LocalDay day;
  Why why = Why::not_begun;
  const NamedDay* holiday = nullptr;  // of the calendar; with Why::holiday
  bool whole = true;                  // of a pause: nothing of the day counted
};

struct TracedPause {
  Pause pause;
  engine::Milliseconds before;                // what had been counted when it began
  std::optional<engine::Milliseconds> taken;  // what would have counted in it; nothing when it has not ended
};

inline constexpr int kMaxTracedDays = 10'000;

// Why a deadline lies where it does, for a person who asks. Of a limit on the wall clock, no day is off.
struct LimitTrace {
  std::vector<SkippedDay> skipped;            // ascending
  std::vector<const NamedDay*> make_up_days;  // worked although the week has them off (调休上班日), ascending
  std::vector<TracedPause> pauses;            // that began before `until`, or at it and have not ended
  bool cut = false;                           // there are more than kMaxTracedDays days; the later ones are left out
};

// The days from that of the start to that of `until`, the due time for instance, kMaxTracedDays at most. REQUIRES:
// due(ledger) gave no error; until >= ledger.start, and within the bounds of instants. Ownership: names belong to the
// calendar.
LimitTrace trace(const Ledger& ledger, engine::Instant until);

}  // namespace projections
