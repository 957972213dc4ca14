#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "engine/kafka/kafka_log.h"

namespace kafka_tests {

// The broker under test as HOST:PORT; empty when there is none.
inline std::string broker() {
  const char* address = std::getenv("GRIDLOOP_KAFKA");
  return address == nullptr ? "" : address;
}

// A name that no other test uses, nor another run on the same broker.
inline std::string named(const std::string& suffix) {
  static const std::string run = std::to_string(std::random_device()());
  return std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "-" + run + "-" + suffix;
}

inline std::unique_ptr<engine::KafkaLog> open_log() {
  auto opened = engine::KafkaLog::open({.brokers = broker()});
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

// A test with a broker.
class KafkaTest : public testing::Test {
 protected:
  void SetUp() override {
    if (broker().empty()) GTEST_SKIP() << "needs a broker: ops/kafka/start.sh, then set GRIDLOOP_KAFKA=HOST:PORT";
    log_ = open_log();
    ASSERT_NE(log_, nullptr);
  }

  std::unique_ptr<engine::KafkaLog> log_;
};

}  // namespace kafka_tests
