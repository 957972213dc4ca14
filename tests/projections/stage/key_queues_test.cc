#include "projections/stage/key_queues.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/state/memory_store.h"
#include "tests/support/random.h"

namespace projections_test {
namespace {

using projections::KeyQueues;
using projections::QueueBlock;
using projections::QueueEnds;
using support::Random;

constexpr std::size_t kBlock = 64;  // keys in a block

// Queues on a store, as a stage has them.
class Queues {
 public:
  Queues() { restart(); }

  // What was not checkpointed is gone.
  void restart() {
    queues_.reset();
    state_ = std::make_unique<engine::State>(store_);
    queues_ = std::make_unique<KeyQueues>(*state_, "waiting");
    queues_->restore();
    state_->set_digest(durable_digest_);
  }
  void checkpoint() {
    durable_digest_ = state_->digest();
    const auto written = store_.checkpoint({"position", state_->freeze()});
    EXPECT_TRUE(written);
    state_->unfreeze();
    state_->evict_to(0);
  }
  std::size_t stored_blocks() const { return contents_->tables["waiting"].size(); }
  bool digest_is_of_what_is_stored() { return state_->digest() == *state_->stored_digest(); }

  KeyQueues* operator->() { return queues_.get(); }
  const std::optional<engine::Error>& error() const { return state_->error(); }

 private:
  std::shared_ptr<engine::MemoryStore::Contents> contents_ = std::make_shared<engine::MemoryStore::Contents>();
  engine::MemoryStore store_{contents_};
  engine::Hash128 durable_digest_;
  std::unique_ptr<engine::State> state_;
  std::unique_ptr<KeyQueues> queues_;
};

using Model = std::map<std::uint64_t, std::deque<std::string>>;

std::size_t blocks_of(std::uint64_t first, std::uint64_t next) {
  return (next + kBlock - 1) / kBlock - first / kBlock;
}

void run_model(std::uint64_t seed, int steps) {
  Random random(seed);
  Queues queues;
  Model model;
  Model durable;
  int made = 0;
  constexpr std::uint64_t kNumbers[] = {0, 7, UINT64_MAX};
  for (int step = 0; step < steps; ++step) {
    for (std::uint64_t n = random.below(6); n > 0; --n) {
      const std::uint64_t queue = kNumbers[random.below(3)];
      if (random.below(5) < 3) {
        for (std::uint64_t keys = random.below(random.below(4) == 0 ? 200 : 5); keys > 0; --keys) {
          const std::string key = "key-" + std::to_string(made++);
          queues->push(queue, key);
          model[queue].push_back(key);
        }
      } else {
        for (std::uint64_t keys = random.below(random.below(4) == 0 ? 300 : 5); keys > 0; --keys) {
          std::optional<std::string> expected;
          if (!model[queue].empty()) {
            expected = model[queue].front();
            model[queue].pop_front();
          }
          ASSERT_EQ(queues->pop(queue), expected);
        }
      }
      ASSERT_EQ(queues->size(queue), model[queue].size());
    }
    queues->end_step();
    const auto first = queues->first([](std::uint64_t queue) { return queue != 0; });
    std::optional<std::uint64_t> expected;
    for (const auto& [queue, keys] : model) {
      if (!expected && queue != 0 && !keys.empty()) expected = queue;
    }
    ASSERT_EQ(first, expected);
    if (random.below(4) == 0) {
      queues.checkpoint();
      durable = model;
      std::size_t blocks = 0;
      for (const auto& [queue, ends] : queues->ends()) blocks += blocks_of(ends.first, ends.next);
      ASSERT_EQ(queues.stored_blocks(), blocks) << "what was taken is not kept";
      ASSERT_TRUE(queues.digest_is_of_what_is_stored());
    }
    if (random.below(10) == 0) {
      queues.restart();
      model = durable;
      for (const auto& [queue, keys] : model) ASSERT_EQ(queues->size(queue), keys.size());
    }
    ASSERT_FALSE(queues.error());
  }
}

TEST(KeyQueues, EqualDequesThroughCheckpointsAndRestarts) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    run_model(seed, 300);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(KeyQueues, KeepNoBlockThatWasConsumed) {
  Queues queues;
  for (std::size_t i = 0; i < 10 * kBlock; ++i) queues->push(3, "key-" + std::to_string(i));
  queues->end_step();
  queues.checkpoint();
  EXPECT_EQ(queues.stored_blocks(), 10u);
  for (std::size_t i = 0; i < 10 * kBlock; ++i) {
    ASSERT_EQ(queues->pop(3), "key-" + std::to_string(i));
    if (i % 50 != 0) continue;
    queues->end_step();
    queues.checkpoint();
    queues.restart();
    ASSERT_EQ(queues.stored_blocks(), 10 - (i + 1) / kBlock);
  }
  EXPECT_EQ(queues->pop(3), std::nullopt);
  queues->end_step();
  queues.checkpoint();
  EXPECT_EQ(queues.stored_blocks(), 0u);
  EXPECT_EQ(queues->ends(), (std::map<std::uint64_t, QueueEnds>{{3, {10 * kBlock, 10 * kBlock}}}));
}

TEST(KeyQueues, WhatIsPutAndTakenInOneStepIsNeverStored) {
  Queues queues;
  for (std::size_t i = 0; i < 3 * kBlock; ++i) queues->push(0, "k");
  for (std::size_t i = 0; i < 3 * kBlock; ++i) ASSERT_EQ(queues->pop(0), "k");
  queues->end_step();
  queues.checkpoint();
  EXPECT_EQ(queues.stored_blocks(), 0u);
}

TEST(KeyQueues, AQueueThatWasNeverUsedIsEmpty) {
  Queues queues;
  EXPECT_EQ(queues->pop(1), std::nullopt);
  EXPECT_EQ(queues->size(1), 0u);
  EXPECT_EQ(queues->first([](std::uint64_t) { return true; }), std::nullopt);
}

TEST(QueueBlock, IsReadAsItWasWrittenAndNotWhenItIsCut) {
  QueueBlock block;
  block.keys = {"a", "", std::string(300, 'x')};
  std::string bytes;
  block.encode(bytes);
  QueueBlock read;
  read.keys = {"of before"};
  ASSERT_TRUE(read.decode(bytes));
  EXPECT_EQ(read.keys, block.keys);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read.decode(std::string_view(bytes).substr(0, size)));
  }
  EXPECT_FALSE(read.decode(bytes + "x"));
}

TEST(QueueEnds, AreReadAsTheyWereWrittenAndNotWhenTheyAreCut) {
  const QueueEnds ends{12, UINT64_MAX};
  std::string bytes;
  ends.encode(bytes);
  QueueEnds read;
  ASSERT_TRUE(read.decode(bytes));
  EXPECT_EQ(read, ends);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read.decode(std::string_view(bytes).substr(0, size)));
  }
}

}  // namespace
}  // namespace projections_test
