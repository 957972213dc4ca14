// Steps that are taken again: by a standby, after a restart, from the log only.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "engine/task.h"
#include "tests/engine/leaving_log.h"
#include "tests/engine/task_fixture.h"

namespace {

using namespace engine;
using word_count::Counts;
using word_count::TaskTest;

TEST_F(TaskTest, AStandbyFollowsAndTakesOver) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  auto owner = make(store);
  ASSERT_TRUE(owner->open(Task::Mode::live));
  const auto copies = std::make_shared<MemoryStore::Contents>();
  auto copy_store = std::make_unique<MemoryStore>(copies);
  auto standby = make(*copy_store);
  ASSERT_TRUE(standby->open(Task::Mode::standby));
  const auto follow = [&] {
    while (true) {
      const auto progress = standby->follow();
      ASSERT_TRUE(progress) << progress.error().message;
      while (*standby->checkpoint_next()) {
      }
      if (progress->idle) return;
    }
  };
  for (int i = 0; i < 40; ++i) {
    say("x y" + std::to_string(i % 7));
    drain(*owner);
    if (i % 3 == 0) follow();
    clock_.advance(Milliseconds(3700));
    if (i == 20) {  // from its own checkpoint, after a restart
      standby.reset();
      copy_store = std::make_unique<MemoryStore>(copies);
      standby = make(*copy_store);
      ASSERT_TRUE(standby->open(Task::Mode::standby));
      EXPECT_GT(standby->step().value, 0);
    }
  }
  follow();
  EXPECT_EQ(standby->schedule_lag(), 0);
  EXPECT_EQ(standby->chain(), owner->chain());
  EXPECT_EQ(standby->state().digest(), owner->state().digest());

  say("z");
  drain(*owner);
  say("z z");
  ASSERT_TRUE(owner->run_step()->stepped);  // queued, and not committed any more
  EXPECT_GT(standby->schedule_lag(), 0);
  ASSERT_TRUE(standby->take_over());
  drain(*standby);
  const auto late = owner->commit_next();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().action, Action::fenced);
  EXPECT_EQ(counts(*standby).at("z"), 3);
  clock_.advance(Milliseconds(20000));
  drain(*standby);
  const auto announced = read(word_count::kCounts);
  EXPECT_EQ(std::ranges::count(announced, "z=3"), 1);

  MemoryStore empty(std::make_shared<MemoryStore::Contents>());
  const auto rebuilt = make(empty);
  ASSERT_TRUE(rebuilt->open(Task::Mode::replica));
  EXPECT_EQ(rebuilt->state().digest(), standby->state().digest());
}

TEST_F(TaskTest, AStandbyKeepsItsCopyWhileTheLogIsUnavailable) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto owner = make(store);
  ASSERT_TRUE(owner->open(Task::Mode::live));
  LeavingLog log(*log_);
  MemoryStore copy_store(std::make_shared<MemoryStore::Contents>());
  Task standby(std::make_unique<word_count::Words>(1), Partition{0}, log, copy_store, clock_, {.read_bytes = 1});
  ASSERT_TRUE(standby.open(Task::Mode::standby));
  const auto follow = [&] {
    auto progress = standby.follow();
    while (progress && !progress->idle) progress = standby.follow();
    return progress;
  };
  const auto fails = [&](const auto& done) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().action, Action::retry);
  };
  say("a b");
  drain(*owner);
  ASSERT_TRUE(follow());

  say("c");
  drain(*owner);
  log.leave();
  fails(follow());
  fails(standby.take_over());
  log.leave_after(1);  // the schedule can be read, and not what the step has read
  fails(follow());
  EXPECT_EQ(standby.phase(), TaskPhase::standby);
  log.come_back();
  ASSERT_TRUE(follow());
  EXPECT_EQ(standby.state().digest(), owner->state().digest());
  EXPECT_EQ(standby.chain(), owner->chain());

  say("d");
  say("e");
  drain(*owner);
  log.leave_after(2);  // the step has read two lines
  fails(follow());
  EXPECT_EQ(standby.phase(), TaskPhase::failed);
}

