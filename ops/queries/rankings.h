#pragma once

#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop rankings`.

namespace ops {

struct RankingsOptions {
  CommonOptions common;
  std::string period;
  std::string level = "district";
};
engine::Result<int> rankings(const RankingsOptions& options);

}  // namespace ops
