#include "engine/log/embedded_log.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/engine/log/journal_fixture.h"

namespace {

using namespace engine;
using namespace journal_fixture;

class EmbeddedLogTest : public JournalTest {
 protected:
  void reopen() {
    stop();
    auto opened = open(disk_);
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    writer_ = *log_->writer("w");
  }
};

TEST_F(EmbeddedLogTest, ReadsAcrossManySegments) {
  segment_bytes_ = 1;  // each frame has its own
  start();
  say(25);
  const Contents whole = contents();
  EXPECT_EQ(whole.at(kFirst).size(), 50u);
  EXPECT_EQ(whole.at(kSecond).size(), 25u);
  reopen();
  EXPECT_EQ(contents(), whole);
  // From any offset, of a topic that is not in every segment, too.
  ASSERT_TRUE(log_->create_topic({"late", 1}));
  ASSERT_TRUE(writer_->commit({{{"late", Partition{0}, "k", "v", {}, {}}}, {}, {}}));
  say(3);
  for (std::int64_t from = 0; from <= 56; ++from) {
    const auto reader = *log_->reader(kFirst, Offset{from});
    Batch batch;
    ASSERT_TRUE(reader->read(batch, 1));
    ASSERT_EQ(batch.empty(), from == 56);
    if (!batch.empty()) {
      EXPECT_EQ(batch.records().front().offset.value, from);
    }
  }
  const auto reader = *log_->reader({"late", Partition{0}}, Offset{0});
  Batch batch;
  ASSERT_TRUE(reader->read(batch, 1));
  EXPECT_EQ(batch.records().size(), 1u);
}

TEST_F(EmbeddedLogTest, SegmentsOfAnotherSizeAreRead) {
  for (const std::uint64_t bytes : {400u, 4000u, 100u, 1000000u}) {
    segment_bytes_ = bytes;
    if (log_ == nullptr) {
      start();
    } else {
      reopen();
    }
    say(10);
  }
  EXPECT_EQ(contents().at(kFirst).size(), 80u);
  reopen();
  EXPECT_EQ(contents().at(kFirst).size(), 80u);
  EXPECT_TRUE(verify_journal(disk_, kDirectory)->damages.empty());
}

TEST_F(EmbeddedLogTest, AFullDiskFailsTheCommitAndLosesNothingAcknowledged) {
  for (std::uint64_t room = 0; room < 400; room += 7) {
    support::SimulatedDisk disk(room);
    log_ = *open(disk);
    ASSERT_TRUE(log_->create_topic({kFirst.topic, 1}));
    ASSERT_TRUE(log_->create_topic({kSecond.topic, 2}));
    writer_ = *log_->writer("w");
    say(2);
    disk.set_capacity(disk.used() + room);
    Contents acknowledged = contents();
    while (true) {
      const auto said = say();
      if (!said) {
        EXPECT_EQ(said.error().action, Action::fatal);
        break;
      }
      acknowledged = contents();
    }
    disk.set_capacity(std::nullopt);
    EXPECT_FALSE(say()) << "after a failure every commit is refused until the log is opened again";
    EXPECT_EQ(contents(), acknowledged);
    stop();
    log_ = *open(disk);
    EXPECT_EQ(contents(), acknowledged) << room;
    writer_ = *log_->writer("w");
    say(1);
    stop();
  }
}

TEST_F(EmbeddedLogTest, AFailedSyncIsNotAcknowledged) {
  sync_ = true;
  start();
  say(2);
  const Contents before = contents();
  disk_.fail_next_sync();
  const auto said = say();
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().action, Action::fatal);
  EXPECT_EQ(contents(), before) << "readers do not see what is not acknowledged";
  EXPECT_FALSE(say());
}

