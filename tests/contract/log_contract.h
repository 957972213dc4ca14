#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/clock.h"
#include "engine/log/log.h"

// What every engine::Log promises, as tests. An adapter includes this header in one source file and instantiates the
// suite with a factory of its own:
//
//   INSTANTIATE_TEST_SUITE_P(Embedded, LogContract, testing::Values([] { return std::make_unique<MyFactory>(); }));
namespace contract {

// Makes one log, empty of the topics that the tests make.
class LogFactory {
 public:
  virtual ~LogFactory() = default;
  virtual engine::Log& log() = 0;
  // The same log, closed and opened again. Invalidates all Readers and Writers and what log() returned.
  virtual engine::Log& reopen() = 0;
  // Moves the clock of the log, if that can be done.
  virtual void move_clock(engine::Milliseconds by) { (void)by; }
  // Whether transactions leave gaps in the offsets (Kafka's control records do).
  virtual bool has_offset_gaps() const { return false; }
};

// Gives no factory when the log's server is not there: the tests are skipped.
using MakeLogFactory = std::function<std::unique_ptr<LogFactory>()>;

// A record with its own bytes.
struct Copy {
  engine::Offset offset;
  engine::Instant timestamp;
  std::string key;
  std::string value;
  std::string headers;
};

class LogContract : public testing::TestWithParam<MakeLogFactory> {
 protected:
  LogContract() : factory_(GetParam()()) {}

  void SetUp() override {
    if (!factory_) GTEST_SKIP() << "this log needs a server, and none is named";
  }

  engine::Log& log() { return factory_->log(); }

  // A name that no other test uses, nor another run on the same server.
  static std::string named(const std::string& suffix) {
    static const std::string run = std::to_string(std::random_device()());
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(name, '/', '-');
    return name + "-" + run + "-" + suffix;
  }

  std::string make_topic(const std::string& suffix, std::uint32_t partitions = 1,
                         engine::TimestampKind timestamps = engine::TimestampKind::log_append) {
    const std::string name = named(suffix);
    const auto made = log().create_topic({name, partitions, false, timestamps});
    EXPECT_TRUE(made) << made.error().message;
    return name;
  }

  std::unique_ptr<engine::Writer> open_writer(const std::string& suffix) {
    auto opened = log().writer(named(suffix));
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

  static engine::Outgoing record(const std::string& topic, std::string key, std::string value,
                                 std::uint32_t partition = 0, std::string headers = {}) {
    return {topic, engine::Partition{partition}, std::move(key), std::move(value), std::move(headers), std::nullopt};
  }

  static std::vector<engine::Offset> append(engine::Writer& writer, std::vector<engine::Outgoing> records) {
    const auto offsets = writer.commit({std::move(records), {}, {}});
    EXPECT_TRUE(offsets) << offsets.error().message;
    return offsets ? *offsets : std::vector<engine::Offset>{};
  }

  engine::Offset end_of(const std::string& topic, std::uint32_t partition = 0) {
    const auto bounds = log().bounds({topic, engine::Partition{partition}});
    EXPECT_TRUE(bounds) << bounds.error().message;
    return bounds ? bounds->end : engine::Offset{-1};
  }

  // The records from `from` up to the end as it is now.
  std::vector<Copy> read(const std::string& topic, std::uint32_t partition = 0, engine::Offset from = {},
                         std::size_t max_bytes = 1u << 20) {
    std::vector<Copy> copies;
    const engine::Offset end = end_of(topic, partition);
    auto reader = log().reader({topic, engine::Partition{partition}}, from);
    EXPECT_TRUE(reader) << reader.error().message;
    if (!reader) return copies;
    for (int timeout = 1000; (*reader)->position() < end && timeout > 0;) {
      const std::uint64_t seen = log().changes();
      engine::Batch batch;
      const auto done = (*reader)->read(batch, max_bytes);
      EXPECT_TRUE(done) << done.error().message;
      if (!done) return copies;
      for (const auto& got : batch.records()) {
        copies.push_back(
            {got.offset, got.timestamp, std::string(got.key), std::string(got.value), std::string(got.headers)});
      }
      if (!batch.empty()) continue;
      --timeout;
      log().wait(seen, engine::Milliseconds(10));
    }
    EXPECT_GE((*reader)->position(), end);
    return copies;
  }

  std::vector<std::string> values(const std::string& topic, std::uint32_t partition = 0) {
    std::vector<std::string> all;
    for (const Copy& copy : read(topic, partition)) all.push_back(copy.value);
    return all;
  }

  std::unique_ptr<LogFactory> factory_;
};

using Values = std::vector<std::string>;

TEST_P(LogContract, ATopicIsMadeOnceAndKeepsItsShape) {
  const std::string name = make_topic("t", 3);
  EXPECT_TRUE(log().create_topic({name, 3}));
  const auto other = log().create_topic({name, 4});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().action, engine::Action::invalid);
  const auto spec = log().topic(name);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->partitions, 3u);
  EXPECT_FALSE(log().topic(named("missing")));
}

