#include "projections/contribution.h"

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
    on_day(subject.cycles[i].start.happened, Counter::rework);
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
  if (const Voice* voice = cycle.satisfaction(); voice != nullptr) {
    on_day_and_month(voice->said.happened, Counter::rated, Counter::month_rated);
    if (voice->outcome.satisfaction >= 4) {
      on_day_and_month(voice->said.happened, Counter::satisfied, Counter::month_satisfied);
    }
  }
}

}  // namespace

Contribution contribution(const Case& subject, const std::vector<Clock>& clocks, const Directory& rules) {
  Contribution result;
  if (!subject.opened) return result;
  result.area = subject.area;
  std::vector<Term>& terms = result.terms;
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
    if (clock.verdict == Verdict::breached) on_day(clock.due, Counter::breached, 1);
  }

  const Clock* handle = last(clocks, ClockKind::handle);
  if (handle != nullptr && !subject.given_up) {
    const std::int32_t month = rules.month(handle->due);
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
    if (handle != nullptr && !subject.handled() && handle->verdict == Verdict::breached) {
      terms.push_back({{BucketKind::now, 0}, Counter::overdue_now, 1});
    }
  }

  std::ranges::sort(terms);
  std::vector<Term> sums;
  for (const Term& term : terms) {
    if (!sums.empty() && sums.back().bucket == term.bucket && sums.back().counter == term.counter) {
      sums.back().n += term.n;
    } else {
      sums.push_back(term);
    }
  }
  std::erase_if(sums, [](const Term& term) { return term.n == 0; });
  terms = std::move(sums);
  return result;
}

void append_difference(const Contribution& before, const Contribution& after, std::vector<topics::CounterDelta>& out) {
  if (before.area != after.area) {
    for (const Term& term : before.terms) out.push_back({before.area, term.bucket, term.counter, -term.n});
    for (const Term& term : after.terms) out.push_back({after.area, term.bucket, term.counter, term.n});
    return;
  }
  const auto key = [](const Term& term) { return std::pair(term.bucket, term.counter); };
  auto left = before.terms.begin();
  auto right = after.terms.begin();
  while (left != before.terms.end() || right != after.terms.end()) {
    if (right == after.terms.end() || (left != before.terms.end() && key(*left) < key(*right))) {
      out.push_back({before.area, left->bucket, left->counter, -left->n});
      ++left;
    } else if (left == before.terms.end() || key(*right) < key(*left)) {
      out.push_back({after.area, right->bucket, right->counter, right->n});
      ++right;
    } else {
      if (left->n != right->n) out.push_back({after.area, left->bucket, left->counter, right->n - left->n});
      ++left;
      ++right;
    }
  }
}

}  // namespace projections
