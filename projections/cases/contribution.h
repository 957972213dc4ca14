// The case and its clocks → its contribution to the counters.
//
// Takes: a Case, its clocks and the rules. Gives: the terms that the case adds to the counters of its area, and their
// difference from the terms before. Pure functions.

#pragma once

#include <vector>

#include "projections/clocks/clocks.h"
#include "projections/stage/counter_sums.h"

namespace projections {

// What a case adds to the counters of its area. counters.def says what each counts and by which buckets; here is when:
//
//   a counter by day or month is added on the day, and in the month, when what it counts happened; `sent`, `visited`,
//   `missed_visits`, `checked` and `rework` once for each; `handling_seconds` on the day of handling; `breached` on the
//   day of the due time of its clock; `called_back`, `resolved` at the call-back that counts; `rated`, `satisfied` when
//   the satisfaction was told
//   `due` and what is of it are added in the month of the due time of the last handle clock, by judged times,
//   inclusive; the due time for closing is that of the close clock when there is one
//   `ended` is added in the month of opening, when the case has ended
//
// A case that nobody has opened adds nothing. Its terms are ascending, none twice, none 0.
Contribution contribution(const Case& subject, const std::vector<Clock>& clocks, const Directory& rules);
// The same into one that was used before.
void contribution(const Case& subject, const std::vector<Clock>& clocks, const Directory& rules, Contribution& into);

// Adds after − before to the areas concerned.
void add_difference(const Contribution& before, const Contribution& after, CounterSums& out);

}  // namespace projections
