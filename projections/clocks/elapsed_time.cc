#include "projections/clocks/elapsed_time.h"

#include <span>

namespace projections {

using engine::Instant;
using engine::Milliseconds;

Milliseconds ElapsedTime::between(Instant from, Instant to) const {
  if (to <= from) return Milliseconds(0);
  return working_ == nullptr ? to - from : working_->worked(from, to);
}

Instant ElapsedTime::after(Instant from, Milliseconds amount) const {
  if (amount <= Milliseconds(0)) return from;
  if (working_ != nullptr) return working_->after(from, amount).value_or(engine::kMaxInstant);
  return amount > engine::kMaxInstant - from ? engine::kMaxInstant : from + amount;
}

Milliseconds ElapsedTime::length(const Grant& grant, const LimitRules& rules, Instant from) const {
  LimitRules plain;
  plain.work_day = rules.work_day;
  const auto limit = Limit::make(std::span(&grant, 1), plain);
  if (!limit) return Milliseconds(0);
  const Milliseconds day = working_ == nullptr ? Milliseconds(0) : working_->hours_of(working_->day(from));
  return limit->fixed() + limit->work_days() * day;
}

const WorkingCalendar& plain_calendar() {
  static const WorkingCalendar calendar = [] {
    CalendarRules rules;
    rules.seasons.push_back({LocalDay(std::chrono::year(1900) / 1 / 1), default_sessions()});
    auto made = WorkingCalendar::make(std::move(rules));
    CHECK(made.has_value());
    return *std::move(made);
  }();
  return calendar;
}

}  // namespace projections
