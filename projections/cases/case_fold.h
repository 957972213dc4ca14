// Facts → the case.
//
// Takes: the facts of a row, ascending by before(), and the rules. Gives: a Case with status, area, unit, hops, cycles,
// suspensions, extensions, judgements and anomalies. A pure function.

#pragma once

#include <vector>

#include "projections/cases/case.h"
#include "projections/rules/directory.h"

namespace projections {

// Builds the case from its facts. REQUIRES: `facts` ascend by before().
Case fold(const std::vector<Fact>& facts, const Directory& rules);
// The same into a Case that was used before, whose memory it takes over.
void fold(const std::vector<Fact>& facts, const Directory& rules, Case& into);

}  // namespace projections
