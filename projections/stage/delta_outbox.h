// What the rows of a task add to the counters of areas and has not been sent: kept in the state, sent by records of
// sums.
//
// Takes: sums by area and bucket, from anything in the step. Gives: topics::AreaDeltas, one record or more for each
// city; while the task is catching up the sums of many steps go in one. A record says as well by which version of the
// rules all rows are folded, and whether the task is catching up; there is one without sums when only that is news.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/stage.h"
#include "engine/state/table.h"
#include "projections/rules/directory.h"
#include "projections/stage/counter_sums.h"
#include "projections/stage/stage_row.h"
#include "topics/outputs/outputs.h"

namespace projections {

// A task that has never sent sums has counted nothing and sends nothing of its progress.
//
// Invariants: the sums of all records + what sums() holds = what was added.
// Threads:    confined to one thread at a time.
class DeltaOutbox {
 public:
  // `output` is the index of the topic among the stage's outputs. `spec` and `rules` outlive the outbox.
  DeltaOutbox(engine::State& state, StageRowTable& stage_row, const engine::StageSpec& spec, const Directory& rules,
              std::size_t output)
      : stage_row_(stage_row), spec_(spec), rules_(rules), output_(output), unsent_(state, "unsent") {}

  // To add to; valid until the end of the step.
  CounterSums& sums();
  // Whether the last record said that the task is catching up.
  bool behind_sent() { return stage_row_.get().behind; }

  // Sends what is news. `rules_version`: by which all rows are folded; nothing while a sweep is under way.
  void end_step(const std::string& task, std::optional<std::int64_t> rules_version, bool behind,
                engine::Context& context);

 private:
  using SumsByCity = std::map<std::string, std::vector<const CounterSums::Sum*>>;

  // The sums that are not all zero, in the order of their areas and buckets.
  SumsByCity sums_by_city();
  void send(topics::AreaDeltas& record, const SumsByCity& by_city, engine::Context& context);

  StageRowTable& stage_row_;
  const engine::StageSpec& spec_;
  const Directory& rules_;
  std::size_t output_;
  engine::Table<CounterSums, engine::Access::ordered> unsent_;  // one row
  CounterSums* sums_ = nullptr;                                 // of the step in hand
  std::string encoded_;
};

}  // namespace projections
