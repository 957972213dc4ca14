// The published row of a case (topic cases): where it stands, without personal fields.
//
// Takes: a row, its folded case and its clocks. Gives: topics::CaseRow. A pure function.

#pragma once

#include <vector>

#include "projections/cases/case_row.h"
#include "projections/clocks/clocks.h"
#include "topics/outputs/outputs.h"

namespace projections {

// Fills `out` but for subject, task, step and time. It holds views into the case, the clocks and the rules.
void describe(const CaseRow& row, const Case& folded, const std::vector<Clock>& clocks, topics::CaseRow& out);

}  // namespace projections
