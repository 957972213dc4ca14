#pragma once

#include <cstdint>
#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop workload`.

namespace ops {

struct WorkloadOptions {
  CommonOptions common;
  std::string area;  // empty = the areas of `level`, the busiest first
  std::string level;
  std::string from;
  std::string to;
  bool months = false;
  std::uint64_t top = 10;
};
engine::Result<int> workload(const WorkloadOptions& options);

}  // namespace ops
