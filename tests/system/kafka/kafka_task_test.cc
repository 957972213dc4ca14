#include <chrono>
#include <functional>

#include "engine/runner.h"
#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "tests/engine/word_count.h"
#include "tests/support/scratch.h"
#include "tests/support/threaded_clock.h"
#include "tests/system/kafka/broker.h"
#include "tests/system/kafka/prefixed_log.h"

namespace {

using namespace engine;
using Counts = std::map<std::string, std::int64_t>;

// The stage that counts words, on a real broker.
class KafkaTaskTest : public kafka_tests::KafkaTest {
 protected:
  void SetUp() override {
    KafkaTest::SetUp();
    if (log_ == nullptr) return;
    words_ = std::make_unique<kafka_tests::PrefixedLog>(*log_, kafka_tests::named(""));
  }

  void make_topics(std::uint32_t partitions) {
    partitions_ = partitions;
    for (const auto& spec : word_count::topics(partitions)) {
      const auto made = words_->create_topic(spec);
      ASSERT_TRUE(made) << made.error().message;
    }
    auto opened = words_->writer("producer");
    ASSERT_TRUE(opened) << opened.error().message;
    producer_ = std::move(*opened);
  }

  void say(const std::string& document, const std::string& line) {
    const Partition to = partition_of(document, partitions_);
    const auto said = producer_->commit({{{word_count::kLines, to, document, line, {}, std::nullopt}}, {}, {}});
    ASSERT_TRUE(said) << said.error().message;
    for (const auto& [word, n] : word_count::words_of(line)) expected_[word] += n;
  }

  std::unique_ptr<Task> open(Store& store, const std::string& owner) {
    Task::Options options;
    options.owner = owner;
    auto task =
        std::make_unique<Task>(std::make_unique<word_count::Words>(), Partition{0}, *words_, store, clock_, options);
    const auto opened = task->open(Task::Mode::live);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(task) : nullptr;
  }

  static Counts counts(Task& task) { return dynamic_cast<word_count::Words&>(task.stage()).counts(); }

  // Steps and commits until the condition holds and nothing is left to do.
  void work(Task& task, const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (true) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "the task does not get done";
      const std::uint64_t seen = words_->changes();
      const auto progress = task.run_step();
      ASSERT_TRUE(progress) << progress.error().message;
      commit(task);
      if (progress->idle && done()) return;
      if (!progress->stepped) words_->wait(seen, Milliseconds(10));
    }
  }
  // Until all that was said is counted and announced.
  void work(Task& task) {
    work(task, [&] { return counts(task) == expected_; });
    clock_.advance(word_count::kDelay + Milliseconds(1));
    work(task, [] { return true; });
  }
  static void commit(Task& task) {
    while (true) {
      const auto done = task.commit_next();
      ASSERT_TRUE(done) << done.error().message;
      if (!*done) return;
    }
  }

  // What was announced, per word in order, by a reader of its own.
  std::map<std::string, std::vector<std::int64_t>> announced() {
    std::map<std::string, std::vector<std::int64_t>> all;
    for (std::uint32_t p = 0; p < partitions_; ++p) {
      const TopicPartition at{word_count::kCounts, Partition{p}};
      const Offset end = words_->bounds(at)->end;
      const auto reader = *words_->reader(at, Offset{0});
      while (reader->position() < end) {
        Batch batch;
        const auto done = reader->read(batch, 1 << 20);
        EXPECT_TRUE(done) << done.error().message;
        if (!done) return all;
        for (const Record& record : batch.records()) {
          all[std::string(record.key)].push_back(std::stoll(std::string(record.value)));
        }
      }
    }
    return all;
  }

  void expect_each_count_announced_once() {
    const auto all = announced();
    EXPECT_EQ(all.size(), expected_.size());
    for (const auto& [word, values] : all) {
      EXPECT_EQ(values.back(), expected_[word]) << word;
      for (std::size_t i = 1; i < values.size(); ++i) EXPECT_LT(values[i - 1], values[i]) << word;
    }
  }

