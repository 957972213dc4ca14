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

// Adds the terms of a case.
class TermList {
 public:
  TermList(const Directory& rules, std::vector<Term>& terms) : rules_(rules), terms_(terms) {}

  // On the day and in the month of `time`, as the counter is counted by them.
  void at(engine::Instant time, Counter counter, std::int64_t n = 1) {
    const topics::CounterSpec& spec = topics::spec(counter);
    if (spec.counts_by(BucketKind::day)) terms_.push_back({{BucketKind::day, rules_.day(time)}, counter, n});
    if (spec.counts_by(BucketKind::month)) in({BucketKind::month, rules_.month(time)}, counter, n);
  }
  void in(Bucket bucket, Counter counter, std::int64_t n = 1) { terms_.push_back({bucket, counter, n}); }

 private:
  const Directory& rules_;
  std::vector<Term>& terms_;
};

void add_visits_and_judgements(const Case& subject, TermList& add) {
  for (const engine::Instant visit : subject.visits) add.at(visit, Counter::visited);
  for (const engine::Instant visit : subject.missed_visits) add.at(visit, Counter::missed_visits);
  for (const engine::Instant check : subject.checks) add.at(check, Counter::checked);
  for (std::size_t i = 1; i < subject.cycles.size(); ++i) {
    if (subject.cycles[i].rework) add.at(subject.cycles[i].start.happened, Counter::rework);
  }
  const Cycle& cycle = subject.cycles.back();
  if (cycle.contacted) add.at(cycle.contacted->happened, Counter::contacted);
  if (cycle.called_back) {
    const engine::Instant said = cycle.called_back->said.happened;
    add.at(said, Counter::called_back);
    if (cycle.called_back->outcome.resolved == Answer::yes) add.at(said, Counter::resolved);
  }
  if (const Voice* voice = cycle.satisfaction(); voice != nullptr) {
    add.at(voice->said.happened, Counter::rated);
    if (voice->outcome.satisfaction >= 4) add.at(voice->said.happened, Counter::satisfied);
  }
}

// The cohort of the month that the case is due in, and how it went.
void add_due(const Case& subject, const std::vector<Clock>& clocks, const Clock& handle, const Directory& rules,
             TermList& add) {
  const std::int32_t month = rules.month(handle.counted());
  const Bucket bucket{BucketKind::month, month};
  add.in(bucket, Counter::due);
  if (handle.stopped && handle.verdict == Verdict::met) add.in(bucket, Counter::due_handled_on_time);
  if (!subject.closed()) return;
  const Clock* close = last(clocks, ClockKind::close);
  const engine::Instant due = close != nullptr ? close->due : handle.due;
  if (subject.closed()->judged < rules.month_begin(month + 1)) add.in(bucket, Counter::due_closed);
  if (subject.closed()->judged <= due) add.in(bucket, Counter::due_closed_on_time);
}

// Sorts, sums equal terms and drops those that come to 0.
void combine(std::vector<Term>& terms) {
  std::ranges::sort(terms);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < terms.size();) {
    Term sum = terms[i++];
    while (i < terms.size() && terms[i].bucket == sum.bucket && terms[i].counter == sum.counter) sum.n += terms[i++].n;
    if (sum.n != 0) terms[kept++] = sum;
  }
  terms.resize(kept);
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
  TermList add(rules, terms);
  add.at(subject.opened->happened, Counter::opened);
  for (const Hop& hop : subject.hops) add.at(hop.sent.happened, Counter::sent);
  if (subject.handled()) {
    const engine::Instant start = subject.hops.empty() ? subject.opened->happened : subject.hops.front().sent.happened;
    const auto took = std::chrono::floor<std::chrono::seconds>(subject.handled()->happened - start);
    add.at(subject.handled()->happened, Counter::handled);
    add.at(subject.handled()->happened, Counter::handling_seconds, std::max<std::int64_t>(took.count(), 0));
  }
  if (subject.closed()) add.at(subject.closed()->happened, Counter::closed);
  add_visits_and_judgements(subject, add);
  for (const Clock& clock : clocks) {
    if (clock.verdict == Verdict::breached) add.at(clock.counted(), Counter::breached);
  }
  const Clock* handle = last(clocks, ClockKind::handle);
  if (handle != nullptr && !subject.given_up && !subject.excluded) add_due(subject, clocks, *handle, rules, add);
  if (subject.ended()) {
    add.at(subject.opened->happened, Counter::ended);
  } else {
    const Bucket now{BucketKind::now, 0};
    add.in(now, Counter::open_now);
    if (handle != nullptr && !subject.excluded && !subject.handled() && handle->verdict == Verdict::breached) {
      add.in(now, Counter::overdue_now);
    }
  }
  combine(terms);
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
