// The clocks of a case: which there are, and where each stands.
//
// Takes: a folded case, the rules and the time. Gives: its clocks, their traces, what is odd about them, and the alerts
// that lead from what was sent to a verdict. Pure functions.

#pragma once

#include <vector>

#include "projections/clocks/clock.h"
#include "projections/clocks/clock_trace.h"

namespace projections {

// The clocks of a case as they stand at `now`, ascending by (kind, cycle).
// Ownership: views into the case and the rules; valid until either changes.
std::vector<Clock> clocks(const Case& subject, const Directory& rules, engine::Instant now);
// The same into a vector that was used before.
void clocks(const Case& subject, const Directory& rules, engine::Instant now, std::vector<Clock>& into);

// The traces of clocks(subject, rules, now), one each and in that order, by the same computation.
// Ownership: views into the case and the rules; valid until either changes.
std::vector<ClockTrace> traces(const Case& subject, const Directory& rules, engine::Instant now);

// What is odd about a case or its clocks, in the order of the enum, none twice.
std::vector<Anomaly> anomalies(const Case& subject, const std::vector<Clock>& clocks);

// The rungs to announce so that what was sent becomes `verdict`: the net of all announcements is the verdict.
// A rung that no longer holds is retracted first.
struct Announcement {
  topics::AlertKind kind;
  Verdict rung;  // what is announced, or withdrawn
};
std::vector<Announcement> announcements(Verdict sent, Verdict verdict);

}  // namespace projections
