#pragma once

#include <cstdint>
#include <string>

#include "engine/result.h"
#include "ops/commands/commands.h"
#include "ops/lab/bench/bench.h"
#include "ops/lab/county/county_options.h"

// The sub-commands of the program `gridloop-lab`, as those of ops/commands/commands.h.

namespace ops {

struct Program;

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

struct Benchmarks {
  bench::ProjectOptions project, memory;
  bench::TimersOptions timers;
  bench::HistoryOptions history;
  bench::RestartOptions restart;
  bench::KafkaOptions kafka;
  bench::LatencyOptions latency;
};
void add_benchmarks(Program& program, Benchmarks& options);

}  // namespace ops
