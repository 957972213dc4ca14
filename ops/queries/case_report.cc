#include "ops/queries/case_report.h"

#include <utility>

namespace ops {

engine::Result<CaseReport> report_on(const std::string& id, projections::Cases& cases, const Freshness& freshness) {
  auto found = cases.find(id, freshness.now);
  if (!found || found->row.facts.empty()) {
    return engine::fail(engine::Action::invalid, fmt::format("no events have been processed for case {}", id));
  }
  CaseReport report{
      .id = id, .freshness = freshness, .answer = std::move(*found), .traces = {}, .odd = {}, .text = CaseText(cases)};
  report.traces = projections::traces(report.answer.subject, cases.directory(), freshness.now);
  report.odd = oddities(report.answer.subject, report.traces);
  return report;
}

}  // namespace ops
