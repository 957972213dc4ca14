#include "projections/stage/pending_announcements.h"

namespace projections {

PendingAnnouncements::Counts PendingAnnouncements::counts() const {
  Counts counts;
  for (const auto& [queue, ends] : queues_.ends()) {
    const auto waiting = static_cast<std::int64_t>(ends.next - ends.first);
    (queue != kBacklog && rules_.backfilling(queue) ? counts.held : counts.ready) += waiting;
  }
  return counts;
}

}  // namespace projections
