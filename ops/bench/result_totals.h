#pragma once

#include <string>
#include <vector>

#include "ops/bench/events.h"
#include "ops/deployment.h"

namespace ops::bench {

// A total as the events say it must be and as the stages have it.
struct Comparison {
  std::string what;
  std::int64_t expected = 0;
  std::int64_t found = 0;
};

// Compares the events' totals with the counters of the city, as the areas stage sums them up by day, and with the net
// of what was announced on sla-alerts (`sign_alerts`, `handle_alerts`: breaches less those taken back). REQUIRES: all
// stages are idle and stopped.
engine::Result<std::vector<Comparison>> compare(Deployment& deployment, const std::string& city,
                                                const Totals& expected);

}  // namespace ops::bench
