#include "projections/cases/case_publication.h"

#include <algorithm>

namespace projections {

void describe(const CaseRow& row, const Case& folded, const std::vector<Clock>& clocks, topics::CaseRow& out) {
  out.clear();
  out.version = static_cast<std::int64_t>(row.version);
  out.status = name(folded.status);
  out.area = folded.area;
  out.category = folded.category;
  out.condition = folded.condition;
  out.kind = folded.kind;
  out.level = folded.level;
  if (folded.priority != 0) out.priority = folded.priority;
  out.channel = folded.channel;
  out.unit = folded.unit;
  out.parent = folded.parent;
  out.successor = folded.successor;
  if (folded.opened) out.opened = folded.opened->happened;
  if (folded.handled()) out.handled = folded.handled()->happened;
  if (folded.closed()) out.closed = folded.closed()->happened;
  if (!folded.closed() && folded.parent_closed) out.closed = folded.parent_closed->happened;
  for (const Hop& hop : folded.hops) {
    if (hop.assisting && !hop.returned) out.assisting.push_back(hop.unit);
  }
  for (const Clock& clock : clocks) {
    if (clock.kind == ClockKind::handle) {
      out.due = clock.due;
      out.suspended_until = clock.paused_until;
    }
    out.clocks.push_back({.clock = name(clock.kind),
                          .cycle = clock.cycle,
                          .due = clock.due,
                          .verdict = name(clock.verdict),
                          .state = state_of(clock),
                          .start = clock.start,
                          .unit = clock.unit,
                          .policy = clock.policy == nullptr || clock.given ? std::string_view() : clock.policy->id,
                          .provisional = clock.provisional});
  }
  out.hops = static_cast<std::int64_t>(folded.hops.size());
  out.duplicate = folded.duplicate;
  out.repeats = folded.repeats;
  out.extensions = static_cast<std::int64_t>(folded.extensions.size());
  out.excluded = folded.excluded.has_value();
  for (const Anomaly anomaly : anomalies(folded, clocks)) out.anomalies.push_back(name(anomaly));
  std::ranges::sort(out.anomalies);
}

}  // namespace projections