TEST_F(EmbeddedLogTest, WithSyncPowerLossTakesNothingAcknowledged) {
  sync_ = true;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    support::SimulatedDisk disk(seed);
    support::Random random(seed);
    segment_bytes_ = 50 + random.below(1000);
    // The first start dies before or after it has made its files.
    disk.die_after(1 + random.below(8));
    auto opened = open(disk);
    if (opened) opened->reset();
    disk.revive();
    log_ = *open(disk);
    ASSERT_TRUE(log_->create_topic({kFirst.topic, 1}));
    ASSERT_TRUE(log_->create_topic({kSecond.topic, 2}));
    Contents acknowledged = contents();
    for (int life = 0; life < 4; ++life) {
      writer_ = *log_->writer("w");
      say(static_cast<int>(random.below(6)));
      acknowledged = contents();
      disk.die_after(1 + random.below(10));
      while (const auto said = say()) acknowledged = contents();
      stop();
      disk.lose_power();
      auto again = open(disk);
      ASSERT_TRUE(again) << "seed " << seed << ": " << again.error().message;
      log_ = std::move(*again);
      for (const auto& [at, records] : contents()) {
        const auto& expected = acknowledged.at(at);
        ASSERT_GE(records.size(), expected.size()) << "seed " << seed;
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), records.begin())) << "seed " << seed;
      }
    }
    writer_ = *log_->writer("w");
    say(2);  // both slots of the acknowledgement, which is never synced and may be torn
    EXPECT_TRUE(verify_journal(disk, kDirectory)->damages.empty()) << "seed " << seed;
    stop();
  }
}

// So many bytes for each of both topics.
Transaction outputs_of(std::size_t bytes) {
  Transaction transaction;
  for (const TopicPartition& at : {kFirst, kSecond}) {
    OutgoingBatch batch{.topic = at.topic, .partition = at.partition, .bytes = {}};
    while (batch.bytes.size() < bytes) batch.add("key", std::string(1000, 'v'), {});
    transaction.batches.push_back(std::move(batch));
  }
  return transaction;
}

TEST_F(EmbeddedLogTest, OfABacklogWhatNobodyReadsHereIsWrittenToBeReadSeldom) {
  start();
  ASSERT_TRUE(writer_->commit(outputs_of(2000)));
  EXPECT_EQ(disk_.seldom_bytes(), 0u) << "that of a small step may be asked for at once";
  const Transaction bulk = outputs_of(1u << 20);
  const std::size_t first = bulk.batches[0].bytes.size();
  const std::size_t second = bulk.batches[1].bytes.size();
  ASSERT_TRUE(writer_->commit(bulk));
  EXPECT_EQ(disk_.seldom_bytes(), first + second);
  {
    const auto reader = *log_->reader(kFirst, Offset{0});
    const auto other = *log_->reader(kFirst, Offset{1});
    ASSERT_TRUE(writer_->commit(bulk));
    EXPECT_EQ(disk_.seldom_bytes(), first + 2 * second);
  }
  ASSERT_TRUE(writer_->commit(bulk));
  EXPECT_EQ(disk_.seldom_bytes(), 2 * first + 3 * second);
  const Contents whole = contents();
  EXPECT_EQ(whole.at(kFirst).size(), whole.at(kSecond).size());
  reopen();
  EXPECT_EQ(contents(), whole);
}

TEST_F(EmbeddedLogTest, AReaderThatIsNotUsedMayOutliveIt) {
  start();
  auto reader = *log_->reader(kFirst, Offset{0});
  stop();
  reader.reset();
}