TEST_P(LogContract, TopicsAreListedByName) {
  const std::string second = make_topic("b");
  const std::string first = make_topic("a");
  std::vector<std::string> names;
  for (const auto& spec : log().topics()) names.push_back(spec.name);
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_TRUE(std::ranges::count(names, first) == 1 && std::ranges::count(names, second) == 1);
}

TEST_P(LogContract, RefusesAMissingTopicOrPartition) {
  const std::string name = make_topic("t", 2);
  const auto writer = open_writer("w");
  for (const auto& outgoing : {record(named("missing"), "k", "v"), record(name, "k", "v", 2)}) {
    const auto offsets = writer->commit({{outgoing}, {}, {}});
    ASSERT_FALSE(offsets);
    EXPECT_EQ(offsets.error().action, engine::Action::invalid);
  }
  EXPECT_FALSE(log().bounds({name, engine::Partition{2}}));
  EXPECT_FALSE(log().bounds({named("missing"), engine::Partition{0}}));
  EXPECT_FALSE(log().reader({named("missing"), engine::Partition{0}}, engine::Offset{0}));
}

TEST_P(LogContract, RecordsAreReadInTheOrderTheyWereAppended) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  Values expected;
  for (int i = 0; i < 20; ++i) {
    std::vector<engine::Outgoing> records;
    for (int j = 0; j <= i % 3; ++j) {
      expected.push_back(std::to_string(i) + "." + std::to_string(j));
      records.push_back(record(topic, "k", expected.back()));
    }
    const auto offsets = append(*writer, std::move(records));
    ASSERT_EQ(offsets.size(), static_cast<std::size_t>(i % 3 + 1));
    for (std::size_t j = 1; j < offsets.size(); ++j) EXPECT_EQ(offsets[j], offsets[j - 1] + 1);
  }
  EXPECT_EQ(values(topic), expected);
  const auto copies = read(topic);
  for (std::size_t i = 1; i < copies.size(); ++i) EXPECT_LT(copies[i - 1].offset, copies[i].offset);
  if (factory_->has_offset_gaps()) return;
  for (std::size_t i = 0; i < copies.size(); ++i) EXPECT_EQ(copies[i].offset.value, static_cast<std::int64_t>(i));
  EXPECT_EQ(end_of(topic).value, static_cast<std::int64_t>(expected.size()));
}

TEST_P(LogContract, ATransactionOverSeveralTopicsIsReadableWhole) {
  const std::string first = make_topic("a", 2);
  const std::string second = make_topic("b");
  const auto writer = open_writer("w");
  const auto offsets = append(*writer, {record(first, "k1", "one", 0), record(second, "k2", "two"),
                                        record(first, "k3", "three", 1), record(first, "k4", "four", 0)});
  ASSERT_EQ(offsets.size(), 4u);
  EXPECT_EQ(values(first, 0), (Values{"one", "four"}));
  EXPECT_EQ(values(first, 1), (Values{"three"}));
  EXPECT_EQ(values(second), (Values{"two"}));
  EXPECT_EQ(read(first, 0)[1].offset, offsets[3]);
  EXPECT_EQ(read(second)[0].offset, offsets[1]);
}

TEST_P(LogContract, ARefusedTransactionLeavesNothing) {
  const std::string topic = make_topic("t", 2);
  const auto writer = open_writer("w");
  append(*writer, {record(topic, "k", "before")});
  EXPECT_FALSE(writer->commit({{record(topic, "k", "good"), record(named("missing"), "k", "bad")}, {}, {}}));
  append(*writer, {record(topic, "k", "after")});
  EXPECT_EQ(values(topic), (Values{"before", "after"}));
}

