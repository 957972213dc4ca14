#pragma once

#include <memory>

#include "tests/sim/simulator.h"

namespace sim {

// The word count of tests/engine/word_count.h with one to four partitions: lines with event times out of order. In the
// end each count is what an independent count of the appended lines gives, the last announcement of each word says it,
// and no announcement is repeated.
std::unique_ptr<World> make_word_count_world(Random& random);

}  // namespace sim
