// The heartbeat of a task: a record each full minute that says how late its timers fire and what waits.
//
// Takes: a timer of its own, and at the end of a step how many rows wait. Gives: a topics::SlaHeartbeat in the alerts topic.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/stage.h"
#include "projections/stage/stage_row.h"

namespace projections {

// There is none while a backlog is read, when time passes in leaps. Threads: confined to one thread at a time.
class Heartbeat {
 public:
  static constexpr std::uint8_t kTimer = 1;  // its kind; its timer has no subject
  static constexpr auto kInterval = std::chrono::minutes(1);

  // `output` is the index of the topic that it is sent to.
  Heartbeat(StageRowTable& stage_row, std::size_t output) : stage_row_(stage_row), output_(output) {}

  // A timer of kind kTimer fires.
  void fire(const engine::Timer& timer, engine::Context& context);
  // Sends the heartbeat that is due and arms the next one. `pending`: rows whose announcements wait. To be called after
  // RowTimers::end_step().
  void end_step(const std::string& task, std::int64_t pending, engine::Context& context);

 private:
  StageRowTable& stage_row_;
  std::size_t output_;
  std::optional<engine::Milliseconds> lag_;  // of the heartbeat of the step in hand
};

}  // namespace projections
