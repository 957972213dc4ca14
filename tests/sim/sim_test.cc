#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "tests/sim/city_world.h"
#include "tests/sim/cluster_simulation.h"
#include "tests/sim/simulator.h"
#include "tests/sim/word_count_world.h"
#include "tests/support/campaign.h"

namespace {

// GRIDLOOP_SIM_SEEDS says how many from 1 on; tests/run.sh --long runs 5,000, else a sample.
support::Seeds campaign() {
  const char* chosen = std::getenv("GRIDLOOP_SIM_SEEDS");
  if (chosen != nullptr) return {.count = std::strtoull(chosen, nullptr, 10)};
  return support::campaign(500, 150);
}

std::uint64_t seeds() {
  return campaign().count;
}

TEST(Simulation, WordCountKeepsItsPromisesUnderEveryFault) {
  sim::Statistics total;
  for (auto [seed, left] = campaign(); left > 0; ++seed, --left) {
    const sim::Outcome outcome = sim::simulate(seed, sim::make_word_count_world);
    ASSERT_EQ(outcome.failure, "") << "to repeat: build/dev/tests/sim/gridloop_sim --seed " << seed;
    total += outcome.statistics;
  }
  if (seeds() < 100) return;
  // A simulator in which nothing happens keeps every promise.
  EXPECT_GT(total.steps, 10 * seeds());
  EXPECT_GT(total.checkpoints, seeds());
  EXPECT_GT(total.crashes, seeds());
  EXPECT_GT(total.power_losses, seeds() / 10);
  EXPECT_GT(total.takeovers, seeds());
  EXPECT_GT(total.standbys, seeds());
  EXPECT_GT(total.fenced, seeds() / 10);
  EXPECT_GT(total.lost_stores, seeds() / 10);
  EXPECT_GT(total.faults, seeds());
}

TEST(Simulation, ACityKeepsItsPromisesUnderEveryFault) {
  for (auto [seed, left] = campaign(); left > 0; ++seed, --left) {
    const sim::Outcome outcome = sim::simulate(seed, sim::make_city_world);
    ASSERT_EQ(outcome.failure, "") << "to repeat: build/dev/tests/sim/gridloop_sim --world city --seed " << seed;
  }
}

// Kafka's protocol lets a delayed request to end a transaction do what a log must not. It cannot be prevented; it is
// found, and the task of the step does not go on.
TEST(Simulation, ALateRequestIsFoundOrWithoutEffect) {
  using support::Late;
  for (const Late kind : {Late::lost, Late::torn, Late::stray, Late::again, Late::outlived}) {
    for (const auto& make_world : {sim::make_word_count_world, sim::make_city_world}) {
      std::map<sim::LateOutcome, std::uint64_t> outcomes;
      const std::uint64_t count = std::max<std::uint64_t>(seeds() / 5, 1);
      for (std::uint64_t seed = campaign().first; seed < campaign().first + count; ++seed) {
        const sim::Outcome outcome = sim::simulate_late(seed, make_world, kind);
        ASSERT_EQ(outcome.failure, "") << "to repeat: build/dev/tests/sim/gridloop_sim --world "
                                       << (make_world == sim::make_city_world ? "city" : "words") << " --seed " << seed
                                       << " --late " << support::name(kind);
        ++outcomes[outcome.late];
      }
      if (count < 100) continue;
      const std::uint64_t by_task = outcomes[sim::LateOutcome::by_task];
      const std::uint64_t found = by_task + outcomes[sim::LateOutcome::by_replay];
      EXPECT_GT(found, count / 5) << support::name(kind);
      if (kind == Late::stray) continue;  // the outputs of a step are not read by its task
      EXPECT_GT(by_task, count / 5) << support::name(kind);
    }
  }
}

TEST(Simulation, TheTasksOfAClusterComeToRestWhateverHeartbeatsAreLost) {
  sim::ClusterStatistics total;
  for (auto [seed, left] = campaign(); left > 0; ++seed, --left) {
    const sim::ClusterOutcome outcome = sim::simulate_cluster(seed);
    ASSERT_EQ(outcome.failure, "") << "to repeat: build/dev/tests/sim/gridloop_sim --world cluster --seed " << seed;
    total += outcome.statistics;
  }
  if (seeds() < 100) return;
  EXPECT_GT(total.starts, seeds());
  EXPECT_GT(total.deaths, seeds() / 10);
  EXPECT_GT(total.pauses, seeds());
  EXPECT_GT(total.declared_dead, seeds() / 10);
  EXPECT_GT(total.handovers, seeds());
  EXPECT_GT(total.faults, seeds());
}

TEST(Simulation, OneSeedIsOneRun) {
  for (const std::uint64_t seed : {3u, 17u, 255u}) {
    std::string first;
    std::string second;
    sim::simulate(seed, sim::make_word_count_world, [&](const std::string& line) { first += line + "\n"; });
    sim::simulate(seed, sim::make_word_count_world, [&](const std::string& line) { second += line + "\n"; });
    EXPECT_EQ(first, second);
    EXPECT_FALSE(first.empty());
  }
}

}  // namespace
