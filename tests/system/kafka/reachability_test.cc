#include "engine/kafka/reachability.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

namespace {

using engine::kafka::Reachability;
using std::chrono::minutes;
using std::chrono::seconds;

class ReachabilityTest : public testing::Test {
 protected:
  // What is told after a look `at` so long after the beginning.
  std::string look(std::optional<std::string> silent, seconds at) {
    return reachability_.update(silent, Reachability::Time() + at).value_or("");
  }
  Reachability reachability_;
};

TEST_F(ReachabilityTest, AMomentOfSilenceIsNotTold) {
  EXPECT_EQ(look("b:1", seconds(0)), "");
  EXPECT_EQ(look("b:1", seconds(2)), "");
  EXPECT_EQ(look(std::nullopt, seconds(3)), "");
  EXPECT_EQ(look("b:1", seconds(5)), "");
}

TEST_F(ReachabilityTest, AnHourOfSilenceIsToldSevenTimesAndItsEndOnce) {
  reachability_.complain(RD_KAFKA_RESP_ERR__TRANSPORT, "b:1/1: Connect failed: Connection refused (after 0ms)");
  reachability_.complain(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  std::vector<std::string> told;
  for (seconds at(0); at < minutes(61); at += seconds(1)) {
    if (auto text = look("b:1", at); !text.empty()) told.push_back(std::move(text));
  }
  ASSERT_EQ(told.size(), 7u);
  EXPECT_EQ(
      told.front(),
      "Kafka: no answer from b:1 for 3 s: b:1/1: Connect failed: Connection refused; nothing is lost, and the work "
      "goes on when it comes");
  EXPECT_NE(told.back().find("60 min"), std::string::npos) << told.back();
  EXPECT_EQ(look(std::nullopt, minutes(61)), "Kafka: all answer again, after 61 min");
  EXPECT_EQ(look(std::nullopt, minutes(62)), "");
}

TEST_F(ReachabilityTest, ARefusedLoginStaysTheReasonUntilSomebodyAnswers) {
  reachability_.complain(RD_KAFKA_RESP_ERR__AUTHENTICATION, "invalid credentials");
  reachability_.complain(RD_KAFKA_RESP_ERR__TRANSPORT, "Connection refused");
  EXPECT_EQ(reachability_.complaint()->reason, "invalid credentials");
  EXPECT_EQ(look(std::nullopt, seconds(1)), "");
  EXPECT_FALSE(reachability_.complaint());
}

}  // namespace
