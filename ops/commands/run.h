#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop run`.

namespace ops {

struct RunOptions {
  CommonOptions common;
  bool until_idle = false;
  std::string until;  // RFC 3339; empty = the wall clock
  unsigned threads = 0;
  std::uint64_t step_events = 32768;
  std::uint64_t memory_bytes = 1u << 30;
  std::uint32_t partitions = 0;
  std::uint32_t standbys = 0;
  std::uint64_t session_timeout_ms = 5000;
  std::optional<std::uint64_t> commit_interval_ms;  // nothing = 50 on Kafka, 0 on an embedded log
  bool sync = false;
  bool accept_log_loss = false;
};
engine::Result<int> run(const RunOptions& options);

}  // namespace ops
