#include "engine/runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "engine/log/embedded_log.h"
#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "tests/engine/word_count.h"
#include "tests/support/scratch.h"
#include "tests/support/simulated_disk.h"
#include "tests/support/threaded_clock.h"

namespace {

using namespace engine;

constexpr std::uint32_t kPartitions = 4;

// A MemoryStore for several threads, as the port asks: cursors see the checkpoint that they were made on.
class GuardedStore final : public Store {
 public:
  explicit GuardedStore(std::shared_ptr<MemoryStore::Contents> contents)
      : contents_(std::move(contents)), under_(contents_) {}
  Result<bool> get(std::string_view table, std::string_view key, std::string& value) override {
    const std::scoped_lock lock(mutex_);
    return under_.get(table, key, value);
  }
  Result<std::unique_ptr<StoreCursor>> cursor(std::string_view table) override {
    const std::scoped_lock lock(mutex_);
    return std::make_unique<Snapshot>(std::make_shared<MemoryStore::Contents>(*contents_), table);
  }
  Result<> checkpoint(const Checkpoint& checkpoint) override {
    const std::scoped_lock lock(mutex_);
    return under_.checkpoint(checkpoint);
  }
  Result<std::optional<std::string>> position() override {
    const std::scoped_lock lock(mutex_);
    return under_.position();
  }
  Result<> verify() override { return {}; }

 private:
  class Snapshot final : public StoreCursor {
   public:
    Snapshot(std::shared_ptr<MemoryStore::Contents> contents, std::string_view table)
        : store_(std::move(contents)), under_(*store_.cursor(table)) {}
    void seek(std::string_view key) override { under_->seek(key); }
    bool valid() const override { return under_->valid(); }
    void next() override { under_->next(); }
    std::string_view key() const override { return under_->key(); }
    std::string_view value() const override { return under_->value(); }
    Result<> status() const override { return under_->status(); }

   private:
    MemoryStore store_;
    std::unique_ptr<StoreCursor> under_;
  };

  std::mutex mutex_;
  std::shared_ptr<MemoryStore::Contents> contents_;
  MemoryStore under_;
};

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    log_ = *EmbeddedLog::open(disk_, clock_, {.directory = "log"});
    for (const auto& spec : word_count::topics(kPartitions)) EXPECT_TRUE(log_->create_topic(spec));
    producer_ = *log_->writer("producer");
  }

  void say(const std::string& document, const std::string& line) {
    const Partition to = partition_of(document, kPartitions);
    ASSERT_TRUE(producer_->commit({{{word_count::kLines, to, document, line, {}, std::nullopt}}, {}, {}}));
    for (const auto& [word, n] : word_count::words_of(line)) expected_[word] += n;
  }
  void say_much() {
    for (int i = 0; i < 300; ++i) {
      say("doc" + std::to_string(i % 17), "w" + std::to_string(i % 23) + " common w" + std::to_string(i % 5));
    }
  }

  // One of the processes that share the tasks; each has stores of its own.
  std::unique_ptr<Runner> make_member(const std::string& process) {
    Runner::Options options{.threads = 2};
    options.member.emplace();
    options.member->process = process;
    options.member->address = process;
    options.member->control_topic = "control";
    options.member->assignment_topic = "assignment";
    options.member->standbys = 1;
    options.member->report_interval = Milliseconds(50);
    options.member->session_timeout = Milliseconds(1000);
    return make(options, process + "/");
  }
  void until(const std::string& what, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << what;
      log_->wait(log_->changes(), Milliseconds(5));
    }
  }
  std::string last_notice(const std::string& beginning) {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(notices_.rbegin(), notices_.rend(),
                                    [&](const std::string& notice) { return notice.starts_with(beginning); });
    return found == notices_.rend() ? "" : *found;
  }

  std::unique_ptr<Runner> make(Runner::Options options, const std::string& place = "") {
    Task::Options task_options;
    task_options.step_records = 20;
    task_options.checkpoint_steps = 3;
    task_options.memory_bytes = 20000;
    auto runner = std::make_unique<Runner>(
        *log_, clock_, task_options, options,
        [this, place](const std::string& task, bool damaged) -> Result<std::unique_ptr<Store>> {
          const std::scoped_lock lock(mutex_);
          auto& contents = stores_[place + task];
          if (contents == nullptr || damaged) contents = std::make_shared<MemoryStore::Contents>();
          return std::make_unique<GuardedStore>(contents);
        },
        [this, place](const std::string& notice) {
          const std::scoped_lock lock(mutex_);
          notices_.push_back(place + notice);
        });
    EXPECT_TRUE(runner->add_stage([] { return std::make_unique<word_count::Words>(); }));
    return runner;
  }

  static void expect_done(const Result<>& outcome) { EXPECT_TRUE(outcome) << outcome.error().message; }

  // The counts of all partitions, from the checkpoints; counts the steps that had to be replayed for them.
  std::map<std::string, std::int64_t> counts(int* replayed = nullptr, const std::string& place = "") {
    std::map<std::string, std::int64_t> all;
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      auto& contents = stores_[place + "words-" + std::to_string(p)];
      if (contents == nullptr) contents = std::make_shared<MemoryStore::Contents>();
      MemoryStore store(contents);
      Task task(std::make_unique<word_count::Words>(), Partition{p}, *log_, store, clock_, {});
      const auto opened = task.open(Task::Mode::replica, [&](const Step&, std::int64_t) {
        if (replayed != nullptr) ++*replayed;
      });
      EXPECT_TRUE(opened) << opened.error().message;
      for (const auto& [word, n] : dynamic_cast<word_count::Words&>(task.stage()).counts()) all[word] += n;
    }
    return all;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<MemoryStore::Contents>> stores_;
  std::vector<std::string> notices_;
  std::map<std::string, std::int64_t> expected_;
  support::SimulatedDisk disk_{1};
  support::ThreadedClock clock_{instant(1'700'000'000'000)};
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<Writer> producer_;
};