// Commits that come while the disk is busy share the next sync; none is readable before its own is done.
TEST_F(EmbeddedLogTest, CommitsThatWaitShareOneSync) {
  sync_ = true;
  constexpr std::size_t kWaiting = 5;
  std::mutex mutex;
  std::condition_variable changed;
  bool closed = false;
  bool reached = false;
  disk_.on_sync([&] {
    std::unique_lock lock(mutex);
    if (!closed) return;
    reached = true;
    changed.notify_all();
    changed.wait(lock, [&] { return !closed; });
  });
  start();
  std::vector<std::unique_ptr<Writer>> writers;
  for (std::size_t i = 0; i <= kWaiting; ++i) writers.push_back(*log_->writer("w" + std::to_string(i)));
  const auto commit = [&](std::size_t i) {
    return writers[i]->commit({{{kFirst.topic, kFirst.partition, "k", "v", {}, {}}}, {}, {}});
  };
  const std::uint64_t syncs = disk_.syncs();
  const std::uint64_t used = disk_.used();
  {
    const std::scoped_lock lock(mutex);
    closed = true;
  }
  std::vector<std::jthread> threads;
  threads.emplace_back([&] { EXPECT_TRUE(commit(0)); });
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return reached; }));
  }
  const std::uint64_t frame = disk_.used() - used;
  for (std::size_t i = 1; i <= kWaiting; ++i) threads.emplace_back([&, i] { EXPECT_TRUE(commit(i)); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (disk_.used() < used + (kWaiting + 1) * frame && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(log_->bounds(kFirst)->end, Offset{0});
  {
    const std::scoped_lock lock(mutex);
    closed = false;
  }
  changed.notify_all();
  threads.clear();
  EXPECT_EQ(log_->bounds(kFirst)->end.value, static_cast<std::int64_t>(kWaiting + 1));
  EXPECT_EQ(disk_.syncs(), syncs + 2);
}

TEST_F(EmbeddedLogTest, ManyThreadsCommitAndReadAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kCommits = 50;
  sync_ = true;
  segment_bytes_ = 2000;
  start();
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < kThreads; ++i) writers.push_back(*log_->writer("w" + std::to_string(i)));
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kCommits; ++n) {
        EXPECT_TRUE(writers[static_cast<std::size_t>(i)]->commit(
            {{{kFirst.topic, kFirst.partition, std::to_string(i), std::to_string(n), {}, {}},
              {kSecond.topic, kSecond.partition, std::to_string(i), std::to_string(n), {}, {}}},
             {},
             {}}));
      }
    });
  }
  const auto reader = *log_->reader(kFirst, Offset{0});
  std::vector<int> next(kThreads, 0);
  std::int64_t got = 0;
  while (got < kThreads * kCommits) {
    const std::uint64_t seen = log_->changes();
    Batch batch;
    ASSERT_TRUE(reader->read(batch, 500));
    for (const Record& record : batch.records()) {
      EXPECT_EQ(record.offset.value, got++);
      EXPECT_EQ(std::string(record.value), std::to_string(next[std::stoul(std::string(record.key))]++));
    }
    if (batch.empty()) log_->wait(seen, Milliseconds(1000));
  }
  threads.clear();
  EXPECT_EQ(log_->bounds(kSecond)->end.value, kThreads * kCommits);
  EXPECT_TRUE(verify_journal(disk_, kDirectory)->damages.empty());
}

TEST_F(EmbeddedLogTest, ReadingAloneChangesNothing) {
  segment_bytes_ = 400;
  start();
  say(8);
  const Contents whole = contents();
  stop();
  Files files = files_of(disk_);
  std::erase_if(files, [](const auto& file) { return file.first.ends_with(".index"); });
  std::string* last = nullptr;
  for (auto& [path, bytes] : files) {
    if (path.ends_with(".journal")) last = &bytes;
  }
  *last += "a torn tail";
  support::SimulatedDisk disk(3);
  put(disk, files);
  const auto reading = EmbeddedLog::open(disk, clock_, {.directory = kDirectory, .read_only = true});
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(*read_all(**reading), whole);
  EXPECT_NE((*reading)->recovery_note(), "");
  EXPECT_FALSE((*reading)->writer("w"));
  EXPECT_FALSE((*reading)->create_topic({"new", 1}));
  EXPECT_EQ(files_of(disk), files);
}

}  // namespace
