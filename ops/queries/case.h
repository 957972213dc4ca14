#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/queries/case_report.h"

// `gridloop case`: what is known of one case.

namespace ops {

struct CaseRequest {
  std::string id;
  bool anomalies_only = false;
};

// Ownership: as CaseReport.
struct CaseView {
  CaseReport report;
  bool anomalies_only = false;

  const projections::Case& folded() const { return report.answer.subject; }
  const projections::Cycle& cycle() const;  // the last one
  std::optional<engine::Instant> suspended_until() const;
  std::vector<std::string> assisting() const;  // units that assist now
};

// Errors: invalid when no event of the case was processed.
engine::Result<CaseView> answer(const CaseRequest& request, projections::Cases& cases, const Freshness& freshness);
std::string to_text(const CaseView& answer);
std::string to_json(const CaseView& answer);

struct CaseOptions {
  CommonOptions common;
  CaseRequest request;
};
engine::Result<int> show_case(const CaseOptions& options);

}  // namespace ops
