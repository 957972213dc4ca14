// How much time passes for a clock between two instants: all of it, or what a working calendar counts.
//
// Takes: a working calendar, or none. Gives: durations and instants. Pure functions.

#pragma once

#include "projections/clocks/limit.h"

namespace projections {

// How time passes for a clock: as a working calendar counts it, or all of it.
class ElapsedTime {
 public:
  explicit ElapsedTime(const WorkingCalendar* working = nullptr) : working_(working) {}
  Limit::Measure measure() const { return working_ == nullptr ? Limit::Measure::wall : Limit::Measure::work; }
  engine::Milliseconds between(engine::Instant from, engine::Instant to) const;
  // When so much has passed since `from`; kMaxInstant when that is later.
  engine::Instant after(engine::Instant from, engine::Milliseconds amount) const;
  // The length of `grant`, a work day being as long as on the day of `from`.
  engine::Milliseconds length(const Grant& grant, const LimitRules& rules, engine::Instant from) const;

 private:
  const WorkingCalendar* working_;
};

// A calendar for limits that need no working hours, only the end of each day.
const WorkingCalendar& plain_calendar();

}  // namespace projections
