#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <map>
#include <string>

#include "tests/system/kafka/broker.h"

namespace kafka_tests {

// A bare producer, for what the port cannot do: open transactions, aborts, other partitioners.
class BareProducer {
 public:
  explicit BareProducer(const std::map<std::string, std::string>& settings) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char reason[256];
    rd_kafka_conf_set(conf, "bootstrap.servers", kafka_tests::broker().c_str(), reason, sizeof(reason));
    for (const auto& [name, value] : settings) {
      EXPECT_EQ(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof(reason)), RD_KAFKA_CONF_OK)
          << reason;
    }
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    EXPECT_NE(producer_, nullptr) << reason;
  }
  ~BareProducer() { rd_kafka_destroy(producer_); }
  BareProducer(const BareProducer&) = delete;
  BareProducer& operator=(const BareProducer&) = delete;

  void begin() {
    if (!opened_) expect_done(rd_kafka_init_transactions(producer_, 30000));
    opened_ = true;
    expect_done(rd_kafka_begin_transaction(producer_));
  }
  void produce(const std::string& topic, std::string key, std::string value, int partition) {
    EXPECT_EQ(rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                                RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(value.data(), value.size()),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void flush() { EXPECT_EQ(rd_kafka_flush(producer_, 30000), RD_KAFKA_RESP_ERR_NO_ERROR); }
  void commit() { expect_done(rd_kafka_commit_transaction(producer_, -1)); }
  void abort() { expect_done(rd_kafka_abort_transaction(producer_, -1)); }

 private:
  static void expect_done(rd_kafka_error_t* error) {
    EXPECT_EQ(error, nullptr) << rd_kafka_error_string(error);
    if (error != nullptr) rd_kafka_error_destroy(error);
  }
  rd_kafka_t* producer_ = nullptr;
  bool opened_ = false;
};

}  // namespace kafka_tests
