#include "engine/task.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "tests/engine/leaving_log.h"
#include "tests/engine/task_fixture.h"

namespace {

using namespace engine;
using word_count::Counts;
using word_count::TaskTest;

TEST_F(TaskTest, FoldsRecordsThroughItsInboxAndFiresTimersOnce) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = make(store);
  ASSERT_TRUE(task->open(Task::Mode::live));
  say("a b a");
  say("b c");
  drain(*task);
  EXPECT_EQ(counts(*task), (Counts{{"a", 2}, {"b", 2}, {"c", 1}}));
  EXPECT_TRUE(read(word_count::kCounts).empty());
  clock_.advance(Milliseconds(10000));
  drain(*task);
  EXPECT_TRUE(read(word_count::kCounts).empty()) << "deadlines are inclusive";
  clock_.advance(Milliseconds(1));
  drain(*task);
  EXPECT_EQ(read(word_count::kCounts), (std::vector<std::string>{"a=2", "b=2", "c=1"}));
  clock_.advance(Milliseconds(100000));
  drain(*task);
  EXPECT_EQ(read(word_count::kCounts).size(), 3u);
}

TEST_F(TaskTest, GoesOnFromItsCheckpointInRocksDB) {
  const std::vector<std::string> tables = word_count::tables();
  Counts before;
  Hash128 digest;
  {
    const auto store = *RocksStore::open({.directory = directory_ + "/state", .tables = tables});
    const auto task = make(*store);
    ASSERT_TRUE(task->open(Task::Mode::live));
    say("one two two");
    drain(*task);
    ASSERT_TRUE(task->finish());
    commit(*task);
    before = counts(*task);
    digest = task->state().digest();
  }
  const auto store = *RocksStore::open({.directory = directory_ + "/state", .tables = tables});
  const auto task = make(*store);
  int replayed = 0;
  ASSERT_TRUE(task->open(Task::Mode::live, [&](const Step&, std::int64_t) { ++replayed; }));
  EXPECT_EQ(replayed, 0);
  EXPECT_EQ(counts(*task), before);
  EXPECT_EQ(task->state().digest(), digest);
  clock_.advance(Milliseconds(20000));
  drain(*task);
  EXPECT_EQ(read(word_count::kCounts), (std::vector<std::string>{"one=1", "two=2"}));
}

TEST_F(TaskTest, ASecondOwnerFencesTheFirst) {
  MemoryStore first_store(std::make_shared<MemoryStore::Contents>());
  MemoryStore second_store(std::make_shared<MemoryStore::Contents>());
  const auto first = make(first_store);
  ASSERT_TRUE(first->open(Task::Mode::live));
  say("a");
  drain(*first);
  say("b");
  ASSERT_TRUE(first->run_step());
  const auto second = make(second_store);
  ASSERT_TRUE(second->open(Task::Mode::live));
  drain(*second);
  const auto late = first->commit_next();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().action, Action::fenced);
  EXPECT_EQ(counts(*second), (Counts{{"a", 1}, {"b", 1}}));
}

// A record moves the task clock past timers that have no room in the step.
TEST_F(TaskTest, TimersThatHadNoRoomFireThoughTheClockStandsStill) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  Task::Options options;
  options.fire_limit = 1;
  const auto task = make(store, 1, options);
  ASSERT_TRUE(task->open(Task::Mode::live));
  say("a b c d e f g h");
  drain(*task);
  clock_.advance(Milliseconds(20000));
  say("i");
  drain(*task);
  const auto due = task->timers().next_due();
  ASSERT_TRUE(due) << "that of the new word";
  EXPECT_GT(*due, clock_.now());
  MemoryStore empty(std::make_shared<MemoryStore::Contents>());
  const auto replica = make(empty);
  const auto opened = replica->open(Task::Mode::replica);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(replica->chain(), task->chain());
  EXPECT_EQ(replica->state().digest(), task->state().digest());
}

