#pragma once

#include <string>
#include <vector>

#include "engine/kafka/kafka_log.h"

namespace ops {

// What a command needs to reach a Kafka cluster.
struct KafkaConnection {
  std::string brokers;                // host:port, comma between several
  std::vector<std::string> settings;  // NAME=VALUE, of librdkafka; they win over those of the file
  std::string config;                 // file of such settings; empty = none
};

// The options of the log there; what librdkafka complains of goes to stderr.
// Errors: invalid when a setting is no NAME=VALUE; it is not shown, as it may be a password. fatal when the file cannot
// be read.
// Format of the file: a setting a line, blanks around name and value do not count; empty lines, and those that begin
// with `#`, are left out. As of Kafka's own clients, without their escapes.
engine::Result<engine::KafkaLog::Options> kafka_options(const KafkaConnection& connection, const std::string& prefix);

}  // namespace ops
