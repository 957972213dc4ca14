// What becomes of a log on which a request to end a transaction came late. It cannot be prevented; whoever reads that
// part of the schedule, or asks what became of a commit, stops and names the step.

#include <gtest/gtest.h>

#include "engine/output_audit.h"
#include "engine/state/memory_store.h"
#include "engine/task.h"
#include "tests/engine/word_count_log.h"
#include "tests/support/faulty_log.h"
#include "tests/support/late_log.h"

namespace {

using namespace engine;
using support::Late;

class LateCommitsTest : public word_count::WordCountLogTest {
 protected:
  LateCommitsTest() { late_ = std::make_unique<support::LateLog>(*log_, *log_, request_); }

  struct Owner {
    explicit Owner(Log& log, const Clock& clock, Task::Options options = {})
        : task(std::make_unique<word_count::Words>(), Partition{0}, log, store, clock, std::move(options)) {}
    MemoryStore store{std::make_shared<MemoryStore::Contents>()};
    Task task;
  };

  std::unique_ptr<Owner> live() {
    auto owner = std::make_unique<Owner>(*late_, clock_);
    EXPECT_TRUE(owner->task.open(Task::Mode::live));
    return owner;
  }

  void strike(Late kind) {
    request_.kind = kind;
    request_.armed = true;
  }

  // Takes one step with `line`, and commits it.
  Result<> step(Task& task, const std::string& line) {
    say(line);
    EXPECT_TRUE(task.run_step()->stepped);
    while (TRY(task.commit_next())) {
    }
    return {};
  }

  // The next owner, a restart without a checkpoint, `gridloop verify`: all replay the schedule.
  std::string replay() {
    Owner owner(*late_, clock_);
    const auto opened = owner.task.open(Task::Mode::live);
    if (opened) return "";
    EXPECT_EQ(opened.error().action, Action::corrupt);
    return opened.error().message;
  }

  // How the outputs that are there differ from those of a replay.
  std::string compare() {
    OutputAudit outputs;
    Task::Options options;
    options.replayed_outputs = [&](StepNumber number, const OutgoingBatch& batch) {
      outputs.add("words-0", number, batch);
    };
    Owner replica(*late_, clock_, std::move(options));
    EXPECT_TRUE(replica.task.open(Task::Mode::replica));
    const std::vector<std::string> topics{word_count::kInbox, word_count::kCounts};
    const auto differences = outputs.compare(*late_, topics);
    EXPECT_TRUE(differences);
    std::string said;
    for (const auto& difference : *differences) said += difference.to_string();
    return said;
  }

  support::LateRequest request_;
  std::unique_ptr<support::LateLog> late_;
};

TEST_F(LateCommitsTest, AGapStopsAReplayAndNamesTheStep) {
  const auto owner = live();
  ASSERT_TRUE(step(owner->task, "a"));
  strike(Late::lost);
  ASSERT_TRUE(step(owner->task, "b")) << "it was acknowledged";
  ASSERT_TRUE(step(owner->task, "c"));
  EXPECT_EQ(
      replay(),
      "task words-0: step 3 lies in the schedule where step 2 belongs: a transaction that was acknowledged is not "
      "there");
}

TEST_F(LateCommitsTest, AnOwnerWhoseAcknowledgedStepIsGoneStopsWhenItHasToLook) {
  support::FaultyLog faulty(*log_, 1);
  support::LateLog late(faulty, *log_, request_);
  Owner owner(late, clock_);
  ASSERT_TRUE(owner.task.open(Task::Mode::live));
  ASSERT_TRUE(step(owner.task, "a"));
  strike(Late::lost);
  ASSERT_TRUE(step(owner.task, "b"));
  faulty.set_rates({.abort = 1000});
  const auto next = step(owner.task, "c");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().action, Action::corrupt);
  EXPECT_EQ(next.error().message,
            "task words-0: step 2 was acknowledged and is not in the schedule, which ends at offset 1");
}

