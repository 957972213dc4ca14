#pragma once

#include <cstdint>
#include <string>

#include "engine/result.h"
#include "ops/commands/common_options.h"
#include "ops/lab/county/county_options.h"

// `gridloop-lab simulate county`.

namespace ops {

struct SimulateCountyOptions {
  CommonOptions common;  // without a data directory the events go to stdout
  simulate::CountyOptions county;
  std::string from;        // a day; empty = as CountyOptions says
  std::uint32_t live = 0;  // how many times as fast as life; 0 = the past, at once
  std::string summary_json;
  std::uint32_t partitions = 0;
  bool sync = false;
};
engine::Result<int> simulate_county(const SimulateCountyOptions& options);

}  // namespace ops
