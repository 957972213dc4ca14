// The row in which a task of a stage remembers itself from step to step: what it announced last of its progress.
//
// Takes and gives: four named fields in one row of table "stage". DeltaOutbox, Heartbeat and RowTimers each own theirs.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/table.h"

namespace projections {

//   u8 format (1) | u8 bits: 1 has rules_version, 2 behind, 4 has heartbeat | [signed rules_version]
//   | [signed heartbeat, ms] | signed timers_armed
struct StageRow {
  static constexpr std::uint8_t kFormat = 1;
  // As the last delta record said: all rows are folded by this version of the rules. Nothing before the first record.
  std::optional<std::int64_t> rules_version;
  bool behind = false;                       // as the last delta record said: the task is catching up
  std::optional<engine::Instant> heartbeat;  // for which the timer of the heartbeat is armed
  std::int64_t timers_armed = 0;             // of rows
  bool operator==(const StageRow&) const = default;

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// The table of that row. A pointer or reference lives until the end of the step.
class StageRowTable {
 public:
  explicit StageRowTable(engine::State& state) : rows_(state, "stage") {}
  StageRow get() {
    const StageRow* row = rows_.find(kKey);
    return row == nullptr ? StageRow() : *row;
  }
  StageRow& edit() { return rows_.upsert(kKey); }

 private:
  static constexpr std::string_view kKey = "task";
  engine::Table<StageRow, engine::Access::ordered> rows_;
};

}  // namespace projections
