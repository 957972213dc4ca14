#include "projections/stage/heartbeat.h"

#include <algorithm>
#include <utility>

#include "topics/outputs/outputs.h"

namespace projections {

void Heartbeat::fire(const engine::Timer& timer, engine::Context& context) {
  stage_row_.edit().heartbeat.reset();
  // A timer fires after the instant at which it is due.
  if (!context.behind()) lag_ = context.reached() - timer.due - engine::Milliseconds(1);
}

void Heartbeat::end_step(const std::string& task, std::int64_t pending, engine::Context& context) {
  if (const auto lag = std::exchange(lag_, std::nullopt)) {
    topics::SlaHeartbeat beat;
    beat.task = task;
    beat.step = context.step().value;
    beat.time = context.reached();
    beat.lag = std::max(*lag, engine::Milliseconds(0));
    beat.pending = pending;
    beat.timers = stage_row_.get().timers_armed;
    beat.next_due = context.timers().next_due();
    std::string record;
    append(record, beat);
    context.send(output_, beat.task, record);
  }
  if (context.behind() || stage_row_.get().heartbeat) return;
  const engine::Instant next = std::chrono::floor<std::chrono::minutes>(context.reached()) + kInterval;
  context.timers().arm({next, "", kTimer});
  stage_row_.edit().heartbeat = next;
}

}  // namespace projections