TEST_F(RunnerTest, RunsUntilIdleOnTwoThreads) {
  say_much();
  const auto runner = make({.threads = 2, .until_idle = true});
  expect_done(runner->run());
  EXPECT_EQ(counts(), expected_);
  EXPECT_GE(runner->records_read(), 300u);
  EXPECT_TRUE(notices_.empty());
}

TEST_F(RunnerTest, StopCheckpointsAtTheEndOfTheSchedule) {
  const auto runner = make({.threads = 2});
  std::jthread running([&] { expect_done(runner->run()); });
  say_much();
  while (runner->records_read() < 300) log_->wait(log_->changes(), Milliseconds(5));
  runner->stop();
  running.join();
  int replayed = 0;
  counts(&replayed);
  EXPECT_EQ(replayed, 0);
  const auto again = make({.threads = 2, .until_idle = true});
  expect_done(again->run());
  EXPECT_EQ(counts(), expected_);
}

TEST_F(RunnerTest, ProcessesShareTheTasksAndTakeThemOverFromWhoStops) {
  for (const char* topic : {"control", "assignment"}) ASSERT_TRUE(log_->create_topic({.name = topic}));
  struct Process {
    std::unique_ptr<Runner> runner;
    std::jthread thread;
  };
  std::map<std::string, Process> processes;
  const auto start = [&](const std::string& name) {
    Process& process = processes[name];
    process.runner = make_member(name);
    process.thread = std::jthread([&process] { expect_done(process.runner->run()); });
  };
  const auto owned = [&](const std::string& name) {
    const std::string runs = last_notice(name + "/runs");
    const std::string own = runs.substr(0, runs.find(';'));
    return std::ranges::count(own, '-');
  };
  start("a");
  until("the first runs all", [&] { return owned("a") == 4; });
  say_much();
  start("b");
  until("the second has its share", [&] { return owned("a") == 2 && owned("b") == 2; });
  say_much();
  processes["a"].runner->stop();
  processes["a"].thread.join();
  until("the second runs all", [&] { return owned("b") == 4; });
  say_much();
  until("all is announced", [&] {
    clock_.advance(word_count::kDelay);
    return counts(nullptr, "nobody/") == expected_;
  });
  processes["b"].runner->stop();
  processes["b"].thread.join();
  int replayed = 0;
  EXPECT_EQ(counts(&replayed, "b/"), expected_);
  EXPECT_EQ(replayed, 0) << "who lets go of a task leaves a checkpoint";
}

