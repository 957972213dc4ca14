#include <gtest/gtest.h>

#include <array>
#include <set>
#include <utility>
#include <vector>

#include "engine/runner_slot.h"
#include "engine/state/state.h"
#include "engine/task.h"

namespace {

using namespace engine;

TEST(TaskPhase, OnlyTheDrawnTransitionsAreValid) {
  using enum TaskPhase;
  constexpr std::array kAll{created, replaying, standby, replica, live, failed};
  const std::set<std::pair<TaskPhase, TaskPhase>> drawn{
      {created, replaying}, {replaying, standby}, {replaying, replica}, {replaying, live},
      {replaying, failed},  {standby, replaying}, {standby, failed},    {live, failed},
  };
  for (const TaskPhase from : kAll) {
    for (const TaskPhase to : kAll) {
      EXPECT_EQ(is_valid_transition(from, to), drawn.contains({from, to}))
          << static_cast<int>(from) << " to " << static_cast<int>(to);
    }
  }
}

TEST(SlotState, OnlyTheDrawnTransitionsAreValid) {
  using enum SlotState;
  constexpr std::array kAll{closed, standby, live, closing};
  const std::set<std::pair<SlotState, SlotState>> drawn{
      {closed, standby}, {closed, live}, {standby, live},   {standby, closed},
      {live, closing},   {live, closed}, {closing, closed},
  };
  for (const SlotState from : kAll) {
    for (const SlotState to : kAll) {
      EXPECT_EQ(is_valid_transition(from, to), drawn.contains({from, to}))
          << static_cast<int>(from) << " to " << static_cast<int>(to);
    }
  }
}

TEST(Position, FollowsOneThatIsOlderInEveryRespect) {
  Position before{.stage = "words", .partitions = 2, .step = StepNumber{3}, .chain = {}, .digest = {}};
  before.clock = instant(100);
  before.next_offsets = {Offset{4}, Offset{0}};
  before.next_schedule_offset = Offset{3};
  Position later = before;
  later.step = StepNumber{5};
  later.next_schedule_offset = Offset{5};
  EXPECT_TRUE(later.follows(before)) << "it need not have read anything";
  EXPECT_FALSE(before.follows(later));
  EXPECT_FALSE(before.follows(before));
  const auto with = [&](auto change) {
    Position changed = later;
    change(changed);
    return changed.follows(before);
  };
  EXPECT_FALSE(with([](Position& p) { p.stage = "other"; }));
  EXPECT_FALSE(with([](Position& p) { p.partition = Partition{1}; }));
  EXPECT_FALSE(with([](Position& p) { p.partitions = 3; }));
  EXPECT_FALSE(with([](Position& p) { p.logic_version = 1; }));
  EXPECT_FALSE(with([](Position& p) { p.step = StepNumber{3}; }));
  EXPECT_FALSE(with([](Position& p) { p.clock = instant(99); }));
  EXPECT_FALSE(with([](Position& p) { p.next_offsets[0] = Offset{3}; }));
  EXPECT_FALSE(with([](Position& p) { p.next_offsets.pop_back(); }));
  EXPECT_FALSE(with([](Position& p) { p.next_schedule_offset = Offset{3}; }));
}

}  // namespace
