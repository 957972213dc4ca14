#include <gtest/gtest.h>

#include <algorithm>

#include "ops/cli/exit_code.h"
#include "ops/commands/kafka_topics.h"
#include "ops/deployment/kafka_topics.h"
#include "tests/system/kafka/broker.h"

namespace {

using namespace ops;
using engine::KafkaLog;

TopicPlan plan_for(const std::string& prefix) {
  return {.brokers = kafka_tests::broker(), .prefix = prefix, .partitions = 2, .replication = 1};
}

WantedTopic wanted(const TopicPlan& plan, const std::string& suffix) {
  const auto all = wanted_topics(plan);
  const auto found = std::ranges::find(all, plan.prefix + suffix, &WantedTopic::name);
  EXPECT_NE(found, all.end()) << suffix;
  return *found;
}

// The state of a topic that is as it should be, on `copies` brokers.
KafkaLog::TopicState right(const WantedTopic& topic, std::int32_t copies) {
  KafkaLog::TopicState state;
  for (std::uint32_t p = 0; p < topic.partitions; ++p) {
    auto& replicas = state.replicas.emplace_back();
    for (std::int32_t i = 0; i < copies; ++i) replicas.push_back(1 + (static_cast<std::int32_t>(p) + i) % 3);
  }
  for (const WantedSetting& setting : topic.settings) state.settings[std::string(setting.name)] = setting.value;
  return state;
}

constexpr std::int32_t kBrokers[] = {1, 2, 3};

TEST(TopicCheck, EachSettingThatDiffersIsNamedAndMoreOfAMinimumIsFine) {
  const TopicPlan plan{.brokers = "b:1", .prefix = "p.", .partitions = 2, .replication = 3};
  const WantedTopic topic = wanted(plan, "visits");
  for (const WantedSetting& setting : topic.settings) {
    KafkaLog::TopicState state = right(topic, 3);
    EXPECT_TRUE(compare(topic, state, plan, true, kBrokers).empty());
    state.settings[std::string(setting.name)] = setting.or_more ? "1" : "other";
    const auto found = compare(topic, state, plan, true, kBrokers);
    ASSERT_EQ(found.size(), 1u) << setting.name;
    EXPECT_EQ(found[0].what, setting.name);
    EXPECT_EQ(found[0].should_be, setting.value);
    state.settings[std::string(setting.name)] = "99999999";
    EXPECT_EQ(compare(topic, state, plan, true, kBrokers).empty(), setting.or_more) << setting.name;
    state.settings.erase(std::string(setting.name));
    EXPECT_EQ(compare(topic, state, plan, true, kBrokers).size(), 1u) << setting.name;
  }
}

TEST(TopicCheck, ASentenceTellsWhatIsWhatShouldBeWhyAndHowToMendIt) {
  const TopicPlan plan{.brokers = "b:1", .prefix = "p.", .partitions = 1, .replication = 1};
  const WantedTopic topic = wanted(plan, "visits");
  KafkaLog::TopicState state = right(topic, 1);
  state.settings["retention.ms"] = "604800000";
  const auto found = compare(topic, state, plan, true, kBrokers);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(sentence(found[0]),
            "p.visits: retention.ms is 604800000 (7 days), should be -1 (no limit): all state is computed from it, "
            "again and again; fix: kafka-configs.sh --bootstrap-server b:1 --alter --entity-type topics "
            "--entity-name p.visits --add-config retention.ms=-1");
}

TEST(TopicCheck, CopiesAreAddedToThoseThatAreThere) {
  const TopicPlan plan{.brokers = "b:1", .prefix = "p.", .partitions = 2, .replication = 3};
  const WantedTopic topic = wanted(plan, "visits");
  const auto found = compare(topic, right(topic, 1), plan, true, kBrokers);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].command,
            R"(kafka-reassign-partitions.sh --bootstrap-server b:1 --execute --reassignment-json-file <(echo )"
            R"('{"version":1,"partitions":[{"topic":"p.visits","partition":0,"replicas":[1,2,3]},)"
            R"({"topic":"p.visits","partition":1,"replicas":[2,3,1]}]}'))");
  const std::int32_t one[] = {1};
  const auto alone = compare(topic, right(topic, 1), plan, true, one);
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_TRUE(alone[0].command.empty());
  EXPECT_NE(alone[0].advice.find("more brokers"), std::string::npos);
}

