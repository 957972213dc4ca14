// Households and workers: what their facts add to the counters, and what becomes of facts that leave a row's window.
//
// Takes: the facts of a row and the rules. Gives: counters by area and day; the row of evicted counts.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "projections/rules/directory.h"
#include "projections/stage/counter_sums.h"

namespace projections {

// What a household or a worker adds to the counters, by day: visits and missed visits, check-ins, rounds. Each counts
// in the area that it names, else in that of the registration in force at its time, else in that of the first one; then
// in the area that took over from it.
//
// A visit of an opened case is none of a household: it counts with the case, `visits_too` is false then.
// REQUIRES: `facts` ascend by before(). The deltas ascend, none twice, none 0.
std::vector<topics::CounterDelta> field_counts(const std::vector<Fact>& facts, bool visits_too, const Directory& rules);

// Adds after − before.
void add_difference(const std::vector<topics::CounterDelta>& before, const std::vector<topics::CounterDelta>& after,
                    CounterSums& out);

// Households and workers are seen for years: a row keeps a window of their newest facts. The next one to be evicted is
// the oldest, but for the registration that is in force there. REQUIRES: `facts` hold two visits at least.
std::vector<Fact>::const_iterator next_to_leave(const std::vector<Fact>& facts, std::uint8_t visits_topic);

// The count of a fact that is evicted from the window; nothing when it counted nothing. The area is the named one.
std::optional<topics::CounterDelta> evicted_count(const std::vector<Fact>& facts, const Fact& leaving,
                                                  const Directory& rules);

// The counts of facts that were evicted from the windows of all rows of a task: for good, by named area and day. They
// keep their day when another zone is published, but follow the area when another takes over from it.
//
//   u8 format (1) | area | 4 signed numbers
struct EvictedRow {
  static constexpr std::uint8_t kFormat = 1;
  static constexpr std::array<topics::Counter, 4> kCounters = {topics::Counter::visited, topics::Counter::missed_visits,
                                                               topics::Counter::check_ins, topics::Counter::rounds};
  std::string area;  // that they are counted in
  std::array<std::int64_t, kCounters.size()> n{};

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);

  // Key of the row: named area \0 day.
  static std::string key(std::string_view named_area, std::int32_t day);
  static std::string_view named_area(std::string_view key);
  static std::int32_t day(std::string_view key);

  void add(topics::Counter counter);
  // Counts in `to` what is counted in `area` now.
  void move(std::string_view to, std::int32_t day, CounterSums& out);
};

}  // namespace projections
