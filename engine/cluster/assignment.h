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

// What a process tells of itself.
struct Report {
  std::string process;  // identity, kept in the data directory
  std::string address;  // for people
  std::uint64_t number = 0;
  bool leaving = false;
  std::uint32_t standbys = 0;  // how many warm copies of each task it was asked to see to
  std::vector<Holding> holdings;

  const Holding* holding(std::string_view task) const;
};

struct Placement {
  std::string owner;  // identity of a process; empty = none can run it
  std::vector<std::string> standbys;
  bool operator==(const Placement&) const = default;
};

struct Assignment {
  std::string leader;  // who wrote it
  std::map<std::string, Placement> tasks;
  bool operator==(const Assignment&) const = default;

  Role role(std::string_view task, std::string_view process) const;
};

struct TaskWeight {
  std::string task;
  std::uint32_t weight = 1;
};

// A standby that lacks no more offsets of the schedule can take over within a moment.
inline constexpr std::int64_t kWarmLag = 64;

// The assignment that should follow `current`, from the last reports of the processes that live, by identity.
//
//   an owner that lives keeps its task; one that died or leaves gives it to its warmest standby, or else to the process
//   with the least to do; loads are levelled by moving tasks to standbys that are warm, and where there is none, by
//   warming one up; each task has as many standbys as the processes ask for, as far as there are processes
//
// A function of its arguments alone; given its own result and the reports that follow from it, it comes to rest.
Assignment plan(const std::vector<TaskWeight>& tasks, const std::map<std::string, Report>& live,
                const Assignment& current);

std::string encode(const Report& report);
std::string encode(const Assignment& assignment);
// Errors: invalid, with what is wrong.
Result<Report> decode_report(std::string_view json);
Result<Assignment> decode_assignment(std::string_view json);

}  // namespace engine
