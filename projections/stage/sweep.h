// A sweep: after a change of rules every row is visited once, in the order of the keys, some rows each step.
//
// Takes: passes, each over the keys of one table. Gives: calls of visit(key) and a cursor in the state, so that a sweep
// goes on after a restart. It starts again from the first row when the rules change meanwhile.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.h"
#include "engine/state/table.h"

namespace projections {

//   u8 format (2) | u8 pass | key of the last row visited
struct SweepCursor {
  static constexpr std::uint8_t kFormat = 2;
  std::uint8_t pass = 0;
  std::string done_up_to;
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// Invariants: there is a cursor as long as a sweep is under way. Threads: confined to one thread at a time.
class Sweep {
 public:
  struct Pass {
    // The first `limit` keys above `after`, ascending.
    std::function<std::vector<std::string>(std::string_view after, std::size_t limit)> keys_after;
    // False: the state has an error.
    std::function<bool(const std::string& key, engine::Context& context)> visit;
  };

  // REQUIRES: `passes` has 1 to 255 entries; a pass begins when the one before it has ended.
  Sweep(engine::State& state, std::vector<Pass> passes) : cursor_(state, "sweep"), passes_(std::move(passes)) {}

  // From the first row of the first pass.
  void start() { cursor_.upsert(kKey) = {}; }
  bool running() { return cursor_.find(kKey) != nullptr; }

  // Visits at most `limit` rows, fewer when the context is full. Returns how many; the end of a pass counts as one, so
  // that the step in which it comes is recorded.
  std::uint64_t run(std::uint64_t limit, engine::Context& context);

 private:
  static constexpr std::string_view kKey = "rules";

  engine::Table<SweepCursor, engine::Access::ordered> cursor_;
  std::vector<Pass> passes_;
};

}  // namespace projections
