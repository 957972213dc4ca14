#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop tail`.

namespace ops {

struct TailOptions {
  CommonOptions common;
  std::string topic;
  std::optional<std::uint64_t> last;  // of each partition
};
engine::Result<int> tail(const TailOptions& options);

}  // namespace ops
