// What holds for any county, in both stages on a real log: a small one of each of 100 seeds.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "ops/lab/county/county.h"
#include "ops/lab/county/random.h"
#include "tests/projections/promises.h"
#include "tests/projections/stories.h"
#include "tests/projections/world.h"
#include "tests/support/campaign.h"
#include "topics/topology.h"

namespace simulate_test {
namespace {

using ops::simulate::County;
using ops::simulate::CountyEvent;
using ops::simulate::CountyOptions;
using projections_test::World;
using topics::Family;

constexpr int kSeeds = 100;
constexpr int kSeedsPerTest = 10;
constexpr engine::Milliseconds kBatch = std::chrono::hours(12);

CountyOptions village(std::uint64_t seed) {
  return {.seed = seed,
          .grids = 12,
          .days = 6,
          .rate_percent = 120,
          .households_per_grid = 4,
          .devices = 6,
          .sensor_interval_seconds = 6 * 3'600,
          .late_per_mille = 50,
          .repeat_per_mille = 40};
}

// Events that are logged at one time: their order does not matter, but for the rules'.
struct Batch {
  engine::Instant time;
  std::vector<CountyEvent> events;
};

std::vector<Batch> batches(const CountyOptions& options) {
  County county(options);
  std::vector<Batch> all;
  while (const CountyEvent* event = county.next()) {
    if (all.empty() || event->logged >= all.back().time) {
      const engine::Instant begin = options.begin() - std::chrono::hours(24);
      all.push_back({begin + ((event->logged - begin) / kBatch + 1) * kBatch, {}});
    }
    all.back().events.push_back(*event);
  }
  return all;
}

// Orders of its own within each batch, and some events again, then or later; the rules keep their order.
void confuse(std::vector<Batch>& all, std::uint64_t seed) {
  ops::Random random = ops::simulate::random_stream(seed, ops::simulate::Stream::delivery);
  const auto is_rule = [](const CountyEvent& event) { return event.family == Family::directory; };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t told = all[i].events.size();
    for (std::size_t k = 0; k < told; ++k) {
      if (is_rule(all[i].events[k]) || !random.per_mille(100)) continue;
      CountyEvent again = all[i].events[k];
      all[i + random.below(all.size() - i)].events.push_back(std::move(again));
    }
    auto& events = all[i].events;
    const auto rules = std::ranges::stable_partition(events, is_rule).begin();
    for (auto n = events.end() - rules; n > 1; --n) {
      std::swap(rules[n - 1], rules[static_cast<std::ptrdiff_t>(random.below(static_cast<std::uint64_t>(n)))]);
    }
  }
}

std::unique_ptr<World> tell(const std::vector<Batch>& all, std::uint32_t partitions, std::uint64_t step_records) {
  auto world = std::make_unique<World>(
      World::Options{.start = all.front().time - kBatch, .partitions = partitions, .step_records = step_records});
  for (const Batch& batch : all) {
    world->clock().set(batch.time);
    for (const CountyEvent& event : batch.events) {
      world->append(topics::topic_of(event.family), event.subject, event.value);
    }
    world->drain();
  }
  world->clock().advance(std::chrono::hours(1));
  world->drain();
  return world;
}

// Different events by subject, and the facts that the rows have of them.
void expect_each_event_once(World& world, const std::vector<Batch>& all) {
  std::map<std::string, std::size_t> told;
  for (const Batch& batch : all) {
    for (const CountyEvent& event : batch.events) {
      const bool has_row = event.family != Family::directory && event.family != Family::sensors;
      if (has_row && !event.repeated) ++told[event.subject];
    }
  }
  std::map<std::string, std::size_t> facts;
  for (projections::Cases* cases : world.all_cases()) {
    cases->each_row([&](std::string_view subject, const projections::CaseRow& row) {
      facts[std::string(subject)] = row.facts.size();
    });
  }
  EXPECT_EQ(told, facts);
}

// The areas of each level and what belongs to none of them add up to the same.
void expect_levels_add_up(World& world) {
  projections::Areas& areas = world.areas();
  std::map<std::int32_t, std::set<std::int64_t>> sums;  // by month
  for (const std::string& level : areas.directory().levels()) {
    for (const auto& month : areas.months(std::string(ops::simulate::kCountyCode))) {
      std::int64_t due = 0;
      for (const auto& place : areas.ranking(month.month, level)) due += place.indicators.front().den;
      sums[month.month].insert(due);
    }
  }
  std::int64_t all = 0;
  for (const auto& [month, due] : sums) {
    EXPECT_EQ(due.size(), 1u) << "month " << month;
    all += *due.begin();
  }
  EXPECT_GT(all, 0);
}

std::map<std::string, std::string> truth_of(World& world) {
  std::map<std::string, std::string> all = projections_test::truth(world);
  projections::Areas& areas = world.areas();
  const auto put = [&](const std::string& key, const projections::CounterRow& row) {
    all[key] = fmt::format("{}", fmt::join(row.n, " "));
  };
  for (const auto& [id, area] : areas.directory().areas()) {
    for (const auto& day : areas.days(id, -100'000, 100'000)) put(fmt::format("{} day {}", id, day.day), day.counters);
    for (const auto& month : areas.months(id)) put(fmt::format("{} month {}", id, month.month), month.counters);
    put(id + " now", areas.now(id));
  }
  return all;
}

// Whether what holds for any county holds for this one, told in order to one partition and out of it to three.
std::unique_ptr<World> expect_laws(const CountyOptions& options) {
  const std::vector<Batch> plain = batches(options);
  auto world = tell(plain, 1, 8192);
  EXPECT_EQ(projections_test::broken_promises(*world), "");
  EXPECT_TRUE(world->read("dead-letters").empty());
  expect_each_event_once(*world, plain);
  expect_levels_add_up(*world);

  std::vector<Batch> confused = plain;
  confuse(confused, options.seed);
  const auto other = tell(confused, 3, options.seed % 2 == 0 ? 50 : 8192);
  EXPECT_EQ(projections_test::broken_promises(*other), "");
  EXPECT_EQ(projections_test::difference(truth_of(*world), truth_of(*other)), "");
  return world;
}

class CountyLaws : public testing::TestWithParam<int> {};

TEST_P(CountyLaws, HoldHoweverItIsDelivered) {
  const auto [first, count] = support::campaign(kSeedsPerTest, 3);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(GetParam() * kSeedsPerTest) + i;
    SCOPED_TRACE(fmt::format("seed {}", seed));
    expect_laws(village(seed));
    if (HasFailure()) return;
  }
}

