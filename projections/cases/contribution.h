#pragma once

#include <vector>

#include "projections/clocks/clocks.h"
#include "projections/stage/counter_sums.h"

namespace projections {

// What a case adds to the counters of its area, see "Counters" in projections/README.md:
//
//   day     opened, sent (each hop), handled, closed: on the day when it happened; handling_seconds, from the first
//           sending (or opening) to handling, on the day of handling, never below 0
//           contacted, at first in the last cycle; visited and missed_visits, each; checked, each check; rework, each
//           re-opening (being raised is none); called_back, by the call-back that counts, and of it resolved (fully);
//           rated and satisfied (4 or 5), when the satisfaction was told; breached, each clock that is, on the day of
//           its due time
//   month   month_called_back, month_resolved, month_rated, month_satisfied: the same by month
//   month   of its due time (of the last cycle), unless it was given up or excluded: due; due_closed when it was closed
//           before the month's end; due_closed_on_time and due_handled_on_time by the judged times, inclusive. The due
//           time is the handle clock's, for on-time closing the close clock's when there is one
//   month   of its opening: month_opened; month_ended when it has ended
//   now     open_now; overdue_now while the handle clock is breached and it was not handled
//
// A case that nobody has opened adds nothing. Its terms are ascending, none twice, none 0.
Contribution contribution(const Case& subject, const std::vector<Clock>& clocks, const Directory& rules);
// The same into one that was used before.
void contribution(const Case& subject, const std::vector<Clock>& clocks, const Directory& rules, Contribution& into);

// Adds after − before to the areas concerned.
void add_difference(const Contribution& before, const Contribution& after, CounterSums& out);

}  // namespace projections
