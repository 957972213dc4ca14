#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

// Which process runs which task. Fencing gives safety whatever stands here; an assignment only keeps tasks running.
//
//   control      one record every half second by each process: what it holds, and how far it is (Report)
//   assignment   written by the leader, when it changes: task -> owner and standbys (Assignment)
//
// Both are JSON, so that `kcat` shows them.

namespace engine {

enum class Role : std::uint8_t {
  none,
  standby,  // replays the task's schedule as it grows
  owner,    // takes the task's steps
};

// A task that a process holds.
struct Holding {
  std::string task;
  Role role = Role::none;
  std::int64_t lag = 0;  // of a standby: offsets of the schedule that it has not replayed
};

// What a process reports about itself.
struct Report {
  std::string process;  // identity, kept in the data directory
  std::string address;  // for people
  std::uint64_t number = 0;
  bool leaving = false;
  std::uint32_t standbys = 0;  // how many standbys of each task it is configured to ask for
  std::vector<Holding> holdings;

  const Holding* holding(std::string_view task) const;
};

struct Placement {
  std::string owner;  // identity of a process; empty = none can run it
  std::vector<std::string> standbys;
  bool operator==(const Placement&) const = default;
};

struct Assignment {
  std::string leader;  // the process that wrote it
  std::map<std::string, Placement> tasks;
  bool operator==(const Assignment&) const = default;

  Role role(std::string_view task, std::string_view process) const;
};

struct TaskWeight {
  std::string task;
  std::uint32_t weight = 1;
};

// A standby that lags by at most this many offsets of the schedule can take over immediately.
inline constexpr std::int64_t kWarmLag = 64;

}  // namespace engine