TEST(TopicCheck, ATopicWithRecordsKeepsItsPartitions) {
  const TopicPlan plan{.brokers = "b:1", .prefix = "p.", .partitions = 2, .replication = 1};
  const WantedTopic topic = wanted(plan, "visits");
  KafkaLog::TopicState state = right(topic, 1);
  state.replicas.push_back({1});
  state.settings["cleanup.policy"] = "compact";
  EXPECT_EQ(compare(topic, state, plan, true, kBrokers).size(), 1u) << "it is made anew";
  const auto larger = compare(topic, state, plan, true, kBrokers).at(0);
  EXPECT_EQ(larger.command, "kafka-topics.sh --bootstrap-server b:1 --delete --topic p.visits");
  EXPECT_NE(larger.advice.find("gridloop topics create --kafka b:1 --partitions 2 --replication 1 --prefix p."),
            std::string::npos);
  EXPECT_TRUE(compare(topic, state, plan, false, kBrokers).at(0).command.empty());
  state.replicas.resize(1);
  EXPECT_EQ(compare(topic, state, plan, true, kBrokers).at(0).command,
            "kafka-topics.sh --bootstrap-server b:1 --alter --topic p.visits --partitions 2");
  EXPECT_TRUE(compare(topic, state, plan, false, kBrokers).at(0).command.empty());
}

TEST(TopicCheck, WhatWouldStopAllAppendsIsNotAdvised) {
  const TopicPlan plan{.brokers = "b:1", .prefix = "p.", .partitions = 1, .replication = 3};
  const WantedTopic topic = wanted(plan, "visits");
  KafkaLog::TopicState state = right(topic, 1);
  state.settings["min.insync.replicas"] = "1";
  const auto found = compare(topic, state, plan, true, kBrokers);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].what, "replication");
  EXPECT_EQ(found[1].what, "min.insync.replicas");
  EXPECT_TRUE(found[1].command.empty());
  state.replicas = right(topic, 3).replicas;
  EXPECT_FALSE(compare(topic, state, plan, true, kBrokers).at(0).command.empty());
}

class KafkaTopicsTest : public kafka_tests::KafkaTest {
 protected:
  static KafkaTopicsOptions options(const std::string& prefix) {
    KafkaTopicsOptions options;
    options.common.kafka.brokers = kafka_tests::broker();
    options.common.prefix = prefix;
    options.common.json = true;
    return options;
  }
  // The exit code of `command`; what it prints is kept in printed_.
  template <class Command>
  int run(Command command, const KafkaTopicsOptions& options) {
    testing::internal::CaptureStdout();
    const auto code = command(options);
    printed_ = testing::internal::GetCapturedStdout();
    EXPECT_TRUE(code) << code.error().message;
    return code.value_or(-1);
  }
  std::string printed_;
};

TEST_F(KafkaTopicsTest, WhatWasCreatedIsAsItShouldBeAndCreatingAgainChangesNothing) {
  KafkaTopicsOptions asked = options(kafka_tests::named(""));
  asked.partitions = 3;
  EXPECT_EQ(run(create_topics, asked), kOk);
  EXPECT_EQ(printed_.find(R"("made":false)"), std::string::npos) << printed_;
  asked.partitions = 0;  // taken from what is there
  EXPECT_EQ(run(create_topics, asked), kOk);
  EXPECT_EQ(printed_.find(R"("made":true)"), std::string::npos) << printed_;
  EXPECT_EQ(run(check_topics, asked), kOk);
  EXPECT_EQ(printed_, "");
  const auto state = log_->describe_topics({asked.common.prefix + "requests", asked.common.prefix + "dead-letters"});
  ASSERT_TRUE(state);
  ASSERT_EQ(state->size(), 2u);
  EXPECT_EQ(state->at(asked.common.prefix + "requests").replicas.size(), 3u);
  EXPECT_EQ(state->at(asked.common.prefix + "requests").settings.at("message.timestamp.type"), "LogAppendTime");
  EXPECT_EQ(state->at(asked.common.prefix + "dead-letters").settings.at("retention.ms"), "31536000000");
}

