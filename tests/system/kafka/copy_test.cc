#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/log/embedded_log.h"
#include "ops/cli/exit_code.h"
#include "ops/commands/copy.h"
#include "ops/commands/run.h"
#include "ops/commands/tail.h"
#include "ops/deployment/deployment.h"
#include "ops/deployment/kafka_topics.h"
#include "ops/deployment/log_copy.h"
#include "ops/lab/simulate_command.h"
#include "ops/queries/alerts.h"
#include "ops/queries/rankings.h"
#include "ops/queries/workload.h"
#include "tests/support/forwarding_log.h"
#include "tests/support/scratch.h"
#include "tests/system/kafka/broker.h"

namespace {

using namespace ops;
using engine::Partition;
using engine::Result;
using engine::TopicPartition;

constexpr const char* kMonthEnd = "2026-03-01T00:00:00+08:00";

// A log that refuses to open more than some Readers.
class CutLog final : public support::ForwardingLog {
 public:
  CutLog(engine::Log& under, int readers) : ForwardingLog(under), readers_(readers) {}
  Result<std::unique_ptr<engine::Reader>> reader(const TopicPartition& at, engine::Offset from) override {
    if (readers_-- == 0) return engine::fail(engine::Action::retry, "cut");
    return under().reader(at, from);
  }

 private:
  int readers_;
};

// A township of 12 grids and 3 partitions, on its way to the broker.
class KafkaCopyTest : public kafka_tests::KafkaTest {
 protected:
  void SetUp() override {
    KafkaTest::SetUp();
    if (log_ == nullptr) return;
    prefix_ = kafka_tests::named("");
    simulate(embedded(), "2026-02-01");
  }
  void TearDown() override {
    if (log_ == nullptr) return;
    std::vector<std::string> topics;
    for (const WantedTopic& topic : wanted_topics(plan())) topics.push_back(topic.name);
    EXPECT_TRUE(log_->delete_topics(topics));
  }

  // Appends what happens in some days.
  static void simulate(const CommonOptions& where, const std::string& first_day, std::uint32_t days = 3,
                       std::uint64_t seed = 1) {
    SimulateCountyOptions options;
    options.common = where;
    options.from = first_day;
    options.county.grids = 12;
    options.county.days = days;
    options.county.devices = 2;
    options.county.seed = seed;
    options.partitions = where.kafka.brokers.empty() ? 3 : 0;
    const auto done = simulate_county(options);
    ASSERT_TRUE(done) << done.error().message;
  }

  CommonOptions embedded() const { return {.data = directory_, .prefix = prefix_, .json = true}; }
  CommonOptions kafka() const {
    return {
        .data = directory_ + "-kafka", .kafka = {.brokers = kafka_tests::broker()}, .prefix = prefix_, .json = true};
  }
  CommonOptions without_state() const {
    return {.data = {}, .kafka = {.brokers = kafka_tests::broker()}, .prefix = prefix_, .json = true};
  }
  TopicPlan plan() const {
    return {.brokers = kafka_tests::broker(), .prefix = prefix_, .partitions = 3, .replication = 1};
  }

  static void work(const CommonOptions& where, const std::string& until) {
    RunOptions options;
    options.common = where;
    options.until = until;
    options.until_idle = true;
    const auto done = run(options);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(*done, kOk);
  }

  Result<int> copy_all() {
    return copy({.from = "embedded:" + directory_, .to = "kafka:" + kafka_tests::broker(), .prefix = prefix_});
  }

  // What the program says on stdout.
  template <class Call>
  static std::string told(const Call& call) {
    testing::internal::CaptureStdout();
    const Result<int> done = call();
    std::fflush(stdout);
    std::string text = testing::internal::GetCapturedStdout();
    EXPECT_TRUE(done) << done.error().message;
    return text;
  }

  static std::string results(const CommonOptions& where) {
    std::string all;
    for (const char* level : {"district", "street"}) {
      all += told([&] { return rankings({.common = where, .request = {.period = "2026-02", .level = level}}); });
    }
    for (const char* level : {"street", "grid"}) {
      all += told([&] {
        return workload(
            {.common = where,
             .request = {.area = {}, .level = level, .from = "2026-02-01", .to = "2026-02-28", .top = 1000}});
      });
    }
    return all + told([&] { return alerts({.common = where, .request = {.net = true, .subject = {}, .last = {}}}); });
  }

  static std::string records(const CommonOptions& where, const std::string& topic,
                             std::optional<std::uint64_t> last = {}) {
    return told([&] { return tail({.common = where, .topic = topic, .last = last}); });
  }