  void run_until_idle(const std::string& owner) {
    Task::Options options;
    options.step_records = 50;
    options.checkpoint_steps = 5;
    options.owner = owner;
    Runner runner(
        *words_, clock_, options, {.threads = 2, .until_idle = true},
        [this](const std::string& task, bool) -> Result<std::unique_ptr<Store>> {
          return TRY(RocksStore::open({.directory = directory_ + "/" + task, .tables = word_count::tables()}));
        },
        [](const std::string& notice) { ADD_FAILURE() << notice; });
    ASSERT_TRUE(runner.add_stage([] { return std::make_unique<word_count::Words>(); }));
    const auto ran = runner.run();
    ASSERT_TRUE(ran) << ran.error().message;
  }

  const support::Scratch scratch_;
  const std::string directory_ = scratch_.path("state");
  support::ThreadedClock clock_{
      instant(4'000'000'000'000)};  // after all log times, so that it alone moves the tasks' clocks
  std::unique_ptr<kafka_tests::PrefixedLog> words_;
  std::unique_ptr<Writer> producer_;
  std::uint32_t partitions_ = 1;
  Counts expected_;
};

TEST_F(KafkaTaskTest, ATaskThatDiedIsReplayedAndNothingIsDoubled) {
  make_topics(1);
  Counts committed;
  for (int life = 0; life < 3; ++life) {
    MemoryStore store(std::make_shared<MemoryStore::Contents>());
    const auto task = open(store, "owner" + std::to_string(life));
    ASSERT_NE(task, nullptr);
    EXPECT_EQ(counts(*task), committed) << "what was committed is there again, and nothing else";
    for (int i = 0; i < 10; ++i) {
      say("doc", "a b" + std::to_string(i % 3) + " a");
      if (i % 4 == 3) work(*task);
    }
    work(*task);
    committed = counts(*task);
    say("doc", "unseen");
    // It dies after a step that it does not commit.
    const auto progress = task->run_step();
    ASSERT_TRUE(progress) << progress.error().message;
  }
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = open(store, "last");
  work(*task);
  EXPECT_EQ(counts(*task), expected_);
  expect_each_count_announced_once();

  MemoryStore rebuilt(std::make_shared<MemoryStore::Contents>());
  Task replica(std::make_unique<word_count::Words>(), Partition{0}, *words_, rebuilt, clock_, {});
  const auto opened = replica.open(Task::Mode::replica);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(replica.chain(), task->chain());
  EXPECT_EQ(replica.state().digest(), task->state().digest());
}

TEST_F(KafkaTaskTest, ASecondOwnerFencesTheFirst) {
  make_topics(1);
  MemoryStore first_store(std::make_shared<MemoryStore::Contents>());
  const auto first = open(first_store, "first");
  say("doc", "a b");
  work(*first);
  MemoryStore second_store(std::make_shared<MemoryStore::Contents>());
  const auto second = open(second_store, "second");
  work(*second);
  say("doc", "a");
  work(*second);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!first->has_pending()) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    const auto progress = first->run_step();
    ASSERT_TRUE(progress) << progress.error().message;
  }
  const auto done = first->commit_next();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().action, Action::fenced) << done.error().message;
  say("doc", "c");
  work(*second);  // the second is not disturbed
  expect_each_count_announced_once();
}

TEST_F(KafkaTaskTest, RunnersCountAllPartitionsAndGoOnAfterAStop) {
  make_topics(3);
  for (int run = 0; run < 3; ++run) {
    std::vector<Outgoing> lines;
    for (int i = 0; i < 300; ++i) {
      const std::string document = "doc" + std::to_string(i % 17);
      const std::string line = "w" + std::to_string(i % 23) + " common w" + std::to_string(i % 5);
      lines.push_back({word_count::kLines, partition_of(document, partitions_), document, line, {}, std::nullopt});
      for (const auto& [word, n] : word_count::words_of(line)) expected_[word] += n;
    }
    ASSERT_TRUE(producer_->commit({lines, {}, {}}));
    run_until_idle("run" + std::to_string(run));
    clock_.advance(word_count::kDelay + Milliseconds(1));
    run_until_idle("run" + std::to_string(run));
    expect_each_count_announced_once();
  }
}

}  // namespace
