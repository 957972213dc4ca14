#include <gtest/gtest.h>

#include <algorithm>

#include "ops/lab/bench/appender.h"
#include "ops/lab/bench/generated_events.h"
#include "ops/lab/bench/phases.h"
#include "ops/lab/bench/processing.h"
#include "ops/lab/bench/result_totals.h"
#include "tests/support/scratch.h"

namespace bench_test {
namespace {

using ops::bench::Comparison;
using ops::bench::GeneratedEvents;
using ops::bench::Policies;

template <class T>
T must(engine::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// A small city through the stages.
class Results : public testing::Test {
 protected:
  void SetUp() override { prepare(Policies::plain); }

  void prepare(Policies policies) {
    policies_ = policies;
    settings_.partitions = 2;
    settings_.memory_bytes = 32u << 20;
    const auto deployment = must(ops::bench::open_deployment(directory(), settings_));
    const auto appender = must(ops::bench::Appender::open(*deployment, GeneratedEvents::kBegin, policies));
    GeneratedEvents source({.cases = 200, .conditions = policies != Policies::plain});
    EXPECT_EQ(must(appender->append(source, UINT64_MAX)), 800u);
    totals_ = source.totals();
    city_ = appender->city();
    must(ops::bench::run_until_idle(*deployment, deployment->clock(), settings_));
  }
  std::string directory() const { return scratch_.path("data"); }

  std::vector<Comparison> compared() {
    const auto deployment = must(ops::bench::open_deployment(directory(), settings_));
    return must(ops::bench::compare(*deployment, city_, totals_, policies_));
  }

  support::Scratch scratch_;
  ops::bench::Settings settings_;
  Policies policies_ = Policies::plain;
  ops::bench::Totals totals_;
  std::string city_;
};

TEST_F(Results, OfTheStagesAreThoseOfTheEvents) {
  EXPECT_EQ(city_, "3708");
  EXPECT_GT(totals_.sign_breached, 0);
  EXPECT_GT(totals_.handle_breached, 0);
  const auto totals = compared();
  EXPECT_FALSE(totals.empty());
  for (const Comparison& total : totals) EXPECT_EQ(total.found, total.expected) << total.what;
  EXPECT_TRUE(ops::bench::check(totals, true));
}

TEST_F(Results, ThatAreWrongAreFound) {
  for (const auto part : {&ops::bench::Totals::opened, &ops::bench::Totals::sign_breached,
                          &ops::bench::Totals::handle_breached, &ops::bench::Totals::resolved}) {
    ++(totals_.*part);
    EXPECT_FALSE(ops::bench::check(compared(), true));
    --(totals_.*part);
  }
}

TEST_F(Results, AreTheSameAfterARebuild) {
  const auto kept = must(ops::bench::serve_again(directory(), settings_));
  EXPECT_LE(kept.records, 10u);  // nothing but what was asked to see whether it serves
  ASSERT_TRUE(ops::bench::remove_states(directory()));
  EXPECT_EQ(ops::bench::directory_bytes(directory() + "/state"), 0u);
  const auto rebuilt = must(ops::bench::serve_again(directory(), settings_));
  EXPECT_GE(rebuilt.records, 800u);
  {
    // It was stopped as soon as it served: what the last steps told the areas may not be read yet.
    const auto deployment = must(ops::bench::open_deployment(directory(), settings_));
    must(ops::bench::run_until_idle(*deployment, deployment->clock(), settings_));
  }
  auto totals = compared();
  // The cases that were opened to see whether it serves.
  const auto opened = std::ranges::find(totals, "opened", &Comparison::what);
  ASSERT_NE(opened, totals.end());
  EXPECT_EQ(opened->found, *opened->expected + 2 * settings_.partitions);
  totals.erase(opened);
  for (const Comparison& total : totals) EXPECT_EQ(total.found, total.expected) << total.what;
}

class ResultsOfFullPolicies : public Results {
 protected:
  void SetUp() override {}
  std::int64_t found(const std::vector<Comparison>& totals, std::string_view what) {
    const auto total = std::ranges::find(totals, what, &Comparison::what);
    return total != totals.end() ? total->found : 0;
  }
};

TEST_F(ResultsOfFullPolicies, AreCheckedButForWhatFollowsFromPolicies) {
  prepare(Policies::full);
  const auto totals = compared();
  EXPECT_TRUE(ops::bench::check(totals, true));
  for (const char* checked : {"opened", "handled", "called_back", "resolved", "rated", "satisfied"}) {
    const auto total = std::ranges::find(totals, checked, &Comparison::what);
    ASSERT_NE(total, totals.end()) << checked;
    EXPECT_EQ(total->expected, total->found) << checked;
  }
  EXPECT_GT(found(totals, "handle_alerts"), 0);
  EXPECT_EQ(found(totals, "close_alerts"), 0) << "its policies are for another channel";
  ++totals_.resolved;
  EXPECT_FALSE(ops::bench::check(compared(), true));
}

TEST_F(ResultsOfFullPolicies, CountTheClocksThatNothingStops) {
  prepare(Policies::unanswered);
  const auto totals = compared();
  EXPECT_TRUE(ops::bench::check(totals, true));
  for (const char* clock : {"contact_alerts", "check_alerts", "close_alerts"}) {
    EXPECT_EQ(found(totals, clock), 200) << clock;
  }
}

}  // namespace
}  // namespace bench_test
