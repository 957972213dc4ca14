#pragma once

#include <cstdint>
#include <string>

#include "engine/kafka/kafka_log.h"

namespace ops {

// Whether a process can work with the topics on the cluster: all are there, with partitions that fit each other, and
// none loses records to compaction that has to keep them. What else `gridloop topics check` compares does no harm at
// once. Returns how many partitions those topics have that have many.
// Errors: invalid, and says what to do; retry when the brokers do not answer. `brokers` and `prefix` are those of the
// command line, for the message.
engine::Result<std::uint32_t> require_topics(const engine::KafkaLog& log, const std::string& brokers,
                                             const std::string& prefix);

}  // namespace ops