TEST_P(LogContract, ABatchIsAppendedInOrderAndBeforeTheRecordsOfItsPartition) {
  const std::string topic = make_topic("t", 2);
  const auto writer = open_writer("w");
  append(*writer, {record(topic, "k", "before")});
  const std::string headers = engine::encode_headers({{"name", "value"}});
  engine::OutgoingBatch first{.topic = topic, .partition = engine::Partition{0}};
  first.add("k1", "one", {});
  first.add("", "two", headers);
  first.add("k3", std::string(300, 'x'), {});
  engine::OutgoingBatch second{.topic = topic, .partition = engine::Partition{1}};
  second.add("k4", "four", {});
  const engine::Transaction transaction{.records = {record(topic, "k5", "five")}, .batches = {first, second}};
  const auto offsets = writer->commit(transaction);
  ASSERT_TRUE(offsets) << offsets.error().message;
  ASSERT_EQ(offsets->size(), 1u) << "those of the records alone";
  const auto copies = read(topic);
  ASSERT_EQ(copies.size(), 5u);
  EXPECT_EQ(values(topic), (Values{"before", "one", "two", std::string(300, 'x'), "five"}));
  EXPECT_EQ(copies[1].key, "k1");
  EXPECT_EQ(copies[2].key, "");
  EXPECT_EQ(copies[2].headers, headers);
  EXPECT_EQ(copies[3].headers, "");
  EXPECT_EQ(copies[4].offset, offsets->front());
  EXPECT_EQ(values(topic, 1), (Values{"four"}));
  append(*writer, {record(topic, "k", "after", 1)});
  EXPECT_EQ(values(topic, 1), (Values{"four", "after"}));
}

TEST_P(LogContract, ARefusedBatchLeavesNothing) {
  const std::string topic = make_topic("t", 2);
  const std::string stamped = make_topic("stamped", 1, engine::TimestampKind::create);
  const auto writer = open_writer("w");
  const auto refused = [&](const std::string& name, std::uint32_t partition, const std::string& value) {
    engine::OutgoingBatch good{.topic = topic, .partition = engine::Partition{0}};
    good.add("k", "good", {});
    engine::OutgoingBatch bad{.topic = name, .partition = engine::Partition{partition}};
    bad.add("k", value, {});
    const auto offsets = writer->commit({.batches = {good, bad}});
    return !offsets && offsets.error().action == engine::Action::invalid;
  };
  EXPECT_TRUE(refused(named("missing"), 0, "v"));
  EXPECT_TRUE(refused(topic, 2, "v"));
  EXPECT_TRUE(refused(stamped, 0, "no time"));
  EXPECT_TRUE(refused(topic, 1, std::string(engine::kMaxRecordBytes, 'x')));
  append(*writer, {record(topic, "k", "after")});
  EXPECT_EQ(values(topic), (Values{"after"}));
  EXPECT_TRUE(values(topic, 1).empty());
  EXPECT_TRUE(values(stamped).empty());
}

TEST_P(LogContract, ReadingStartsAtAnyOffset) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  append(*writer, {record(topic, "k", "first")});
  std::vector<engine::Outgoing> many;
  for (int i = 0; i < 10; ++i) many.push_back(record(topic, "k", std::to_string(i)));
  const auto offsets = append(*writer, std::move(many));
  append(*writer, {record(topic, "k", "last")});
  const auto copies = read(topic, 0, offsets[4]);
  ASSERT_EQ(copies.size(), 7u);
  EXPECT_EQ(copies.front().value, "4");
  EXPECT_EQ(copies.front().offset, offsets[4]);
  EXPECT_EQ(copies.back().value, "last");
  EXPECT_TRUE(read(topic, 0, end_of(topic)).empty());
}

TEST_P(LogContract, ASmallReadStillReturnsARecord) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  for (int i = 0; i < 5; ++i) append(*writer, {record(topic, "k", std::string(1000, static_cast<char>('a' + i)))});
  EXPECT_EQ(read(topic, 0, {}, 1).size(), 5u);
}

TEST_P(LogContract, AReaderSeesWhatIsAppendedAfterItWasOpened) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  const auto reader = *log().reader({topic, engine::Partition{0}}, engine::Offset{0});
  engine::Batch batch;
  ASSERT_TRUE(reader->read(batch, 1000));
  EXPECT_TRUE(batch.empty());
  append(*writer, {record(topic, "k", "v")});
  for (int timeout = 1000; batch.empty() && timeout > 0; --timeout) {
    const std::uint64_t seen = log().changes();
    ASSERT_TRUE(reader->read(batch, 1000));
    if (batch.empty()) log().wait(seen, engine::Milliseconds(10));
  }
  ASSERT_EQ(batch.records().size(), 1u);
  EXPECT_EQ(batch.records()[0].value, "v");
  ASSERT_TRUE(reader->end());
  EXPECT_GE(*reader->end(), reader->position());
}