// The first steps of two owners that have read nothing are equal. That its own one is there does not tell an owner
// that it was not replaced: the other one has gone on from it.
TEST_F(TaskTest, AnOwnerWhoseStepAnotherOneTookAndWentOnFromIsFenced) {
  const auto options = [](std::string owner) {
    Task::Options made;
    made.owner = std::move(owner);
    made.read_bytes = 1;  // one record at a time
    return made;
  };
  MemoryStore first_store(std::make_shared<MemoryStore::Contents>());
  MemoryStore second_store(std::make_shared<MemoryStore::Contents>());
  const auto first = make(first_store, 1, options("first"));
  ASSERT_TRUE(first->open(Task::Mode::live));
  ASSERT_TRUE(first->run_step());
  const auto second = make(second_store, 1, options("second"));
  ASSERT_TRUE(second->open(Task::Mode::live));
  ASSERT_TRUE(second->run_step());
  EXPECT_EQ(first->chain(), second->chain());
  commit(*second);
  say("a");
  drain(*second);
  const auto late = first->commit_next();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().action, Action::fenced);
  say("b");
  drain(*second);
  EXPECT_EQ(counts(*second), (Counts{{"a", 1}, {"b", 1}}));
}

// What a checkpoint has to write cannot be forgotten before: a task that would need more memory waits for it.
TEST_F(TaskTest, WaitsForItsCheckpointWhenItsMemoryIsFull) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  Task::Options small;
  small.memory_bytes = 4096;
  const auto task = make(store, 1, small);
  ASSERT_TRUE(task->open(Task::Mode::live));
  std::string line;
  for (int i = 0; i < 100; ++i) line += fmt::format("word{} ", i);
  say(line);
  const auto step = [&] {
    const auto progress = task->run_step();
    EXPECT_TRUE(progress);
    while (*task->commit_next()) {
    }
    return progress->stepped;
  };
  while (step()) {
  }
  say("more");
  const auto waits = task->run_step();
  ASSERT_TRUE(waits);
  EXPECT_FALSE(waits->stepped);
  EXPECT_FALSE(waits->idle) << "it waits, it is not done";
  ASSERT_TRUE(*task->checkpoint_next());
  EXPECT_TRUE(step());
  drain(*task);
  EXPECT_EQ(counts(*task).size(), 101u);
}

// `run --until` stops the clock. What is done now and then goes on.
TEST_F(TaskTest, StepsAndCheckpointsComeAtTheirIntervalsThoughTheClockStandsAtItsLimit) {
  const auto contents = std::make_shared<MemoryStore::Contents>();
  MemoryStore store(contents);
  const BoundedClock bounded(clock_, clock_.now());
  Task::Options options;
  options.commit_interval = Milliseconds(50);
  options.checkpoint_interval = Milliseconds(1000);
  Task task(std::make_unique<word_count::Words>(), Partition{0}, *log_, store, bounded, options);
  ASSERT_TRUE(task.open(Task::Mode::live));
  const auto steps = [&] {
    const auto progress = task.run_step();
    EXPECT_TRUE(progress);
    commit(task);
    return progress->stepped;
  };
  say("a");
  EXPECT_TRUE(steps());
  say("b");
  EXPECT_FALSE(steps()) << "it is too soon";
  clock_.advance(Milliseconds(50));
  EXPECT_TRUE(steps());
  EXPECT_FALSE(contents->position);
  clock_.advance(Milliseconds(1000));
  say("c");
  EXPECT_TRUE(steps());
  EXPECT_TRUE(contents->position);
}

// On a cluster a read waits for what is known of and has not arrived, and the tasks of a worker wait with it.
TEST_F(TaskTest, ReadsNothingBeforeItsStepIsDue) {
  LeavingLog log(*log_);
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  Task::Options options;
  options.commit_interval = Milliseconds(50);
  Task task(std::make_unique<word_count::Words>(), Partition{0}, log, store, clock_, options);
  ASSERT_TRUE(task.open(Task::Mode::live));
  say("a");
  ASSERT_TRUE(task.run_step()->stepped);
  commit(task);
  say("b");
  const int reads = log.reads();
  EXPECT_FALSE(task.run_step()->stepped);
  EXPECT_EQ(log.reads(), reads);
  clock_.advance(Milliseconds(50));
  EXPECT_TRUE(task.run_step()->stepped);
  EXPECT_GT(log.reads(), reads);
}

TEST_F(TaskTest, RefusesACheckpointOfAnotherLog) {
  const auto contents = std::make_shared<MemoryStore::Contents>();
  {
    MemoryStore store(contents);
    const auto task = make(store);
    ASSERT_TRUE(task->open(Task::Mode::live));
    say("a");
    drain(*task);
    ASSERT_TRUE(task->finish());
    commit(*task);
  }
  open("other");
  MemoryStore store(contents);
  const auto opened = make(store)->open(Task::Mode::live);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().action, Action::corrupt);
}

}  // namespace
