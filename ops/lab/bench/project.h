#pragma once

#include <optional>
#include <vector>

#include "ops/deployment/deployment.h"
#include "ops/lab/bench/bench.h"
#include "ops/lab/bench/phases.h"
#include "ops/lab/bench/workplace.h"

namespace ops::bench {

// Appends the events to the log of `deployment` and runs all stages until nothing is left to do: the phases append and
// project. Prints the totals; nothing when one was wrong.
engine::Result<std::optional<std::vector<Phase>>> append_and_project(Deployment& deployment,
                                                                     const ProjectOptions& options,
                                                                     const Workplace& workplace);

}  // namespace ops::bench