TEST_F(TaskTest, ACheckpointCanBeAskedWithoutTheLog) {
  const auto contents = std::make_shared<MemoryStore::Contents>();
  MemoryStore store(contents);
  const auto owner = make(store);
  ASSERT_TRUE(owner->open(Task::Mode::live));
  say("a b a");
  drain(*owner);
  ASSERT_TRUE(owner->finish());
  commit(*owner);
  say("c");
  drain(*owner);

  LeavingLog log(*log_);
  log.leave();
  MemoryStore kept(contents);
  Task task(std::make_unique<word_count::Words>(1), Partition{0}, log, kept, clock_, {});
  const auto opened = task.open(Task::Mode::checkpoint_only);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(counts(task), (Counts{{"a", 2}, {"b", 1}}));
  EXPECT_GT(task.step().value, 0);
  EXPECT_LT(task.step().value, owner->step().value);
}

TEST_F(TaskTest, AReplayFromTheLogsAloneEqualsTheLiveState) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = make(store);
  ASSERT_TRUE(task->open(Task::Mode::live));
  for (int i = 0; i < 50; ++i) {
    say("x y" + std::to_string(i % 7));
    if (i % 5 == 0) drain(*task);
    clock_.advance(Milliseconds(1700));
  }
  drain(*task);
  MemoryStore empty(std::make_shared<MemoryStore::Contents>());
  const auto replica = make(empty);
  const auto opened = replica->open(Task::Mode::replica);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(counts(*replica), counts(*task));
  EXPECT_EQ(replica->chain(), task->chain());
  EXPECT_EQ(replica->state().digest(), task->state().digest());
  EXPECT_EQ(replica->now(), task->now());
}

TEST_F(TaskTest, AReplayGoesByTheScheduleAndNotByTheLimitsOfItsProcess) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = make(store);
  ASSERT_TRUE(task->open(Task::Mode::live));
  for (int i = 0; i < 10; ++i) say("a b c d e f");
  drain(*task);
  clock_.advance(Milliseconds(20000));
  drain(*task);
  MemoryStore empty(std::make_shared<MemoryStore::Contents>());
  Task::Options small;
  small.step_records = 1;
  small.fire_limit = 1;
  small.transaction_bytes = 2;
  small.read_bytes = 1;
  small.memory_bytes = 1;
  const auto replica = make(empty, 1, small);
  const auto opened = replica->open(Task::Mode::replica);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(replica->chain(), task->chain());
  EXPECT_EQ(replica->state().digest(), task->state().digest());
}

// A task that has lost its checkpoint, or whose checkpoint is old, must not need more memory than one that runs.
TEST_F(TaskTest, ALongReplayTakesCheckpointsOnTheWay) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = make(store);
  ASSERT_TRUE(task->open(Task::Mode::live));
  for (int i = 0; i < 60; ++i) {
    std::string line;
    for (int word = 0; word < 20; ++word) line += fmt::format("word{} ", i * 20 + word);
    say(line + "common");
    drain(*task);
    clock_.advance(Milliseconds(1700));
  }
  const Counts expected = counts(*task);
  const Hash128 digest = task->state().digest();
  Task::Options small;
  small.memory_bytes = 48u << 10;
  const auto contents = std::make_shared<MemoryStore::Contents>();
  std::int64_t steps = 0;
  {
    MemoryStore rebuilt(contents);
    const auto again = make(rebuilt, 1, small);
    std::size_t most = 0;
    const auto opened = again->open(Task::Mode::live, [&](const Step&, std::int64_t) {
      ++steps;
      most = std::max(most, again->state().bytes());
    });
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_LT(most, task->state().bytes() / 2);
    EXPECT_EQ(again->chain(), task->chain());
    EXPECT_EQ(again->state().digest(), digest);
    EXPECT_EQ(counts(*again), expected);
  }
  ASSERT_TRUE(contents->position) << "nobody has asked for a checkpoint but the replay";
  const Position position = *Position::decode(*contents->position);
  EXPECT_GT(position.step, StepNumber{0});
  MemoryStore again_store(contents);
  const auto last = make(again_store);
  std::int64_t replayed = 0;
  const auto opened = last->open(Task::Mode::live, [&](const Step&, std::int64_t) { ++replayed; });
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(replayed, steps - position.step.value);
  EXPECT_EQ(last->state().digest(), digest);
  EXPECT_EQ(counts(*last), expected);
}