TEST_F(LateCommitsTest, AResurrectedStepStopsAReplayAndAStandbyAndIsNamed) {
  Owner standby(*late_, clock_);
  ASSERT_TRUE(standby.task.open(Task::Mode::standby));
  const auto owner = live();
  strike(Late::again);
  ASSERT_TRUE(step(owner->task, "a"));
  while (standby.task.follow()->stepped) {
  }
  ASSERT_TRUE(step(owner->task, "b"));
  const std::string expected =
      "task words-0: step 1 lies in the schedule where step 3 belongs: an abandoned transaction has landed late";
  EXPECT_EQ(replay(), expected);
  const auto followed = standby.task.follow();
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().message, expected);
}

TEST_F(LateCommitsTest, ALowerEpochLaterStopsAReplayAndNamesTheStep) {
  const auto owner = live();
  strike(Late::outlived);
  ASSERT_TRUE(step(owner->task, "a")) << "sent again by a writer of its own";
  const std::string said = replay();
  EXPECT_TRUE(said.starts_with("task words-0: step 1 was written by an owner of epoch ")) << said;
  EXPECT_TRUE(said.ends_with(": a late commit of a replaced owner")) << said;
}

TEST_F(LateCommitsTest, ATornStepStopsItsOwnerAndTheNextOneAndIsNamed) {
  const auto owner = live();
  ASSERT_TRUE(step(owner->task, "a"));
  strike(Late::torn);
  const auto torn = step(owner->task, "b c");
  ASSERT_FALSE(torn);
  EXPECT_EQ(torn.error().action, Action::corrupt);
  const std::string expected =
      "task words-0: step 2 is torn: its record is in the schedule, and 2 of its 2 outputs are missing: a late commit "
      "has "
      "ended its transaction half-way";
  EXPECT_EQ(torn.error().message, expected);
  EXPECT_TRUE(torn.error().in_log) << "no rebuild helps";
  EXPECT_EQ(replay(), expected);
}

TEST_F(LateCommitsTest, ATornStepIsFoundByComparingOutputsWithAReplay) {
  const auto owner = live();
  ASSERT_TRUE(step(owner->task, "a"));
  EXPECT_EQ(compare(), "");
  strike(Late::torn);
  EXPECT_FALSE(step(owner->task, "b c"));
  EXPECT_EQ(compare(), "topic words-inbox partition 0: 2 missing, the first of step 2 of task words-0");
}

// The step itself is sent again, whole. Nothing in the schedule tells of the output that is there already.
TEST_F(LateCommitsTest, AnOutputWithoutItsStepIsFoundByComparingOutputsWithAReplay) {
  const auto owner = live();
  ASSERT_TRUE(step(owner->task, "a"));
  strike(Late::stray);
  ASSERT_TRUE(step(owner->task, "b"));
  EXPECT_EQ(replay(), "");
  EXPECT_EQ(compare(), "topic words-inbox partition 0: 1 that no step wrote, the first at offset 2");
}

// After an answer that was lost, also what tells what became of the step may fail. It is asked again; the step is not
// sent before.
TEST_F(LateCommitsTest, AStepIsNotSentAgainBeforeItIsKnownWhatBecameOfIt) {
  bool had_landed = false;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    open("log-" + std::to_string(seed));
    support::FaultyLog faulty(*log_, seed);
    Owner owner(faulty, clock_);
    ASSERT_TRUE(owner.task.open(Task::Mode::live));
    say("a");
    ASSERT_TRUE(owner.task.run_step()->stepped);
    faulty.set_rates({.unknown = 1000, .no_writer = 1000});
    const TopicPartition schedule{word_count::kSchedule, Partition{0}};
    for (int i = 0; i < 3; ++i) {
      const auto asked = owner.task.commit_next();
      ASSERT_FALSE(asked);
      EXPECT_EQ(asked.error().action, Action::retry);
    }
    had_landed = had_landed || log_->bounds(schedule)->end == Offset{1};
    faulty.set_rates({});
    while (*owner.task.commit_next()) {
    }
    EXPECT_EQ(log_->bounds(schedule)->end, Offset{1}) << "seed " << seed;
    ASSERT_TRUE(step(owner.task, "b"));
    Owner replica(*log_, clock_);
    const auto opened = replica.task.open(Task::Mode::replica);
    EXPECT_TRUE(opened) << opened.error().message;
  }
  EXPECT_TRUE(had_landed);
}

}  // namespace
