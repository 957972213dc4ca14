#pragma once

#include <memory>

#include "tests/sim/simulator.h"

namespace sim {

// A small city with one to four partitions: the stages cases and areas, fed with reports, sendings, signatures,
// handling, closing, re-opening and merging in any order of event times, with copies, misplaced keys, bad records, a
// trusted source, a backfill, policies, and areas that are registered late or moved. In the end
//   facts      each distinct event of a case that was appended is a fact of its row, once
//   alerts     the net of what was announced of each clock is its verdict; no alert has the id of another
//   counters   those of each area are the sum of the contributions of the cases in it and below it
std::unique_ptr<World> make_city_world(Random& random);

}  // namespace sim