  const support::Scratch scratch_;
  const std::string directory_ = scratch_.path("town");
  std::string prefix_;
};

TEST_F(KafkaCopyTest, ACopiedTownshipHasTheSameRecordsAndResultsAndGoesOnWithTheSame) {
  // So many owners that epochs are above those of a new cluster.
  work(embedded(), kMonthEnd);
  for (int day = 10; day < 20; ++day) {
    simulate(embedded(), "2026-02-" + std::to_string(day), 1);
    work(embedded(), kMonthEnd);
  }
  told([&] { return copy_all(); });
  for (const topics::TopicDoc& topic : topics::topology()) {
    if (topic.kind == topics::TopicKind::control) continue;  // of a Kafka log alone
    EXPECT_EQ(records(embedded(), std::string(topic.suffix)), records(without_state(), std::string(topic.suffix)))
        << topic.suffix;
  }
  const std::string before = results(embedded());
  EXPECT_NE(before.find("\"breached\""), std::string::npos) << "the alerts say nothing, so nothing is compared";
  EXPECT_EQ(before, results(without_state()));

  for (const CommonOptions& where : {embedded(), kafka()}) {
    simulate(where, "2026-02-25");
    work(where, kMonthEnd);
  }
  const std::string after = results(embedded());
  EXPECT_NE(before, after) << "nothing happened after the copy";
  EXPECT_EQ(after, results(kafka()));
  EXPECT_EQ(after, results(without_state())) << "a replay of all steps, those before the copy too";

  // On Kafka the marks of transactions lie behind them.
  const std::string last = records(kafka(), "schedule-cases", 1);
  EXPECT_EQ(std::ranges::count(last, '\n'), 3) << "one record of each partition:\n" << last;
  const std::string all = records(kafka(), "schedule-cases");
  for (std::size_t begin = 0; begin < last.size(); begin = last.find('\n', begin) + 1) {
    EXPECT_NE(all.find(last.substr(begin, last.find('\n', begin) + 1 - begin)), std::string::npos);
  }
  EXPECT_EQ(records(kafka(), "schedule-cases", 100'000), all);
}

TEST_F(KafkaCopyTest, TheTopicsHaveTheSettingsOfTheCatalogueInTheEnd) {
  told([&] { return copy_all(); });
  const auto found = deviations(*log_, plan());
  ASSERT_TRUE(found) << found.error().message;
  for (const Deviation& deviation : *found) ADD_FAILURE() << sentence(deviation);
}

TEST_F(KafkaCopyTest, CheckpointsOfTheEmbeddedLogFitTheCopy) {
  work(embedded(), kMonthEnd);
  told([&] { return copy_all(); });
  std::filesystem::create_directories(directory_ + "-kafka");
  std::filesystem::copy(directory_ + "/state", directory_ + "-kafka/state", std::filesystem::copy_options::recursive);
  testing::internal::CaptureStderr();
  const std::string there = results(kafka());
  const std::string warnings = testing::internal::GetCapturedStderr();
  EXPECT_EQ(warnings.find("damaged"), std::string::npos) << warnings;
  EXPECT_EQ(there, results(embedded()));
}

TEST_F(KafkaCopyTest, ACopyThatWasCutGoesOnWhereItStopped) {
  work(embedded(), kMonthEnd);
  const auto source = Deployment::open_for_reading({.directory = directory_, .prefix = prefix_});
  ASSERT_TRUE(source) << source.error().message;
  constexpr int kReaders = 7;
  CutLog cut((*source)->log(), kReaders);
  const auto broken = copy_log(cut, *log_, plan(), {});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().action, engine::Action::retry);

  const auto whole = copy_log((*source)->log(), *log_, plan(), {});
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_GT(whole->records_before, 0u);
  EXPECT_LT(whole->records_before, whole->records);
  EXPECT_EQ(results(embedded()), results(without_state()));
}

TEST_F(KafkaCopyTest, ACopyIsNotFinishedFromAnotherLog) {
  work(embedded(), kMonthEnd);
  {
    const auto source = Deployment::open_for_reading({.directory = directory_, .prefix = prefix_});
    CutLog cut((*source)->log(), 7);
    ASSERT_FALSE(copy_log(cut, *log_, plan(), {}));
  }
  simulate({.data = directory_ + "-other", .prefix = prefix_}, "2026-02-01", 3, 2);
  const auto other = Deployment::open_for_reading({.directory = directory_ + "-other", .prefix = prefix_});
  const auto refused = copy_log((*other)->log(), *log_, plan(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, engine::Action::invalid);
  EXPECT_NE(refused.error().message.find("is not a copy: it differs from offset "), std::string::npos)
      << refused.error().message;
}

TEST_F(KafkaCopyTest, TopicsThatHoldRecordsAreRefusedAndLeftAsTheyAre) {
  told([&] { return copy_all(); });
  const auto at = TopicPartition{prefix_ + "visits", Partition{1}};
  const auto before = log_->bounds(at);
  const auto again = copy_all();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().action, engine::Action::invalid);
  EXPECT_NE(again.error().message.find("already holds records"), std::string::npos) << again.error().message;
  EXPECT_EQ(log_->bounds(at)->end, before->end);
}

}  // namespace
