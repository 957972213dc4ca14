#pragma once

#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop case`.

namespace ops {

struct CaseOptions {
  CommonOptions common;
  std::string id;
  bool anomalies = false;  // them alone
};
engine::Result<int> show_case(const CaseOptions& options);

}  // namespace ops
