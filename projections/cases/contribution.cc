#include "projections/cases/contribution.h"

#include <algorithm>

namespace projections {
namespace {

using topics::Bucket;
using topics::BucketKind;
using topics::Counter;

// The clock of the last cycle that has one.
const Clock* last(const std::vector<Clock>& clocks, ClockKind kind) {
  const Clock* found = nullptr;
  for (const Clock& clock : clocks) {
    if (clock.kind == kind) found = &clock;
  }
  return found;
}

void add_visits_and_judgements(const Case& subject, const Directory& rules, std::vector<Term>& terms) {
  const auto on_day = [&](engine::Instant time, Counter counter) {
    terms.push_back({{BucketKind::day, rules.day(time)}, counter, 1});
  };
  const auto on_day_and_month = [&](engine::Instant time, Counter day, Counter month) {
    on_day(time, day);
    terms.push_back({{BucketKind::month, rules.month(time)}, month, 1});
  };
  for (const engine::Instant visit : subject.visits) on_day(visit, Counter::visited);
  for (const engine::Instant visit : subject.missed_visits) on_day(visit, Counter::missed_visits);
  for (const engine::Instant check : subject.checks) on_day(check, Counter::checked);
  for (std::size_t i = 1; i < subject.cycles.size(); ++i) {
    if (subject.cycles[i].rework) on_day(subject.cycles[i].start.happened, Counter::rework);
  }
  const Cycle& cycle = subject.cycles.back();
  if (cycle.contacted) on_day(cycle.contacted->happened, Counter::contacted);
  if (cycle.called_back) {
    const engine::Instant said = cycle.called_back->said.happened;
    on_day_and_month(said, Counter::called_back, Counter::month_called_back);
    if (cycle.called_back->outcome.resolved == Answer::yes) {
      on_day_and_month(said, Counter::resolved, Counter::month_resolved);
    }
  }
  if (const Feedback* feedback = cycle.satisfaction(); feedback != nullptr) {
    on_day_and_month(feedback->said.happened, Counter::rated, Counter::month_rated);
    if (feedback->outcome.satisfaction >= 4) {
      on_day_and_month(feedback->said.happened, Counter::satisfied, Counter::month_satisfied);
    }
  }
}

}  // namespace

Contribution contribution(const Case& subject, const std::vector<Clock>& clocks, const Directory& rules) {
  Contribution result;
  contribution(subject, clocks, rules, result);
  return result;
}

void contribution(const Case& subject, const std::vector<Clock>& clocks, const Directory& rules, Contribution& result) {
  result.area.clear();
  std::vector<Term>& terms = result.terms;
  terms.clear();
  if (!subject.opened) return;
  result.area = subject.area;
  const auto on_day = [&](engine::Instant time, Counter counter, std::int64_t n) {
    terms.push_back({{BucketKind::day, rules.day(time)}, counter, n});
  };
  on_day(subject.opened->happened, Counter::opened, 1);
  for (const Hop& hop : subject.hops) on_day(hop.sent.happened, Counter::sent, 1);
  if (subject.handled()) {
    const engine::Instant start = subject.hops.empty() ? subject.opened->happened : subject.hops.front().sent.happened;
    const auto took = std::chrono::floor<std::chrono::seconds>(subject.handled()->happened - start);
    on_day(subject.handled()->happened, Counter::handled, 1);
    on_day(subject.handled()->happened, Counter::handling_seconds, std::max<std::int64_t>(took.count(), 0));
  }
  if (subject.closed()) on_day(subject.closed()->happened, Counter::closed, 1);
  add_visits_and_judgements(subject, rules, terms);
  for (const Clock& clock : clocks) {
    if (clock.verdict == Verdict::breached) on_day(clock.counted(), Counter::breached, 1);
  }

  const Clock* handle = last(clocks, ClockKind::handle);
  if (handle != nullptr && !subject.ended_early && !subject.excluded) {
    const std::int32_t month = rules.month(handle->counted());
    const Bucket bucket{BucketKind::month, month};
    terms.push_back({bucket, Counter::due, 1});
    if (handle->stopped && handle->verdict == Verdict::met) terms.push_back({bucket, Counter::due_handled_on_time, 1});
    if (subject.closed()) {
      const Clock* close = last(clocks, ClockKind::close);
      const engine::Instant due = close != nullptr ? close->due : handle->due;
      if (subject.closed()->judged < rules.month_begin(month + 1)) terms.push_back({bucket, Counter::due_closed, 1});
      if (subject.closed()->judged <= due) terms.push_back({bucket, Counter::due_closed_on_time, 1});
    }
  }
  const Bucket opened{BucketKind::month, rules.month(subject.opened->happened)};
  terms.push_back({opened, Counter::month_opened, 1});
  if (subject.ended()) terms.push_back({opened, Counter::month_ended, 1});
  if (!subject.ended()) {
    terms.push_back({{BucketKind::now, 0}, Counter::open_now, 1});
    if (handle != nullptr && !subject.excluded && !subject.handled() && handle->verdict == Verdict::breached) {
      terms.push_back({{BucketKind::now, 0}, Counter::overdue_now, 1});
    }
  }

  std::ranges::sort(terms);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < terms.size();) {
    Term sum = terms[i++];
    while (i < terms.size() && terms[i].bucket == sum.bucket && terms[i].counter == sum.counter) sum.n += terms[i++].n;
    if (sum.n != 0) terms[kept++] = sum;
  }
  terms.resize(kept);
}

void add_difference(const Contribution& before, const Contribution& after, CounterSums& out) {
  const auto add = [&](std::uint32_t area, const std::vector<Term>& terms, std::int64_t sign) {
    for (const Term& term : terms) {
      out.at(area, term.bucket)[static_cast<std::size_t>(term.counter)] += sign * term.n;
    }
  };
  if (before.area != after.area) {
    if (!before.terms.empty()) add(out.number_of(before.area), before.terms, -1);
    if (!after.terms.empty()) add(out.number_of(after.area), after.terms, 1);
    return;
  }
  if (before.terms == after.terms) return;
  const std::uint32_t area = out.number_of(after.area);
  // What both have leaves the sums as they are, and need not be looked for.
  auto left = before.terms.begin();
  auto right = after.terms.begin();
  const auto key = [](const Term& term) { return std::pair(term.bucket, term.counter); };
  while (left != before.terms.end() || right != after.terms.end()) {
    const bool only_left = right == after.terms.end() || (left != before.terms.end() && key(*left) < key(*right));
    const bool only_right = left == before.terms.end() || (!only_left && key(*right) < key(*left));
    const Term& term = only_right ? *right : *left;
    const std::int64_t n = (only_left ? 0 : right->n) - (only_right ? 0 : left->n);
    if (n != 0) out.at(area, term.bucket)[static_cast<std::size_t>(term.counter)] += n;
    if (!only_right) ++left;
    if (!only_left) ++right;
  }
}

}  // namespace projections
