#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace sim {

struct ClusterStatistics {
  std::uint64_t ticks = 0;
  std::uint64_t pauses = 0;
  std::uint64_t deaths = 0;
  std::uint64_t departures = 0;
  std::uint64_t starts = 0;
  std::uint64_t declared_dead = 0;
  std::uint64_t handovers = 0;  // a task has got another owner
  std::uint64_t faults = 0;     // of commits, writers and ends

  ClusterStatistics& operator+=(const ClusterStatistics& other);
  std::string to_string() const;
};

struct ClusterOutcome {
  std::string failure;  // empty when all promises held
  ClusterStatistics statistics;
};

// Runs the members of a deployment from one seed in the calling thread, on a simulated clock: processes start, pause,
// die and leave, and their heartbeats and assignments are lost, late or in doubt. Each process does with a task what a
// Runner does: it warms up as a standby, takes over, drains. Then the faults end, and it is checked:
//
//   tick        no tick has failed: what the log refuses is tried again
//   coverage    each task is owned by exactly one process, the one that all members name
//   balance     no process owns two tasks more than another, and each task has the standbys that were asked for
//   rest        nothing moves any more, nobody is declared dead, and no assignment is written
//
// `trace`, when given, receives each action in one line.
ClusterOutcome simulate_cluster(std::uint64_t seed, const std::function<void(const std::string&)>& trace = {});

}  // namespace sim
