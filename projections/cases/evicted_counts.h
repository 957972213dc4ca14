// The counts of facts that have left the windows of households and workers, kept for good.
//
// Takes: a row and the fact that it evicts. Gives: the row without it; its count, kept by named area and day; and a move
// of the counts when another area takes over, for a sweep.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/table.h"
#include "projections/cases/case_row.h"
#include "projections/cases/field_fold.h"

namespace projections {

// Invariants: a fact counts in its row or here, never in both. Threads: confined to one thread at a time.
class EvictedCounts {
 public:
  EvictedCounts(engine::State& state, const Directory& rules) : rules_(rules), rows_(state, "evicted") {}

  // Takes the fact out of the row. What it has counted is counted here from now on, so `sums` gets it once more: the row
  // takes its own count back when it is folded.
  void evict(CaseRow& row, std::vector<Fact>::const_iterator leaving, CounterSums& sums);

  // Of a sweep after a change of rules: the counts of this key follow the area that they are attributed to now. False:
  // the state has an error.
  bool attribute(const std::string& key, CounterSums& sums);
  std::vector<std::string> keys_after(std::string_view after, std::size_t limit) {
    return rows_.keys_after(after, limit);
  }

  void each(const std::function<void(std::string_view, const EvictedRow&)>& visit);

 private:
  const Directory& rules_;
  engine::Table<EvictedRow, engine::Access::ordered> rows_;
};

}  // namespace projections
