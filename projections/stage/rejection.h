// Refuses records: each goes to the dead letters and is counted by its reason.
//
// Takes: a record and why it is refused. Gives: a dead letter, and the tally "dead_letters.<reason>".

#pragma once

#include <cstddef>
#include <string>

#include "projections/stage/event_inputs.h"

namespace projections {

// Threads: confined to one thread at a time.
class Rejections {
 public:
  // `output` is the index of the dead letters among the stage's outputs.
  Rejections(EventInputs& inputs, Tallies& tallies, std::size_t output)
      : inputs_(inputs), tallies_(tallies), output_(output) {}

  // REQUIRES: `message` was decoded by the inputs and is not released.
  void reject(const engine::Message& message, const topics::Rejection& rejection, engine::Context& context);

 private:
  EventInputs& inputs_;
  Tallies& tallies_;
  std::size_t output_;
};

}  // namespace projections
