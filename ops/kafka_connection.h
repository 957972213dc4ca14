#pragma once

#include <string>
#include <vector>

#include "engine/kafka_log.h"

namespace ops {

// What a command needs to reach a Kafka cluster.
struct KafkaConnection {
  std::string brokers;                // host:port, comma between several
  std::vector<std::string> settings;  // NAME=VALUE, of librdkafka
};

// The options of the log there; what librdkafka complains of goes to stderr.
// Errors: invalid when a setting is no NAME=VALUE; it is not shown, as it may be a password.
engine::Result<engine::KafkaLog::Options> kafka_options(const KafkaConnection& connection, const std::string& prefix);

}  // namespace ops
