// The timers of rows: each row has one at most, for the instant at which time alone may change it.
//
// Takes: the row's `armed` member and the instant wanted. Gives: an armed engine timer, and the count of all of them in
// the stage's row.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/stage.h"
#include "projections/stage/stage_row.h"

namespace projections {

// Invariants: a row's `armed` names a timer that is armed. Threads: confined to one thread at a time.
class RowTimers {
 public:
  static constexpr std::uint8_t kTimer = 0;  // its kind

  explicit RowTimers(StageRowTable& stage_row) : stage_row_(stage_row) {}

  // Arms the timer of `subject` for `wanted`, or for nothing; `armed` says for what it is armed.
  void set(std::optional<engine::Instant>& armed, std::optional<engine::Instant> wanted, const std::string& subject,
           engine::Context& context);
  // `timer` fires: it is no longer armed.
  void fired(std::optional<engine::Instant>& armed, const engine::Timer& timer);
  // Writes the count of armed timers.
  void end_step();

 private:
  StageRowTable& stage_row_;
  std::int64_t more_ = 0;  // armed than at the end of the last step
};

}  // namespace projections