TEST_F(RunnerTest, ADamagedCheckpointIsRebuiltWithANotice) {
  say_much();
  expect_done(make({.threads = 2, .until_idle = true})->run());
  stores_.at("words-1")->position = "\x01 damaged";
  say("doc", "one more");
  expect_done(make({.threads = 2, .until_idle = true})->run());
  EXPECT_EQ(counts(), expected_);
  ASSERT_EQ(notices_.size(), 1u);
  EXPECT_NE(notices_[0].find("words-1"), std::string::npos);
  EXPECT_NE(notices_[0].find("rebuilt"), std::string::npos);
}

TEST_F(RunnerTest, ADamagedRocksDBIsRebuilt) {
  const support::Scratch scratch;
  const std::string directory = scratch.path("state");
  say_much();
  std::vector<std::string> notices;
  const auto run = [&] {
    Runner runner(
        *log_, clock_, {}, {.threads = 2, .until_idle = true},
        [&](const std::string& task, bool damaged) -> Result<std::unique_ptr<Store>> {
          if (damaged) TRY(RocksStore::remove(directory + "/" + task));
          return TRY(RocksStore::open(
              {.directory = directory + "/" + task, .tables = word_count::tables(), .read_only = false}));
        },
        [&](const std::string& notice) { notices.push_back(notice); });
    ASSERT_TRUE(runner.add_stage([] { return std::make_unique<word_count::Words>(); }));
    expect_done(runner.run());
  };
  run();
  EXPECT_TRUE(notices.empty());
  std::filesystem::resize_file(directory + "/words-2/CURRENT", 3);
  run();
  EXPECT_EQ(notices.size(), 1u);
  std::map<std::string, std::int64_t> all;
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    const auto store = *RocksStore::open(
        {.directory = directory + "/words-" + std::to_string(p), .tables = word_count::tables(), .read_only = true});
    Task task(std::make_unique<word_count::Words>(), Partition{p}, *log_, *store, clock_, {});
    ASSERT_TRUE(task.open(Task::Mode::replica));
    for (const auto& [word, n] : dynamic_cast<word_count::Words&>(task.stage()).counts()) all[word] += n;
  }
  EXPECT_EQ(all, expected_);
}

TEST_F(RunnerTest, TheFirstErrorOfATaskStopsAll) {
  say_much();
  const auto runner = make({.threads = 2});
  disk_.set_capacity(disk_.used() + 4096);  // for a few steps
  const auto outcome = runner->run();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().action, Action::fatal);
  EXPECT_GT(runner->records_read(), 0u);
}

// Two tasks that send each other a message, n hops in all. The second one is slow: it goes on only when the first has
// looked for work several times since.
struct Rendezvous {
  std::mutex mutex;
  std::condition_variable changed;
  int looks[2] = {0, 0};

  void looked(std::uint32_t partition) {
    const std::scoped_lock lock(mutex);
    ++looks[partition];
    changed.notify_all();
  }
  void wait_for_looks(std::uint32_t partition) {
    std::unique_lock lock(mutex);
    const int until = looks[partition] + 5;
    changed.wait_for(lock, Milliseconds(500), [&] { return looks[partition] >= until; });
  }
};

class Hops final : public Stage {
 public:
  explicit Hops(Rendezvous& rendezvous) : rendezvous_(rendezvous) {
    spec_.name = "hops";
    spec_.inputs = {{"hops", InputSpec::Kind::partitioned}};
    spec_.outputs = {"hops"};
    spec_.schedule_topic = "schedule-hops";
  }
  const StageSpec& spec() const override { return spec_; }
  void open(State& state) override { (void)state; }
  void decode(Message& message) override { partition_ = message.partition.value; }
  void apply(const Message& message, Context& context) override {
    rendezvous_.wait_for_looks(1 - context.partition().value);
    const int left = std::stoi(std::string(message.record.value));
    if (left > 0) context.send(0, key_in(1 - context.partition().value), std::to_string(left - 1));
  }
  void fire(const Timer& timer, Context& context) override { (void)timer, (void)context; }
  bool has_deferred() override {
    if (partition_) rendezvous_.looked(*partition_);
    return false;
  }

