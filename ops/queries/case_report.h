#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/queries/case_text.h"
#include "ops/queries/question.h"

namespace ops {

// One case as its task knows it: its row, its clocks and how they went, and what is odd about them.
//
// Ownership: views into the stage; valid until the stage applies its next record.
struct CaseReport {
  std::string id;
  Freshness freshness;
  projections::CaseAnswer answer;
  std::vector<projections::ClockTrace> traces;
  std::vector<Oddity> odd;  // its clocks are those of `traces`
  CaseText text;

  const projections::Fact& fact(std::size_t index) const { return answer.row.facts[index]; }
};

// Errors: invalid when no event of the case was processed.
engine::Result<CaseReport> report_on(const std::string& id, projections::Cases& cases, const Freshness& freshness);

}  // namespace ops
