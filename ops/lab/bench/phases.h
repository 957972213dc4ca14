#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/lab/bench/measure.h"
#include "ops/lab/bench/result_totals.h"
#include "ops/lab/bench/workplace.h"

namespace ops::bench {

// One phase of a benchmark, measured.
struct Phase {
  std::string name;
  std::uint64_t events = 0;  // that it processed
  Cost cost;
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t log_bytes = 0;    // on disk at its end
  std::uint64_t state_bytes = 0;  // on disk at its end
};

// Completes `phase` by what can be asked now.
engine::Result<Phase> measured(Phase phase, const Workplace& workplace);

// Prints the phases as a table, or a JSON object each.
void print(const std::vector<Phase>& phases, bool json);

// Prints the totals when all are as expected, else those that differ. Returns whether all are.
bool check(const std::vector<Comparison>& totals, bool json);

// `bytes` in MB (10^6) with one decimal.
std::string megabytes(std::uint64_t bytes);

}  // namespace ops::bench
