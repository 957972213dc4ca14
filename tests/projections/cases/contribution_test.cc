#include "projections/cases/contribution.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "tests/projections/facts.h"
#include "tests/projections/law.h"
#include "tests/projections/sum_deltas.h"

namespace projections_test {
namespace {

using projections::Contribution;
using projections::CounterSums;
using projections::Term;
using topics::Bucket;
using topics::BucketKind;
using topics::Counter;
using topics::CounterDelta;

using Sums = std::map<std::tuple<std::string, Bucket, Counter>, std::int64_t>;

void add(Sums& sums, const std::string& area, const Term& term) {
  auto& n = sums[{area, term.bucket, term.counter}];
  n += term.n;
  if (n == 0) sums.erase({area, term.bucket, term.counter});
}

rc::Gen<Contribution> contributions() {
  return rc::gen::exec([] {
    Contribution result;
    result.area = *rc::gen::element<std::string>("", "grid-1", "grid-2");
    std::map<std::pair<Bucket, Counter>, std::int64_t> terms;
    for (int count = *rc::gen::inRange(0, 12); count > 0; --count) {
      const Bucket bucket{*rc::gen::element(BucketKind::day, BucketKind::month, BucketKind::now),
                          *rc::gen::inRange(0, 3)};
      const auto counter = static_cast<Counter>(*rc::gen::inRange<int>(0, topics::kCounterCount));
      terms[{bucket, counter}] = *rc::gen::nonZero<std::int16_t>();
    }
    for (const auto& [key, n] : terms) result.terms.push_back({key.first, key.second, n});
    return result;
  });
}

TEST(AddDifference, AddedToWhatWasGivesWhatIs) {
  EXPECT_TRUE(rc::check("before + difference = after", [] {
    const Contribution before = *contributions();
    Contribution after = *contributions();
    if (*rc::gen::arbitrary<bool>()) after.area = before.area;
    CounterSums difference;
    add_difference(before, after, difference);
    Sums sums;
    for (const Term& term : before.terms) add(sums, before.area, term);
    for (const CounterDelta& delta : deltas_of(difference)) {
      RC_ASSERT(delta.n != 0);
      add(sums, delta.area, {delta.bucket, delta.counter, delta.n});
    }
    Sums expected;
    for (const Term& term : after.terms) add(expected, after.area, term);
    RC_ASSERT(sums == expected);
  }));
}

TEST(AddDifference, OfWhatDidNotChangeIsNothing) {
  EXPECT_TRUE(rc::check("x to x has no difference", [] {
    const Contribution same = *contributions();
    CounterSums difference;
    add_difference(same, same, difference);
    RC_ASSERT(deltas_of(difference).empty());
  }));
}

TEST(Contribution, OfAnyCaseIsInOrderAndBalances) {
  EXPECT_TRUE(law("terms ascend; a case is opened once, and is ended or open", 150, [] {
    const auto facts = facts_of(*case_histories());
    const RuleBook book(*rule_books());
    const projections::Case subject = projections::fold(facts, book.rules());
    const auto now = batch_time(*rc::gen::inRange(0, 3 * kBatches));
    const std::vector<projections::Clock> all = clocks(subject, book.rules(), now);
    const Contribution result = contribution(subject, all, book.rules());
    std::map<Counter, std::int64_t> sums;    // by day or now, else by month
    std::map<Counter, std::int64_t> months;  // by month
    for (std::size_t i = 0; i < result.terms.size(); ++i) {
      const Term& term = result.terms[i];
      RC_ASSERT(term.n > 0);
      if (i > 0) {
        const Term& last = result.terms[i - 1];
        RC_ASSERT(std::pair(last.bucket, last.counter) < std::pair(term.bucket, term.counter));
      }
      const topics::CounterSpec& spec = topics::spec(term.counter);
      RC_ASSERT(spec.counts_by(term.bucket.kind));
      const bool month = term.bucket.kind == topics::BucketKind::month;
      if (month) months[term.counter] += term.n;
      if (!month || !spec.counts_by(topics::BucketKind::day)) sums[term.counter] += term.n;
    }
    const std::int64_t opened = subject.opened ? 1 : 0;
    RC_ASSERT(sums[Counter::opened] == opened);
    RC_ASSERT(months[Counter::opened] == opened);
    RC_ASSERT(sums[Counter::ended] + sums[Counter::open_now] == opened);
    RC_ASSERT(sums[Counter::overdue_now] <= sums[Counter::open_now]);
    RC_ASSERT(sums[Counter::due] <= opened);
    for (const Counter part : {Counter::due_handled_on_time, Counter::due_closed, Counter::due_closed_on_time}) {
      RC_ASSERT(sums[part] <= sums[Counter::due]);
    }
    if (subject.given_up) RC_ASSERT(sums[Counter::due] == 0);
    RC_ASSERT(sums[Counter::resolved] <= sums[Counter::called_back]);
    RC_ASSERT(sums[Counter::satisfied] <= sums[Counter::rated]);
    for (const Counter once : {Counter::contacted, Counter::called_back, Counter::rated}) {
      RC_ASSERT(sums[once] <= opened);
    }
    for (const Counter counter : {Counter::called_back, Counter::resolved, Counter::rated, Counter::satisfied}) {
      RC_ASSERT(sums[counter] == months[counter]);
    }
    if (!subject.opened) return;
    const auto breached = std::ranges::count(all, projections::Verdict::breached, &projections::Clock::verdict);
    RC_ASSERT(sums[Counter::breached] == breached);
    RC_ASSERT(sums[Counter::rework] == std::ranges::count(subject.cycles, true, &projections::Cycle::rework));
    RC_ASSERT(sums[Counter::sent] == static_cast<std::int64_t>(subject.hops.size()));
  }));
}

}  // namespace
}  // namespace projections_test
