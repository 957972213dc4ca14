#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>

#include "tests/projections/stories.h"
#include "tests/projections/world.h"

namespace projections_test {
namespace {

constexpr std::uint64_t kBacklog = 8500;  // more than wait when a step is not behind

class Publication : public testing::Test {
 protected:
  // A step reads all that waits.
  World world_{{.start = kFirstBatch, .step_records = 4 * kBacklog}};

  void tell(const std::string& type, const std::string& subject, const std::string& data) {
    Told told;
    told.time = kFirstBatch;
    told.type = type;
    told.subject = subject;
    told.data = data;
    told.id = fmt::format("{}", ++told_);
    if (type != "backfill.opened") told.source = source_;
    world_.append(told);
  }

  std::string source_ = "/desk";
  int told_ = 0;
};

// Visits to households owe no announcement, so that nothing but its word is left to do for the task that has caught up.
TEST_F(Publication, FollowsABacklogAfterWhichNothingIsLeftToRead) {
  for (std::uint64_t i = 0; i < kBacklog; ++i) {
    tell("visit.made", fmt::format("h{}", i % 100), R"({"worker":"w1","area":"g7"})");
  }
  world_.step();
  EXPECT_EQ(world_.areas().now("g7").n, projections::CounterRow{}.n);
  EXPECT_TRUE(world_.read("grid-workload").empty()) << "a sender is behind";
  world_.drain();
  ASSERT_EQ(world_.read("grid-workload").size(), 1u);
  EXPECT_NE(world_.read("grid-workload").front().value.find(fmt::format("\"visited\":{}", kBacklog)),
            std::string::npos);
  EXPECT_EQ(world_.compare_replicas(), "");
}

TEST_F(Publication, DoesNotWaitForTheEndOfABackfill) {
  tell("backfill.opened", "/import", R"({"digest":"d","events":8500})");
  world_.drain();
  source_ = "/import";
  for (std::uint64_t i = 0; i < kBacklog; ++i) tell("request.reported", fmt::format("c{}", i), R"({"area":"g7"})");
  world_.step();
  EXPECT_TRUE(world_.read("grid-workload").empty()) << "a sender is behind";
  world_.drain();
  ASSERT_EQ(world_.read("grid-workload").size(), 1u);
  EXPECT_EQ(world_.cases("c0").pending().held, static_cast<std::int64_t>(kBacklog)) << "the backfill is open";
  EXPECT_EQ(world_.compare_replicas(), "");
}

TEST_F(Publication, WaitsThroughARestartForASenderThatIsBehind) {
  for (std::uint64_t i = 0; i < kBacklog; ++i) tell("visit.made", fmt::format("h{}", i % 100), R"({"area":"g7"})");
  world_.step();
  world_.restart();
  EXPECT_TRUE(world_.read("grid-workload").empty());
  world_.drain();
  EXPECT_EQ(world_.read("grid-workload").size(), 1u);
}

}  // namespace
}  // namespace projections_test
