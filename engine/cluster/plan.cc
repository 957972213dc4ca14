#include "engine/cluster/plan.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace engine {

namespace {

// One assignment in the making.
class Plan {
 public:
  Plan(const std::map<std::string, Report>& live, const Assignment& current) : live_(live), current_(current) {
    for (const auto& [process, report] : live) {
      if (report.leaving) continue;
      loads_[process] = 0;
      wished_ = std::max<std::size_t>(wished_, report.standbys);
    }
  }

  void keep(const TaskWeight& task) {
    const auto known = current_.tasks.find(task.task);
    if (known == current_.tasks.end()) return;
    const auto load = loads_.find(known->second.owner);
    if (load == loads_.end()) return;
    next_.tasks[task.task].owner = load->first;
    load->second += task.weight;
  }

  // Gives a task that has no owner to the process that is nearest to running it.
  void place(const TaskWeight& task) {
    Placement& placement = next_.tasks[task.task];
    if (!placement.owner.empty() || loads_.empty()) return;
    const auto nearest = std::ranges::min_element(
        loads_, {}, [&](const auto& load) { return std::tuple(lag(task.task, load.first), load.second, load.first); });
    placement.owner = nearest->first;
    nearest->second += task.weight;
  }

  // Levels the loads. What has to be warmed up first counts as moved meanwhile, so that no second task is warmed up in
  // its place.
  void level(const std::vector<TaskWeight>& tasks) {
    std::set<std::string> moving;
    while (loads_.size() > 1) {
      const auto by_load = [](const auto& load) { return std::pair(load.second, load.first); };
      const auto least = std::ranges::min_element(loads_, {}, by_load);
      const TaskWeight* best = nullptr;
      std::tuple<std::uint64_t, std::int64_t> best_rank;
      for (const TaskWeight& task : tasks) {
        const std::string& owner = next_.tasks[task.task].owner;
        if (moving.contains(task.task) || owner == least->first) continue;
        if (least->second + task.weight >= loads_[owner]) continue;  // would only turn the scales
        const std::tuple rank{UINT64_MAX - loads_[owner], lag(task.task, least->first)};
        if (best == nullptr || rank < best_rank) {
          best = &task;
          best_rank = rank;
        }
      }
      if (best == nullptr) return;
      Placement& placement = next_.tasks[best->task];
      loads_[placement.owner] -= best->weight;
      least->second += best->weight;
      moving.insert(best->task);
      if (lag(best->task, least->first) <= kWarmLag) {
        placement.owner = least->first;
      } else {
        warming_[best->task] = least->first;
      }
    }
  }

  void add_standbys(const TaskWeight& task) {
    Placement& placement = next_.tasks[task.task];
    const auto add = [&](const std::string& process) {
      if (process == placement.owner || !loads_.contains(process)) return;
      if (std::ranges::find(placement.standbys, process) != placement.standbys.end()) return;
      placement.standbys.push_back(process);
      standby_loads_[process] += task.weight;
    };
    // One that is warmed up to become the owner does not replace a copy that is warm.
    std::size_t wanted = wished_;
    if (const auto warming = warming_.find(task.task); warming != warming_.end()) {
      add(warming->second);
      ++wanted;
    }
    if (const auto known = current_.tasks.find(task.task); known != current_.tasks.end()) {
      for (const std::string& process : known->second.standbys) {
        if (placement.standbys.size() < wanted) add(process);
      }
      if (placement.standbys.size() < wanted) add(known->second.owner);
    }
    while (!loads_.empty() && placement.standbys.size() < std::min(wanted, loads_.size() - 1)) {
      const std::string* least = nullptr;
      for (const auto& [process, load] : loads_) {
        if (process == placement.owner) continue;
        if (std::ranges::find(placement.standbys, process) != placement.standbys.end()) continue;
        if (least == nullptr || standby_loads_[process] < standby_loads_[*least]) least = &process;
      }
      add(*least);
    }
    std::ranges::sort(placement.standbys);
  }

  Assignment take() { return std::move(next_); }

 private:
  // Of the process's copy of the task; endless when it has none.
  std::int64_t lag(std::string_view task, const std::string& process) const {
    const Holding* holding = live_.at(process).holding(task);
    if (holding == nullptr || holding->role == Role::none) return INT64_MAX;
    return holding->role == Role::owner ? 0 : holding->lag;
  }

  const std::map<std::string, Report>& live_;
  const Assignment& current_;
  Assignment next_;
  std::size_t wished_ = 0;
  std::map<std::string, std::uint64_t> loads_;  // of the processes that stay
  std::map<std::string, std::uint64_t> standby_loads_;
  std::map<std::string, std::string> warming_;  // task -> process
};

}  // namespace

Assignment plan(const std::vector<TaskWeight>& tasks, const std::map<std::string, Report>& live,
                const Assignment& current) {
  std::vector<TaskWeight> sorted = tasks;  // the heaviest first
  std::ranges::sort(sorted, {},
                    [](const TaskWeight& task) { return std::pair(-std::int64_t{task.weight}, task.task); });
  Plan plan(live, current);
  for (const TaskWeight& task : sorted) plan.keep(task);
  for (const TaskWeight& task : sorted) plan.place(task);
  plan.level(sorted);
  for (const TaskWeight& task : sorted) plan.add_standbys(task);
  return plan.take();
}

}  // namespace engine
