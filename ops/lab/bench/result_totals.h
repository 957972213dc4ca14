#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/deployment/deployment.h"
#include "ops/lab/bench/city.h"
#include "ops/lab/bench/events.h"

namespace ops::bench {

// A total as the events say it must be and as the stages have it.
struct Comparison {
  std::string what;
  std::optional<std::int64_t> expected;  // nothing: whatever it is
  std::int64_t found = 0;
};

// Compares the events' totals with the counters of the city, as the areas stage sums them up by day, and with the net
// of what was announced on sla-alerts (`sign_alerts`, `handle_alerts`: breaches less those taken back). With other than
// plain policies nothing is expected of the breaches; those announced are told for each clock. REQUIRES: all stages are
// idle and stopped.
engine::Result<std::vector<Comparison>> compare(Deployment& deployment, const std::string& city, const Totals& expected,
                                                Policies policies = Policies::plain);

}  // namespace ops::bench
