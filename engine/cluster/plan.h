#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/cluster/assignment.h"

namespace engine {

// The assignment that should follow `current`, from the last reports of the processes that live, by identity.
//
//   an owner that lives keeps its task; one that died or leaves gives it to its warmest standby, or else to the process
//   with the least to do; loads are levelled by moving tasks to standbys that are warm, and where there is none, by
//   warming one up; each task has as many standbys as the processes ask for, as far as there are processes
//
// A function of its arguments only; given its own result and the reports that follow from it, it comes to rest.
Assignment plan(const std::vector<TaskWeight>& tasks, const std::map<std::string, Report>& live,
                const Assignment& current);

}  // namespace engine