  static std::string key_in(std::uint32_t partition) {
    for (int i = 0;; ++i) {
      if (partition_of(std::to_string(i), 2).value == partition) return std::to_string(i);
    }
  }

 private:
  StageSpec spec_;
  Rendezvous& rendezvous_;
  std::optional<std::uint32_t> partition_;  // once a record was seen
};

TEST_F(RunnerTest, IsNotIdleWhileASlowTaskMaySendMore) {
  constexpr int kHops = 6;
  ASSERT_TRUE(log_->create_topic({"hops", 2}));
  ASSERT_TRUE(log_->create_topic({"schedule-hops", 2}));
  for (const std::uint32_t p : {0u, 1u}) {
    ASSERT_TRUE(producer_->commit(
        {{{"hops", Partition{p}, Hops::key_in(p), std::to_string(p == 0 ? 0 : kHops), {}, {}}}, {}, {}}));
  }
  Rendezvous rendezvous;
  Runner runner(
      *log_, clock_, {}, {.threads = 2, .until_idle = true},
      [&](const std::string& task, bool) -> Result<std::unique_ptr<Store>> {
        const std::scoped_lock lock(mutex_);
        return std::make_unique<GuardedStore>(stores_[task] = std::make_shared<MemoryStore::Contents>());
      },
      [](const std::string&) {});
  ASSERT_TRUE(runner.add_stage([&] { return std::make_unique<Hops>(rendezvous); }));
  expect_done(runner.run());
  std::int64_t records = 0;
  for (const std::uint32_t p : {0u, 1u}) {
    const std::int64_t end = log_->bounds({"hops", Partition{p}})->end.value;
    records += end;
    MemoryStore store(stores_.at("hops-" + std::to_string(p)));
    EXPECT_EQ(Position::decode(*store.position().value())->next_offsets[0].value, end) << "nothing is left unread";
  }
  EXPECT_EQ(records, kHops + 2);
}

// The first task has one record, and is done with it when all others are done with theirs.
class Last final : public Stage {
 public:
  struct Others {
    std::mutex mutex;
    std::condition_variable changed;
    std::uint32_t done = 0;
    bool waited_in_vain = false;
  };

  explicit Last(Others& others) : others_(others) {
    spec_.name = "last";
    spec_.inputs = {{"last", InputSpec::Kind::partitioned}};
    spec_.schedule_topic = "schedule-last";
  }
  const StageSpec& spec() const override { return spec_; }
  void open(State& state) override { (void)state; }
  void decode(Message& message) override { (void)message; }
  void apply(const Message& message, Context& context) override {
    (void)message;
    std::unique_lock lock(others_.mutex);
    if (context.partition() != Partition{0}) {
      ++others_.done;
      others_.changed.notify_all();
    } else if (!others_.changed.wait_for(lock, std::chrono::seconds(20),
                                         [&] { return others_.done == kPartitions - 1; })) {
      others_.waited_in_vain = true;
    }
  }
  void fire(const Timer& timer, Context& context) override { (void)timer, (void)context; }

 private:
  StageSpec spec_;
  Others& others_;
};

TEST_F(RunnerTest, ATaskThatTakesLongHoldsUpNoOther) {
  ASSERT_TRUE(log_->create_topic({"last", kPartitions}));
  ASSERT_TRUE(log_->create_topic({"schedule-last", kPartitions}));
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    ASSERT_TRUE(producer_->commit({{{"last", Partition{p}, "key", "value", {}, {}}}, {}, {}}));
  }
  Last::Others others;
  Runner runner(
      *log_, clock_, {}, {.threads = 2, .until_idle = true},
      [](const std::string&, bool) -> Result<std::unique_ptr<Store>> {
        return std::make_unique<GuardedStore>(std::make_shared<MemoryStore::Contents>());
      },
      [](const std::string&) {});
  ASSERT_TRUE(runner.add_stage([&] { return std::make_unique<Last>(others); }));
  expect_done(runner.run());
  EXPECT_FALSE(others.waited_in_vain) << "of " << kPartitions - 1 << " other tasks " << others.done << " were done";
}

}  // namespace
