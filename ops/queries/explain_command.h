#pragma once

#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop explain`.

namespace ops {

struct ExplainOptions {
  CommonOptions common;
  std::string id;
};
engine::Result<int> explain(const ExplainOptions& options);

}  // namespace ops
