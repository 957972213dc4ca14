#pragma once

#include <optional>
#include <vector>

#include "projections/case_fold.h"

namespace projections {

// A clock of a case: what it measures and where it stands. A pure function of the case, the rules and the time.
//
// The handle clock is due when the events say so, else by policy; sign and close are due by policy alone. A policy's
// clock starts when the case is opened (or opened again) or when it was sent. Each cycle has its handle and its close
// clock, each hop its sign clock; a sign clock that starts at opening runs also before there is a hop, and is then that
// of the first. Deadlines are inclusive: at the due time itself everything is still on time.
struct Clock {
  ClockKind kind = ClockKind::handle;
  std::int32_t cycle = 1;  // of sign: the hop; else the case's cycle; both from 1
  engine::Instant due;
  std::optional<engine::Instant> warn_at;
  std::optional<engine::Instant> stopped;    // judged time of what it waits for
  std::optional<engine::Instant> cancelled;  // judged time at which the case was given up
  Verdict verdict = Verdict::none;

  // The next instant after which the verdict may change by time alone; nothing when none does.
  std::optional<engine::Instant> next() const;
};

// The clocks of a case as they stand at `now`, ascending by (kind, cycle). Of a kind, only the last one can be running.
std::vector<Clock> clocks(const Case& subject, const Directory& rules, engine::Instant now);
// The same into a vector that was used before.
void clocks(const Case& subject, const Directory& rules, engine::Instant now, std::vector<Clock>& into);

// The rungs to announce so that what was sent becomes `verdict`: the net of all announcements is the verdict.
// A rung that no longer holds is retracted first.
struct Announcement {
  topics::AlertKind kind;
  Verdict rung;  // what is announced, or withdrawn
};
std::vector<Announcement> announcements(Verdict sent, Verdict verdict);

}  // namespace projections
