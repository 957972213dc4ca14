#pragma once

#include <cstdint>
#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop due`.

namespace ops {

struct DueOptions {
  CommonOptions common;
  std::int64_t within_seconds = 86400;
  std::string area;  // and all below it; empty = all
  std::string unit;
  std::string clock;
  bool overdue = false;  // what is overdue already, too
  std::uint64_t limit = 100;
};
engine::Result<int> due(const DueOptions& options);

}  // namespace ops
