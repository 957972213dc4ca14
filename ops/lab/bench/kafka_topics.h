#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/kafka/kafka_log.h"
#include "ops/lab/bench/bench.h"

namespace ops::bench {

// The topics of one run on a Kafka cluster, under a prefix that no other run has; deleted at the end unless they are to
// be kept.
class KafkaTopics {
 public:
  // Makes all topics of the catalogue, those that have many with `partitions`.
  static engine::Result<std::unique_ptr<KafkaTopics>> make(const KafkaPlace& place, std::uint32_t partitions);
  ~KafkaTopics();
  KafkaTopics(const KafkaTopics&) = delete;

  const std::string& prefix() const { return prefix_; }

 private:
  KafkaTopics(std::string prefix, std::unique_ptr<engine::KafkaLog> log, bool keep)
      : prefix_(std::move(prefix)), log_(std::move(log)), keep_(keep) {}

  std::string prefix_;
  std::unique_ptr<engine::KafkaLog> log_;
  std::vector<std::string> made_;
  bool keep_;
};

}  // namespace ops::bench
