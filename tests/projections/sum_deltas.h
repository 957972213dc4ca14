#pragma once

#include <cstddef>
#include <vector>

#include "projections/stage/counter_sums.h"

namespace projections_test {

// What is not zero, in the order in which it is sent.
inline std::vector<topics::CounterDelta> deltas_of(const projections::CounterSums& sums) {
  std::vector<topics::CounterDelta> all;
  for (const projections::CounterSums::Sum* sum : sums.ordered()) {
    for (std::size_t i = 0; i < sum->counts.size(); ++i) {
      if (sum->counts[i] == 0) continue;
      all.push_back({sums.area(sum->area), sum->bucket, static_cast<topics::Counter>(i), sum->counts[i]});
    }
  }
  return all;
}

}  // namespace projections_test
