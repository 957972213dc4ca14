#pragma once

#include <string>

#include "tests/projections/world.h"

namespace projections_test {

// What is wrong in a world that is at rest, one line each; empty when all promises hold:
//
//   alerts      the net of the alerts is the verdict, for every clock of every case that no open backfill holds;
//               ids are unique, and no alert says what holds already
//   counted     what a case, a household or a worker has added to the counters is what it should add now
//   counters    of every area and bucket: the sum over the cases of it and of the areas below it
//   sweep       no change of rules is awaited
//   balance     of every area: opened by days = opened by months = ended + open
//   published   the newest row of each area and day, and of each ranking, is what the stage answers
//   replicas    rebuilt from the logs alone, every task has the same chain, digest, clock and position
std::string broken_promises(World& world);

}  // namespace projections_test
