#include "projections/stage/counter_sums.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/projections/sum_deltas.h"
#include "tests/support/random.h"

namespace projections_test {
namespace {

using projections::CounterSums;
using topics::Bucket;
using topics::BucketKind;
using topics::Counter;
using topics::CounterDelta;

// In the order in which deltas are sent.
using Model = std::map<std::tuple<std::string, Bucket, Counter>, std::int64_t>;

std::vector<CounterDelta> expected_of(const Model& model) {
  std::vector<CounterDelta> all;
  for (const auto& [key, n] : model) {
    if (n != 0) all.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), n});
  }
  return all;
}

TEST(CounterSums, EqualAMapOverManyAreasAndSteps) {
  support::Random random(1);
  CounterSums sums;
  for (int step = 0; step < 60; ++step) {
    Model model;
    const std::uint64_t areas = step % 3 == 0 ? 2000 : 5;  // many more than there is room for at first, or few
    for (std::uint64_t n = random.below(6000); n > 0; --n) {
      const std::string area = "grid-" + std::to_string(random.below(areas));
      const Bucket bucket{static_cast<BucketKind>(random.below(3)),
                          static_cast<std::int32_t>(random.between(-2, step % 2 == 0 ? 3 : 20'000))};
      const auto counter = static_cast<Counter>(random.below(topics::kCounterCount));
      const std::int64_t add = random.between(-2, 2);
      model[{area, bucket, counter}] += add;
      if (random.coin()) {
        sums.add(area, bucket, counter, add);
      } else {
        sums.at(sums.number_of(area), bucket)[static_cast<std::size_t>(counter)] += add;
      }
    }
    ASSERT_EQ(sums.empty(), model.empty());
    ASSERT_EQ(deltas_of(sums), expected_of(model)) << "step " << step;
    sums.clear();
    ASSERT_TRUE(sums.empty());
    ASSERT_TRUE(deltas_of(sums).empty());
  }
}

TEST(CounterSums, AreOrderedByTheIdOfTheAreaAndNotByWhenItCame) {
  CounterSums sums;
  const Bucket today{BucketKind::day, 20514};
  for (const char* area : {"g9", "g10", "", "a", "g1"}) sums.add(area, today, Counter::opened, 1);
  sums.add("g1", {BucketKind::now, 0}, Counter::open_now, 1);
  sums.add("g1", {BucketKind::day, -1}, Counter::opened, 1);
  std::vector<std::string> order;
  for (const CounterSums::Sum* each : sums.ordered()) {
    const CounterSums::Sum& sum = *each;
    order.push_back(sums.area(sum.area) + "/" + std::to_string(sum.bucket.number));
  }
  EXPECT_EQ(order,
            (std::vector<std::string>{"/20514", "a/20514", "g1/-1", "g1/20514", "g1/0", "g10/20514", "g9/20514"}));
}

TEST(CounterSums, AreZeroWhereWhatWasAddedIsTakenBack) {
  CounterSums sums;
  const Bucket today{BucketKind::day, 20514};
  sums.add("g7", today, Counter::opened, 1);
  sums.add("g7", today, Counter::sent, 1);
  sums.add("g8", today, Counter::opened, 2);
  sums.add("g7", today, Counter::opened, -1);
  sums.add("g8", today, Counter::opened, -2);
  EXPECT_FALSE(sums.empty());
  EXPECT_EQ(deltas_of(sums), (std::vector<CounterDelta>{{"g7", today, Counter::sent, 1}}));
}

TEST(CounterSums, AreTheSameAfterTheyWereStored) {
  support::Random random(7);
  CounterSums sums;
  const auto add = [&](CounterSums& to, std::uint64_t seed) {
    support::Random more(seed);
    for (int i = 0; i < 3000; ++i) {
      const Bucket bucket{static_cast<BucketKind>(more.below(3)), static_cast<std::int32_t>(more.between(-2, 200))};
      to.add("grid-" + std::to_string(more.below(50)), bucket, static_cast<Counter>(more.below(topics::kCounterCount)),
             more.between(-2, 2));
    }
  };
  add(sums, random.next());
  sums.add("zero", {}, Counter::opened, 1);
  sums.add("zero", {}, Counter::opened, -1);
  std::string bytes;
  sums.encode(bytes);
  CounterSums stored;
  ASSERT_TRUE(stored.decode(bytes));
  EXPECT_EQ(stored.size(), sums.size()) << "when they are sent goes by their number";
  const std::uint64_t seed = random.next();
  add(sums, seed);
  add(stored, seed);
  std::string one;
  std::string other;
  sums.encode(one);
  stored.encode(other);
  EXPECT_EQ(one, other);
  EXPECT_EQ(deltas_of(stored), deltas_of(sums));
}

TEST(CounterSums, TheNumberOfAnAreaHoldsForGood) {
  CounterSums sums;
  std::vector<std::uint32_t> numbers;
  for (int i = 0; i < 3000; ++i) numbers.push_back(sums.number_of("area-" + std::to_string(i)));
  sums.add("area-7", {}, Counter::opened, 1);
  sums.clear();
  for (int i = 0; i < 3000; ++i) {
    const std::string area = "area-" + std::to_string(i);
    ASSERT_EQ(sums.number_of(area), numbers[static_cast<std::size_t>(i)]);
    ASSERT_EQ(sums.area(numbers[static_cast<std::size_t>(i)]), area);
  }
  EXPECT_EQ(sums.areas(), 3000u);
}

}  // namespace
}  // namespace projections_test
