#include "projections/stage/row_timers.h"

#include <utility>

namespace projections {

void RowTimers::set(std::optional<engine::Instant>& armed, std::optional<engine::Instant> wanted,
                    const std::string& subject, engine::Context& context) {
  if (armed == wanted) return;
  if (armed) context.timers().disarm({*armed, subject, kTimer});
  if (wanted) context.timers().arm({*wanted, subject, kTimer});
  more_ += (wanted ? 1 : 0) - (armed ? 1 : 0);
  armed = wanted;
}

void RowTimers::fired(std::optional<engine::Instant>& armed, const engine::Timer& timer) {
  if (armed != timer.due) return;
  armed.reset();
  --more_;
}

void RowTimers::end_step() {
  if (more_ != 0) stage_row_.edit().timers_armed += std::exchange(more_, 0);
}

}  // namespace projections
