#pragma once

#include <cstdint>
#include <string>

#include "engine/result.h"
#include "ops/deployment/kafka_connection.h"

// `gridloop copy`.

namespace ops {

struct CopyOptions {
  std::string from;                  // embedded:DIR
  std::string to;                    // kafka:HOST:PORT
  KafkaConnection kafka;             // its brokers are those of `to`
  std::string prefix = "gridloop.";  // of the topics, on both sides
  std::uint32_t replication = 0;     // 0 = 3, or as many as there are brokers
  bool json = false;
};
engine::Result<int> copy(const CopyOptions& options);

}  // namespace ops