TEST_P(LogContract, LargeRecordsComeBackWhole) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  for (const std::size_t megabytes : {1u, 15u}) {
    std::string value(megabytes << 20, '\0');
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 2654435761u >> 13);
    const auto offsets = append(*writer, {record(topic, "k", value), record(topic, "k", "small")});
    ASSERT_EQ(offsets.size(), 2u);
    const auto copies = read(topic, 0, offsets[0]);
    ASSERT_EQ(copies.size(), 2u);
    EXPECT_TRUE(copies[0].value == value);
    EXPECT_EQ(copies[1].value, "small");
  }
}

TEST_P(LogContract, ATooLargeRecordIsRefusedAndNothingIsAppended) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  const auto offsets = writer->commit(
      {{record(topic, "k", "small"), record(topic, "k", std::string(engine::kMaxRecordBytes, 'x'))}, {}, {}});
  ASSERT_FALSE(offsets);
  EXPECT_EQ(offsets.error().action, engine::Action::invalid);
  EXPECT_TRUE(values(topic).empty());
  append(*writer, {record(topic, "k", "after")});
  EXPECT_EQ(values(topic), (Values{"after"}));
}

TEST_P(LogContract, AnEmptyTransactionSucceeds) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  EXPECT_TRUE(append(*writer, {}).empty());
  append(*writer, {record(topic, "k", "v")});
  EXPECT_TRUE(append(*writer, {}).empty());
  EXPECT_EQ(values(topic), (Values{"v"}));
}

TEST_P(LogContract, PartitionsAreIndependent) {
  constexpr std::uint32_t kPartitions = 64;
  const std::string topic = make_topic("t", kPartitions);
  const auto writer = open_writer("w");
  std::vector<Values> expected(kPartitions);
  for (std::uint32_t round = 0; round < 4; ++round) {
    std::vector<engine::Outgoing> records;
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      if ((p + round) % 3 == 0) continue;
      expected[p].push_back(std::to_string(p) + "/" + std::to_string(round));
      records.push_back(record(topic, "k", expected[p].back(), p));
    }
    append(*writer, std::move(records));
  }
  for (std::uint32_t p = 0; p < kPartitions; ++p) EXPECT_EQ(values(topic, p), expected[p]);
}

TEST_P(LogContract, ArbitraryBytesComeBackUnchanged) {
  const std::string topic = make_topic("t", 2);
  const auto writer = open_writer("w");
  using Bytes = std::vector<std::uint8_t>;
  const auto text = [](const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); };
  const bool held = rc::check(
      "records are what was appended", [&](std::uint8_t to, const Bytes& key, const Bytes& value, Bytes name) {
        std::ranges::replace(name, 0, 1);  // names are texts: Kafka's clients end them at a zero
        const engine::Headers headers{{text(name), text(value)}, {"", ""}};
        const auto sent = record(topic, text(key), text(value), to % 2, engine::encode_headers(headers));
        const auto offsets = writer->commit({{sent}, {}, {}});
        RC_ASSERT(offsets.has_value());
        const auto copies = read(topic, to % 2, offsets->front());
        RC_ASSERT(copies.size() == 1u);
        RC_ASSERT(copies[0].key == sent.key);
        RC_ASSERT(copies[0].value == sent.value);
        RC_ASSERT(copies[0].headers == sent.headers);
        RC_ASSERT(engine::decode_headers(copies[0].headers) == headers);
      });
  EXPECT_TRUE(held);
}

TEST_P(LogContract, LogTimesNeverGoBack) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  for (const std::int64_t by : {0, 5000, -3600000, 10, 7200000, -1}) {
    factory_->move_clock(engine::Milliseconds(by));
    append(*writer, {record(topic, "k", "v")});
  }
  factory_->reopen();
  const auto again = open_writer("w");
  factory_->move_clock(engine::Milliseconds(-7200000));
  append(*again, {record(topic, "k", "v")});
  const auto copies = read(topic);
  ASSERT_EQ(copies.size(), 7u);
  for (std::size_t i = 1; i < copies.size(); ++i) EXPECT_LE(copies[i - 1].timestamp, copies[i].timestamp);
}

