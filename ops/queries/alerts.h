#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop alerts`.

namespace ops {

struct AlertsOptions {
  CommonOptions common;
  bool net = false;
  bool course = false;  // also how each clock went: started, paused, resumed, due_changed, cancelled
  std::string subject;
  std::optional<std::uint64_t> last;
};
engine::Result<int> alerts(const AlertsOptions& options);

}  // namespace ops
