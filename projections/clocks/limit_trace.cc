#include "projections/clocks/limit_trace.h"

#include <algorithm>

namespace projections {
namespace {

using engine::Instant;
using engine::Milliseconds;
using Why = SkippedDay::Why;

class Tracer {
 public:
  Tracer(const Ledger& ledger, Instant until)
      : ledger_(ledger), calendar_(ledger.calendar), begins_(due(ledger)->begins), until_(until) {}

  LimitTrace trace() const {
    LimitTrace trace;
    // The day that ends with `until` is the last one.
    const LocalDay last = calendar_.day(std::max(ledger_.start, until_ - Milliseconds(1)));
    const LocalDay first = calendar_.day(ledger_.start);
    trace.cut = last - first >= std::chrono::days(kMaxTracedDays);
    const LocalDay end = trace.cut ? first + std::chrono::days(kMaxTracedDays) : last + std::chrono::days(1);
    for (LocalDay day = first; day < end; day += std::chrono::days(1)) add(day, trace);
    for (const Pause& pause : ledger_.pauses.all()) {
      if (pause.from > until_ || (pause.from == until_ && pause.to)) break;
      TracedPause traced{pause, *consumed(ledger_, pause.from), std::nullopt};
      if (pause.to) traced.taken = countable(std::max(pause.from, begins_), *pause.to);
      trace.pauses.push_back(traced);
    }
    return trace;
  }

 private:
  bool on_calendar() const { return ledger_.limit.measure() != Limit::Measure::wall; }

  // What counts in [from, to), pauses aside.
  Milliseconds countable(Instant from, Instant to) const {
    if (from >= to) return Milliseconds(0);
    return on_calendar() ? calendar_.worked(from, to) : Milliseconds(to - from);
  }

  void add(LocalDay day, LimitTrace& trace) const {
    const NamedDay* named = on_calendar() ? calendar_.named(day) : nullptr;
    if (on_calendar() && !calendar_.is_work_day(day)) {
      trace.skipped.push_back({day, named != nullptr ? Why::holiday : Why::weekly_day_off, named, true});
      return;
    }
    const Instant begin = calendar_.begin(day);
    const Instant end = calendar_.begin(day + std::chrono::days(1));
    if (end <= begins_) {
      // Of working time a start after work begins on a later day, too; nothing of this one is left out by that.
      if (countable(std::max(begin, ledger_.start), end) > Milliseconds(0)) {
        trace.skipped.push_back({day, Why::not_begun, nullptr, true});
      }
      return;
    }
    if (named != nullptr && calendar_.is_weekly_day_off(day)) trace.make_up_days.push_back(named);
    const Instant from = std::max(begin, begins_);
    const Instant to = std::min(end, until_);
    const Milliseconds counts = countable(from, to);
    const Milliseconds counted = from < to ? *consumed(ledger_, to) - *consumed(ledger_, from) : Milliseconds(0);
    if (counted < counts) trace.skipped.push_back({day, Why::pause, nullptr, counted == Milliseconds(0)});
  }

  const Ledger& ledger_;
  const WorkingCalendar& calendar_;
  Instant begins_;
  Instant until_;
};

}  // namespace

LimitTrace trace(const Ledger& ledger, Instant until) {
  return Tracer(ledger, until).trace();
}

}  // namespace projections