TEST_P(LogContract, TopicsWithCreateTimeKeepTheWritersTime) {
  const std::string topic = make_topic("t", 1, engine::TimestampKind::create);
  const auto writer = open_writer("w");
  const std::vector<std::int64_t> times{1'600'000'000'123, 1, 1'600'000'000'122, 4'000'000'000'000};
  for (const std::int64_t time_ms : times) {
    auto outgoing = record(topic, "k", "v");
    outgoing.timestamp = engine::instant(time_ms);
    append(*writer, {outgoing});
  }
  const auto copies = read(topic);
  ASSERT_EQ(copies.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_EQ(engine::to_ms(copies[i].timestamp), times[i]);
  const auto without = writer->commit({{record(topic, "k", "no time")}, {}, {}});
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().action, engine::Action::invalid);
}

TEST_P(LogContract, ANewerWriterFencesTheOlder) {
  const std::string topic = make_topic("t");
  const auto older = open_writer("w");
  const auto stranger = open_writer("other");
  append(*older, {record(topic, "k", "older")});
  const auto newer = open_writer("w");
  EXPECT_GT(newer->epoch(), older->epoch());
  const auto late = older->commit({{record(topic, "k", "late")}, {}, {}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().action, engine::Action::fenced);
  append(*newer, {record(topic, "k", "newer")});
  EXPECT_FALSE(older->commit({{record(topic, "k", "later")}, {}, {}}));
  append(*stranger, {record(topic, "k", "stranger")});
  EXPECT_EQ(values(topic), (Values{"older", "newer", "stranger"}));
}

TEST_P(LogContract, EpochsGrowThroughARestart) {
  const engine::Epoch before = open_writer("w")->epoch();
  factory_->reopen();
  EXPECT_GT(open_writer("w")->epoch(), before);
}

TEST_P(LogContract, GroupOffsetsAreKeptWithTheTransaction) {
  const std::string topic = make_topic("t", 2);
  const std::string group = named("group");
  const engine::TopicPartition first{topic, engine::Partition{0}};
  const engine::TopicPartition second{topic, engine::Partition{1}};
  const auto writer = open_writer("w");
  append(*writer, {record(topic, "k", "v")});
  EXPECT_EQ(*log().group_offset(group, first), std::nullopt);
  ASSERT_TRUE(writer->commit({{}, group, {{first, engine::Offset{1}}}}));
  ASSERT_TRUE(writer->commit({{record(topic, "k", "w")}, group, {{first, engine::Offset{2}}}}));
  EXPECT_FALSE(writer->commit({{record(named("missing"), "k", "x")}, group, {{second, engine::Offset{9}}}}));
  EXPECT_EQ(*log().group_offset(group, first), engine::Offset{2});
  EXPECT_EQ(*log().group_offset(group, second), std::nullopt);
  EXPECT_EQ(*log().group_offset(named("others"), first), std::nullopt);
  factory_->reopen();
  EXPECT_EQ(*log().group_offset(group, first), engine::Offset{2});
}

TEST_P(LogContract, ReopeningGivesTheSame) {
  const std::string topic = make_topic("t", 3);
  const auto writer = open_writer("w");
  for (int i = 0; i < 30; ++i) {
    append(*writer, {record(topic, "k" + std::to_string(i), std::string(static_cast<std::size_t>(i * 7), 'v'),
                            static_cast<std::uint32_t>(i % 3), engine::encode_headers({{"n", std::to_string(i)}}))});
  }
  std::vector<std::vector<Copy>> before;
  for (std::uint32_t p = 0; p < 3; ++p) before.push_back(read(topic, p));
  factory_->reopen();
  for (std::uint32_t p = 0; p < 3; ++p) {
    const auto after = read(topic, p);
    ASSERT_EQ(after.size(), before[p].size());
    for (std::size_t i = 0; i < after.size(); ++i) {
      EXPECT_EQ(after[i].offset, before[p][i].offset);
      EXPECT_EQ(after[i].timestamp, before[p][i].timestamp);
      EXPECT_EQ(after[i].key, before[p][i].key);
      EXPECT_EQ(after[i].value, before[p][i].value);
      EXPECT_EQ(after[i].headers, before[p][i].headers);
    }
  }
}

TEST_P(LogContract, WaitWakesWhenSomethingBecomesReadable) {
  const std::string topic = make_topic("t");
  const auto writer = open_writer("w");
  const std::uint64_t seen = log().changes();
  log().wait(seen, engine::Milliseconds(1));  // nothing happens: it returns by itself
  std::jthread waiter([&] {
    while (log().changes() == seen) log().wait(seen, engine::Milliseconds(60000));
  });
  append(*writer, {record(topic, "k", "v")});
  waiter.join();
  EXPECT_NE(log().changes(), seen);
  log().wait(seen, engine::Milliseconds(60000));  // it has changed already: returns at once
}

}  // namespace contract