TEST_F(KafkaTopicsTest, MissingTopicsAreNamed) {
  EXPECT_EQ(run(check_topics, options(kafka_tests::named(""))), kInvalid);
  EXPECT_EQ(std::ranges::count(printed_, '\n'), std::ssize(wanted_topics(plan_for(""))));
}

TEST_F(KafkaTopicsTest, ATopicThatWasMadeOtherwiseIsLeftAndEachOfItsDeviationsIsNamed) {
  const TopicPlan plan = plan_for(kafka_tests::named(""));
  const std::string name = plan.prefix + "visits";
  ASSERT_TRUE(log_->create_topic({name, 2, true, engine::TimestampKind::create},
                                 {.settings = {{"retention.ms", "604800000"}}, .replication = 1}));
  const auto made = make_missing(*log_, plan);
  ASSERT_TRUE(made) << made.error().message;
  for (const MadeTopic& one : *made) EXPECT_EQ(one.made, one.topic.name != name);
  const auto found = deviations(*log_, plan);
  ASSERT_TRUE(found) << found.error().message;
  std::map<std::string, std::string> is;
  for (const Deviation& deviation : *found) {
    EXPECT_EQ(deviation.topic, name);
    is[deviation.what] = deviation.is;
  }
  EXPECT_EQ(
      is, (std::map<std::string, std::string>{
              {"cleanup.policy", "compact"}, {"retention.ms", "604800000"}, {"message.timestamp.type", "CreateTime"}}));
  EXPECT_EQ(run(check_topics, options(plan.prefix)), kInvalid);
}

TEST_F(KafkaTopicsTest, TopicsOfAnotherNumberOfPartitionsAreNotMixed) {
  const TopicPlan plan = plan_for(kafka_tests::named(""));
  ASSERT_TRUE(log_->create_topic({plan.prefix + "requests", 5}));
  const auto refused = make_missing(*log_, plan);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().action, engine::Action::invalid);
  EXPECT_TRUE(log_->describe_topics({plan.prefix + "visits"})->empty());
  const auto found = deviations(*log_, plan);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at(0).what, "partitions");
  EXPECT_NE(found->at(0).command.find("--delete"), std::string::npos);
  const auto writer = *log_->writer(kafka_tests::named("w"));
  ASSERT_TRUE(writer->commit({{{plan.prefix + "requests", engine::Partition{0}, "k", "v", {}, std::nullopt}}, {}, {}}));
  EXPECT_TRUE(deviations(*log_, plan)->at(0).command.empty()) << "it holds a record";
}

TEST_F(KafkaTopicsTest, TheNamedCommandsMendSettings) {
  const char* jars = std::getenv("GRIDLOOP_KAFKA_JARS");
  if (jars == nullptr) GTEST_SKIP() << "needs Kafka's jars: set GRIDLOOP_KAFKA_JARS=$(ops/kafka/start.sh fetch)";
  const TopicPlan plan = plan_for(kafka_tests::named(""));
  ASSERT_TRUE(log_->create_topic({plan.prefix + "visits", 2, true}, {.settings = {{"retention.ms", "1"}}}));
  ASSERT_TRUE(make_missing(*log_, plan));
  const auto before = deviations(*log_, plan);
  ASSERT_TRUE(before) << before.error().message;
  std::vector<std::string> named;
  // The script of Kafka's distribution, which is not among the jars, as a function of the shell.
  const std::string java = "java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '" + std::string(jars) + "/*' ";
  std::string script = "bash -e -s <<'END'\n";
  script += "kafka-configs.sh() { " + java + "kafka.admin.ConfigCommand \"$@\" </dev/null; }\n";
  for (const Deviation& deviation : *before) {
    named.push_back(deviation.what);
    script += deviation.command + "\n";
  }
  EXPECT_EQ(named, (std::vector<std::string>{"cleanup.policy", "retention.ms"}));
  ASSERT_EQ(std::system((script + "END\n").c_str()), 0) << script;
  const auto after = deviations(*log_, plan);
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->empty()) << sentence(after->at(0));
}

}  // namespace