// With every kind of clock, in working time.
class WorkingCountyLaws : public testing::TestWithParam<int> {};

CountyOptions working_village(std::uint64_t seed) {
  CountyOptions options = village(seed);
  options.policies = ops::simulate::CountyPolicies::working;
  options.days = 10;
  options.households_per_grid = 1;
  return options;
}

TEST_P(WorkingCountyLaws, HoldHoweverItIsDelivered) {
  const std::uint64_t seed = support::campaign(1, 1).first + static_cast<std::uint64_t>(GetParam()) - 1;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  expect_laws(working_village(seed));
}

// What a county in working time is for: clocks of every kind run, and what its people get wrong is noticed.
TEST(WorkingCounty, RunsEveryClockAndNoticesWhatIsWrong) {
  using projections::Anomaly;
  using projections::ClockKind;
  CountyOptions options = working_village(1);
  options.grids = 60;
  options.days = 25;
  const auto world = tell(batches(options), 1, 8192);
  EXPECT_TRUE(world->read("dead-letters").empty());
  std::map<ClockKind, std::set<projections::Verdict>> verdicts;
  std::set<Anomaly> noticed;
  std::size_t on_calendar = 0;
  for (projections::Cases* cases : world->all_cases()) {
    cases->each(world->clock().now(), [&](std::string_view, const projections::CaseAnswer& answer) {
      for (const projections::Clock& clock : answer.clocks) {
        verdicts[clock.kind].insert(clock.verdict);
        if (clock.calendar != nullptr) ++on_calendar;
      }
      for (const Anomaly anomaly : projections::anomalies(answer.subject, answer.clocks)) noticed.insert(anomaly);
    });
  }
  EXPECT_GT(on_calendar, 1000u);
  for (std::size_t i = 0; i < projections::kClockKinds; ++i) {
    const auto kind = static_cast<ClockKind>(i);
    EXPECT_TRUE(verdicts[kind].contains(projections::Verdict::met)) << projections::name(kind);
    // These are dealt with in time.
    if (kind == ClockKind::appeal || kind == ClockKind::supervise || kind == ClockKind::urge) continue;
    EXPECT_TRUE(verdicts[kind].contains(projections::Verdict::breached)) << projections::name(kind);
  }
  for (const Anomaly anomaly : {Anomaly::unauthorised, Anomaly::suspended_too_long}) {
    EXPECT_TRUE(noticed.contains(anomaly)) << projections::name(anomaly);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorkingCountyLaws, testing::Range(1, 41));
INSTANTIATE_TEST_SUITE_P(Seeds, CountyLaws, testing::Range(0, kSeeds / kSeedsPerTest));

}  // namespace
}  // namespace simulate_test
