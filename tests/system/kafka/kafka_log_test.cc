#include "engine/kafka/kafka_log.h"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <map>

#include "engine/kafka/errors.h"
#include "tests/system/kafka/bare_producer.h"
#include "tests/system/kafka/broker.h"

namespace {

using namespace engine;
using kafka::action_of;
using kafka::ErrorTraits;
using kafka::Phase;
using kafka_tests::BareProducer;

TEST(KafkaErrors, EachBecomesWhatTheCallerHasToDo) {
  struct Row {
    int code;
    Phase phase;
    ErrorTraits traits;
    Action action;
  };
  const std::vector<Row> table{
      {RD_KAFKA_RESP_ERR__FENCED, Phase::ending, {.fatal = true}, Action::fenced},
      {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, Phase::producing, {.fatal = true}, Action::fenced},
      {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, Phase::opening, {}, Action::fenced},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::ending, {}, Action::unknown},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::ending, {.requires_abort = true}, Action::abort},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::producing, {}, Action::abort},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::opening, {}, Action::retry},
      {RD_KAFKA_RESP_ERR__TRANSPORT, Phase::querying, {}, Action::retry},
      {RD_KAFKA_RESP_ERR__FATAL, Phase::opening, {.fatal = true}, Action::fatal},
      {RD_KAFKA_RESP_ERR__FATAL, Phase::ending, {.fatal = true}, Action::unknown},
      {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Phase::producing, {}, Action::invalid},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Phase::producing, {}, Action::invalid},
      {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, Phase::opening, {.fatal = true}, Action::invalid},
      {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, Phase::querying, {}, Action::invalid},
      {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, Phase::querying, {}, Action::invalid},
      {RD_KAFKA_RESP_ERR__BAD_MSG, Phase::querying, {}, Action::corrupt},
  };
  for (const Row& row : table) {
    EXPECT_EQ(action_of(row.code, row.phase, row.traits), row.action)
        << rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(row.code)) << " in phase " << static_cast<int>(row.phase);
  }
}

TEST(KafkaOptions, AnAbsentBrokerIsNamed) {
  const auto opened = KafkaLog::open({.brokers = "127.0.0.1:1", .timeout = Milliseconds(300)});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().action, Action::retry);
  EXPECT_NE(opened.error().message.find("127.0.0.1:1"), std::string::npos) << opened.error().message;
}

