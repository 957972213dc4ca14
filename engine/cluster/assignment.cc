#include "engine/cluster/assignment.h"

#include <algorithm>

namespace engine {

const Holding* Report::holding(std::string_view task) const {
  const auto found = std::ranges::find(holdings, task, &Holding::task);
  return found == holdings.end() ? nullptr : &*found;
}

Role Assignment::role(std::string_view task, std::string_view process) const {
  const auto found = tasks.find(std::string(task));
  if (found == tasks.end()) return Role::none;
  if (found->second.owner == process) return Role::owner;
  return std::ranges::find(found->second.standbys, process) == found->second.standbys.end() ? Role::none
                                                                                            : Role::standby;
}

}  // namespace engine
