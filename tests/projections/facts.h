#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/memory_store.h"
#include "engine/state/state.h"
#include "projections/rules/directory.h"
#include "tests/projections/stories.h"
#include "tests/projections/told.h"

namespace projections_test {

// The fact that the stage makes of `told`, logged at `logged`. Throws when the event is refused.
projections::Fact fact_of(const Told& told, engine::Instant logged, std::int64_t offset = 0);

// The facts of the case that most of `happenings` are about, each told once, ascending by before().
std::vector<projections::Fact> facts_of(const std::vector<Happening>& happenings);

// The rules that `told` puts in force. Throws when one is refused.
class RuleBook {
 public:
  explicit RuleBook(const std::vector<Told>& told);
  // Whether the directory accepts `rule`.
  bool tell(const Told& rule);
  // The same; why it does not, empty when it does.
  std::string refusal(const Told& rule);
  // What the rows alone make of the rules: those of a process that starts from a checkpoint.
  std::unique_ptr<RuleBook> reopened();
  const projections::Directory& rules() const { return directory_; }

 private:
  RuleBook(std::shared_ptr<engine::MemoryStore::Contents> contents, const std::vector<Told>& told);

  std::shared_ptr<engine::MemoryStore::Contents> contents_;
  engine::MemoryStore store_;
  engine::State state_;
  projections::Directory directory_;
};

}  // namespace projections_test
