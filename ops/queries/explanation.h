#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/queries/case_report.h"

// `gridloop explain`: why the clocks of a case stand where they do.

namespace ops {

struct ExplainRequest {
  std::string id;
};

struct Explanation : CaseReport {
  engine::Instant now() const { return freshness.now; }
  // What is odd about the fact, and about clocks because of it.
  std::vector<const Oddity*> odd_of(std::size_t fact) const;
};

// Errors: invalid when no event of the case was processed.
engine::Result<Explanation> answer(const ExplainRequest& request, projections::Cases& cases,
                                   const Freshness& freshness);
std::string to_text(const Explanation& explanation);
std::string to_json(const Explanation& explanation);

struct ExplainOptions {
  CommonOptions common;
  ExplainRequest request;
};
engine::Result<int> explain(const ExplainOptions& options);

}  // namespace ops