TEST_F(TaskTest, AReplicaWritesNoCheckpointHoweverLittleMemoryItHas) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = make(store);
  ASSERT_TRUE(task->open(Task::Mode::live));
  for (int i = 0; i < 100; ++i) say(fmt::format("word{} other{}", i, i));
  drain(*task);
  Task::Options small;
  small.memory_bytes = 1;
  const auto contents = std::make_shared<MemoryStore::Contents>();
  MemoryStore empty(contents);
  const auto replica = make(empty, 1, small);
  ASSERT_TRUE(replica->open(Task::Mode::replica));
  EXPECT_EQ(replica->state().digest(), task->state().digest());
  EXPECT_FALSE(contents->position);
}

TEST_F(TaskTest, WhatWasReplayedForLongIsNotReplayedAgain) {
  const auto contents = std::make_shared<MemoryStore::Contents>();
  const auto steps_replayed = [&](Milliseconds each) {
    MemoryStore store(contents);
    const auto task = make(store);
    int steps = 0;
    EXPECT_TRUE(task->open(Task::Mode::live, [&](const Step&, std::int64_t) {
      ++steps;
      clock_.advance(each);
    }));
    for (int i = 0; i < 5; ++i) {
      say("a");
      drain(*task);
    }
    return steps;  // and the process is killed
  };
  EXPECT_EQ(steps_replayed(Milliseconds(0)), 0);
  const int life = steps_replayed(Milliseconds(1));
  EXPECT_GE(life, 5);
  const int two_lives = steps_replayed(Milliseconds(50));
  EXPECT_EQ(two_lives, 2 * life) << "the replay before was short";
  EXPECT_TRUE(contents->position) << "this one took long";
  const int after = steps_replayed(Milliseconds(1));
  EXPECT_LT(after, 2 * life);
}

TEST_F(TaskTest, AStandbyThatReplayedForLongTakesACheckpointWhenItTakesOver) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto owner = make(store);
  ASSERT_TRUE(owner->open(Task::Mode::live));
  for (int i = 0; i < 5; ++i) {
    say("a");
    drain(*owner);
  }
  for (const Milliseconds each : {Milliseconds(1), Milliseconds(100)}) {
    const auto contents = std::make_shared<MemoryStore::Contents>();
    MemoryStore copy_store(contents);
    Task::Options options;
    options.stop = [&] {
      clock_.advance(each);
      return false;
    };
    const auto standby = make(copy_store, 1, options);
    ASSERT_TRUE(standby->open(Task::Mode::standby));
    while (!standby->follow()->idle) {
    }
    ASSERT_TRUE(standby->take_over());
    EXPECT_FALSE(contents->position);
    say("a");
    drain(*standby);
    EXPECT_EQ(contents->position.has_value(), each == Milliseconds(100));
  }
}

TEST_F(TaskTest, DoesNotReplayStepsOfAnotherLogicVersion) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = make(store);
  ASSERT_TRUE(task->open(Task::Mode::live));
  say("a");
  drain(*task);
  MemoryStore empty(std::make_shared<MemoryStore::Contents>());
  const auto opened = make(empty, 2)->open(Task::Mode::live);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().action, Action::invalid);
}

}  // namespace
