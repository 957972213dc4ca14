// The rows that a step has touched and not folded yet, and the rows that it has to publish at its end.
//
// Takes: subjects as events and messages reach them. Gives: each subject once, so that a row is folded, announced and
// published once a step however many events reach it.

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage.h"

namespace projections {

// Invariants: empty between steps. Threads: confined to one thread at a time.
class TouchedRows {
 public:
  // The row has facts or messages that are not folded. The context learns what it will send.
  void add(std::string_view subject, engine::Context& context);
  // The row is about to be folded. Returns whether it was touched.
  bool take(std::string_view subject, engine::Context& context);
  // All rows that are touched, ascending; they are touched until take().
  std::vector<std::string> all() const { return {subjects_.begin(), subjects_.end()}; }

 private:
  std::set<std::string, std::less<>> subjects_;
};

// Published rows of a step: the last one of each subject is sent, at the end of the step.
class Publications {
 public:
  void put(const std::string& subject, std::string_view row) { rows_[subject] = row; }
  // The row was sent otherwise.
  void drop(const std::string& subject) { rows_.erase(subject); }
  // Ascending by subject.
  void send(std::size_t output, engine::Context& context);

 private:
  std::map<std::string, std::string> rows_;
};

}  // namespace projections