TEST(KafkaOptions, ARefusedSettingIsNamedAndASecretIsNotShown) {
  const auto unknown = KafkaLog::open({.brokers = "127.0.0.1:1", .settings = {{"no.such.setting", "x"}}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().action, Action::invalid);
  EXPECT_NE(unknown.error().message.find("no.such.setting"), std::string::npos);
  const auto secret = KafkaLog::open({.brokers = "127.0.0.1:1", .settings = {{"my.password", "hunter2"}}});
  ASSERT_FALSE(secret);
  EXPECT_NE(secret.error().message.find("my.password"), std::string::npos);
  EXPECT_EQ(secret.error().message.find("hunter2"), std::string::npos);
}

TEST(KafkaOptions, WhatTheGuaranteesRestOnCannotBeSet) {
  for (const char* name : {"isolation.level", "transactional.id", "enable.idempotence", "acks"}) {
    const auto opened = KafkaLog::open({.brokers = "127.0.0.1:1", .settings = {{name, "1"}}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().action, Action::invalid) << name;
  }
}

class KafkaLogTest : public kafka_tests::KafkaTest {
 protected:
  std::string make_topic(std::uint32_t partitions = 1) {
    const std::string name = kafka_tests::named("t");
    const auto made = log_->create_topic({name, partitions});
    EXPECT_TRUE(made) << made.error().message;
    return name;
  }
  std::vector<std::string> keys(const std::string& topic, std::uint32_t partition) {
    std::vector<std::string> all;
    const TopicPartition at{topic, Partition{partition}};
    const Offset end = log_->bounds(at)->end;
    const auto reader = *log_->reader(at, Offset{0});
    while (reader->position() < end) {
      Batch batch;
      const auto done = reader->read(batch, 1 << 20);
      EXPECT_TRUE(done) << done.error().message;
      if (!done) break;
      for (const Record& record : batch.records()) all.emplace_back(record.key);
    }
    return all;
  }
};

TEST_F(KafkaLogTest, AnAbortedTransactionIsNotSeenAndDoesNotHoldTheEnd) {
  const std::string topic = make_topic();
  const std::map<std::string, std::string> settings{{"transactional.id", kafka_tests::named("id")}};
  BareProducer producer(settings);
  producer.begin();
  for (int i = 0; i < 100; ++i) producer.produce(topic, "aborted", "v", 0);
  producer.flush();
  const auto reader = *log_->reader({topic, Partition{0}}, Offset{0});
  producer.abort();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (log_->bounds({topic, Partition{0}})->end <= Offset{100}) {  // the abort takes its time to get there
    ASSERT_LT(std::chrono::steady_clock::now(), until);
  }
  while (reader->end() != Offset{0}) {  // not known until the aborted records are passed
    ASSERT_FALSE(reader->end());
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    log_->wait(log_->changes(), Milliseconds(10));
  }
  EXPECT_EQ(reader->position(), Offset{0});
  const auto writer = *log_->writer(kafka_tests::named("w"));
  ASSERT_TRUE(writer->commit({{{topic, Partition{0}, "seen", "v", {}, std::nullopt}}, {}, {}}));
  EXPECT_EQ(keys(topic, 0), std::vector<std::string>{"seen"});
}

TEST_F(KafkaLogTest, AnOpenTransactionIsNotReadableUntilItIsCommitted) {
  const std::string topic = make_topic();
  const std::map<std::string, std::string> settings{{"transactional.id", kafka_tests::named("id")}};
  BareProducer producer(settings);
  producer.begin();
  producer.produce(topic, "open", "v", 0);
  producer.flush();
  EXPECT_EQ(log_->bounds({topic, Partition{0}})->end, Offset{0});
  EXPECT_TRUE(keys(topic, 0).empty());
  const auto reader = *log_->reader({topic, Partition{0}}, Offset{0});
  producer.commit();
  Batch batch;
  while (batch.empty()) {
    const std::uint64_t seen = log_->changes();
    ASSERT_TRUE(reader->read(batch, 1000));
    if (batch.empty()) log_->wait(seen, Milliseconds(1000));
  }
  EXPECT_EQ(batch.records()[0].key, "open");
}

TEST_F(KafkaLogTest, TheEndOfAReaderDoesNotCountTheControlRecordsBehindTheLastRecord) {
  const std::string topic = make_topic();
  const auto writer = *log_->writer(kafka_tests::named("w"));
  const auto offsets = *writer->commit({{{topic, Partition{0}, "k", "v", {}, std::nullopt}}, {}, {}});
  const auto reader = *log_->reader({topic, Partition{0}}, Offset{0});
  Batch batch;
  ASSERT_TRUE(reader->read(batch, 1000));
  ASSERT_EQ(batch.records().size(), 1u);
  EXPECT_EQ(reader->position(), offsets[0] + 1);
  EXPECT_EQ(reader->end(), offsets[0] + 1);
  batch.clear();
  ASSERT_TRUE(reader->read(batch, 1000));
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(reader->position(), offsets[0] + 2) << "one who asks for more gets past them";
}

TEST_F(KafkaLogTest, AReaderBeforeTheBeginOrBehindTheEndIsRefused) {
  const std::string topic = make_topic();
  const auto reader = log_->reader({topic, Partition{0}}, Offset{5});
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().action, Action::invalid);
}

TEST_F(KafkaLogTest, TopicsTellWhatTheirConfigurationSays) {
  const std::string name = kafka_tests::named("t");
  ASSERT_TRUE(log_->create_topic({name, 2, true, TimestampKind::create}));
  log_ = kafka_tests::open_log();
  const auto spec = log_->topic(name);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->partitions, 2u);
  EXPECT_TRUE(spec->compacted);
  EXPECT_EQ(spec->timestamps, TimestampKind::create);
}

// Keys of several lengths and scripts, and where they belong.
constexpr std::uint32_t kPartitions = 7;
std::vector<std::vector<std::string>> keys_by_partition() {
  std::vector<std::vector<std::string>> keys(kPartitions);
  for (int i = 0; i < 200; ++i) {
    const std::string key = "网格-" + std::to_string(i * 7919) + std::string(static_cast<std::size_t>(i % 5), 'x');
    keys[partition_of(key, kPartitions).value].push_back(key);
  }
  return keys;
}

TEST_F(KafkaLogTest, RecordsOfAMurmur2ProducerLieWherePartitionOfSays) {
  const std::string topic = make_topic(kPartitions);
  const auto expected = keys_by_partition();
  {
    const std::map<std::string, std::string> settings{{"partitioner", "murmur2_random"}};
    BareProducer producer(settings);
    for (const auto& keys : expected) {
      for (const std::string& key : keys) producer.produce(topic, key, "v", RD_KAFKA_PARTITION_UA);
    }
    producer.flush();
  }
  for (std::uint32_t p = 0; p < kPartitions; ++p) EXPECT_EQ(keys(topic, p), expected[p]) << p;
}

TEST_F(KafkaLogTest, RecordsOfAJavaProducerLieWherePartitionOfSays) {
  const char* jars = std::getenv("GRIDLOOP_KAFKA_JARS");
  if (jars == nullptr) GTEST_SKIP() << "needs Kafka's jars: set GRIDLOOP_KAFKA_JARS=$(ops/kafka/start.sh fetch)";
  const std::string topic = make_topic(kPartitions);
  const auto expected = keys_by_partition();
  const std::string command = "java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '" +
                              std::string(jars) + "/*' " GRIDLOOP_SOURCE_DIR "/tests/system/kafka/JavaProducer.java " +
                              kafka_tests::broker() + " " + topic;
  FILE* java = popen(command.c_str(), "w");
  ASSERT_NE(java, nullptr);
  for (const auto& keys : expected) {
    for (const std::string& key : keys) std::fputs((key + "\n").c_str(), java);
  }
  ASSERT_EQ(pclose(java), 0) << command;
  for (std::uint32_t p = 0; p < kPartitions; ++p) EXPECT_EQ(keys(topic, p), expected[p]) << p;
}

}  // namespace
