#pragma once

#include <cstdint>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop topics create` and `gridloop topics check`.

namespace ops {

struct KafkaTopicsOptions {
  CommonOptions common;           // REQUIRES kafka
  std::uint32_t partitions = 0;   // 0 = as many as there are, else 4
  std::uint32_t replication = 0;  // 0 = 3, or as many as there are brokers
};
engine::Result<int> create_topics(const KafkaTopicsOptions& options);
engine::Result<int> check_topics(const KafkaTopicsOptions& options);

}  // namespace ops
