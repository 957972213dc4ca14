#include "engine/cluster/assignment.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "engine/cluster/assignment_json.h"
#include "engine/cluster/plan.h"

namespace {

using namespace engine;

// Processes that do what the assignment says: owners hold at once, standbys are cold in one round and warm in the next.
class Fleet {
 public:
  explicit Fleet(std::vector<TaskWeight> tasks) : tasks_(std::move(tasks)) {}

  void join(const std::string& process, std::uint32_t standbys = 0) {
    live_[process] = {
        .process = process, .address = "", .number = 0, .leaving = false, .standbys = standbys, .holdings = {}};
  }
  void die(const std::string& process) { live_.erase(process); }
  void leave(const std::string& process) { live_.at(process).leaving = true; }

  // Returns whether anything changed.
  bool round() {
    const Assignment next = plan(tasks_, live_, assignment_);
    bool changed = next != assignment_;
    assignment_ = next;
    for (auto& [process, report] : live_) {
      std::vector<Holding> holdings;
      for (const TaskWeight& task : tasks_) {
        const Role role = assignment_.role(task.task, process);
        if (role == Role::none) continue;
        const Holding* before = report.holding(task.task);
        const std::int64_t lag = role == Role::owner || before != nullptr ? 0 : 1'000'000;
        holdings.push_back({task.task, role, lag});
      }
      const std::string before = encode(report);
      report.holdings = std::move(holdings);
      changed = changed || encode(report) != before;
    }
    return changed;
  }
  // Returns how many rounds it took to come to rest.
  int rest() {
    int rounds = 0;
    while (round()) {
      ++rounds;
      if (rounds > 200) return rounds;
    }
    return rounds;
  }

  std::uint64_t load(const std::string& process) const {
    std::uint64_t sum = 0;
    for (const TaskWeight& task : tasks_) {
      if (assignment_.role(task.task, process) == Role::owner) sum += task.weight;
    }
    return sum;
  }
  const Assignment& assignment() const { return assignment_; }
  const std::map<std::string, Report>& live() const { return live_; }
  const std::vector<TaskWeight>& tasks() const { return tasks_; }

 private:
  std::vector<TaskWeight> tasks_;
  std::map<std::string, Report> live_;
  Assignment assignment_;
};

std::vector<TaskWeight> town(int partitions) {
  std::vector<TaskWeight> tasks;
  for (int p = 0; p < partitions; ++p) tasks.push_back({"cases-" + std::to_string(p), 8});
  tasks.push_back({"areas-0", 1});
  return tasks;
}

std::map<std::string, std::string> owners(const Assignment& assignment) {
  std::map<std::string, std::string> all;
  for (const auto& [task, placement] : assignment.tasks) all[task] = placement.owner;
  return all;
}

TEST(Assignment, OneProcessRunsAllTasks) {
  Fleet fleet(town(4));
  fleet.join("a");
  EXPECT_EQ(fleet.rest(), 1);
  EXPECT_EQ(fleet.load("a"), 33u);
}

TEST(Assignment, WithNobodyThereEachTaskWaits) {
  EXPECT_EQ(plan(town(1), {}, {}).tasks.at("cases-0"), Placement{});
}

TEST(Assignment, AnOwnerKeepsItsTaskUntilAnotherIsWarm) {
  Fleet fleet(town(2));
  fleet.join("a");
  fleet.rest();
  fleet.join("b");
  fleet.round();
  EXPECT_EQ(fleet.load("a"), 17u) << "it runs all while the other warms up";
  EXPECT_EQ(fleet.load("b"), 0u);
  fleet.rest();
  EXPECT_EQ(fleet.load("a") + fleet.load("b"), 17u);
  EXPECT_GE(fleet.load("b"), 8u);
  for (const auto& [task, placement] : fleet.assignment().tasks) EXPECT_TRUE(placement.standbys.empty()) << task;
}

TEST(Assignment, ADeadOwnersTaskGoesToItsStandby) {
  Fleet fleet(town(4));
  for (const char* process : {"a", "b", "c"}) fleet.join(process, 1);
  fleet.rest();
  const auto before = fleet.assignment();
  fleet.die("b");
  fleet.round();
  for (const auto& [task, placement] : before.tasks) {
    if (placement.owner == "b") {
      EXPECT_EQ(fleet.assignment().tasks.at(task).owner, placement.standbys.at(0)) << task;
    }
  }
}

TEST(Assignment, WhoLeavesOwnsNothing) {
  Fleet fleet(town(4));
  fleet.join("a");
  fleet.join("b");
  fleet.rest();
  fleet.leave("a");
  fleet.rest();
  EXPECT_EQ(fleet.load("a"), 0u);
  EXPECT_EQ(fleet.load("b"), 33u);
}

TEST(Assignment, ARestartThatNobodyNoticedChangesNothing) {
  Fleet fleet(town(4));
  for (const char* process : {"a", "b", "c"}) fleet.join(process);
  fleet.rest();
  const auto before = owners(fleet.assignment());
  fleet.join("b");  // with empty hands
  fleet.rest();
  EXPECT_EQ(owners(fleet.assignment()), before);
}

RC_GTEST_PROP(Assignment, ComesToRestLevelAndComplete, ()) {
  Fleet fleet(town(*rc::gen::inRange(1, 17)));
  const auto wished = *rc::gen::inRange<std::uint32_t>(0, 4);
  const std::vector<std::string> names{"a", "b", "c", "d", "e"};
  fleet.join("a", wished);
  const auto changes = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(0, 6)));
  for (const auto& [which, rounds] : changes) {
    const std::string& name = names[static_cast<std::size_t>(which)];
    if (!fleet.live().contains(name)) {
      fleet.join(name, wished);
    } else if (fleet.live().size() > 1) {
      fleet.die(name);
    }
    for (int i = 0; i < rounds; ++i) fleet.round();
  }
  RC_ASSERT(fleet.rest() <= 100);
  std::uint64_t most = 0;
  std::uint64_t least = UINT64_MAX;
  for (const auto& [process, report] : fleet.live()) {
    most = std::max(most, fleet.load(process));
    least = std::min(least, fleet.load(process));
  }
  RC_ASSERT(most - least <= 8u);
  for (const auto& [task, placement] : fleet.assignment().tasks) {
    RC_ASSERT(fleet.live().contains(placement.owner));
    RC_ASSERT(placement.standbys.size() == std::min<std::size_t>(wished, fleet.live().size() - 1));
    std::set<std::string> all(placement.standbys.begin(), placement.standbys.end());
    all.insert(placement.owner);
    RC_ASSERT(all.size() == placement.standbys.size() + 1);
  }
}

TEST(Assignment, RecordsAreReadAsTheyWereWritten) {
  const Report report{.process = "0a1b",
                      .address = "host \"x\" pid 7",
                      .number = 12,
                      .leaving = true,
                      .standbys = 2,
                      .holdings = {{"cases-0", Role::owner, 0}, {"cases-1", Role::standby, 77}}};
  const auto read = decode_report(encode(report));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->process, "0a1b");
  EXPECT_EQ(read->address, report.address);
  EXPECT_EQ(read->number, 12u);
  EXPECT_TRUE(read->leaving);
  EXPECT_EQ(read->standbys, 2u);
  ASSERT_EQ(read->holdings.size(), 2u);
  EXPECT_EQ(read->holding("cases-1")->role, Role::standby);
  EXPECT_EQ(read->holding("cases-1")->lag, 77);

  const Assignment assignment{.leader = "a", .tasks = {{"cases-0", {"a", {"b", "c"}}}, {"areas-0", {"", {}}}}};
  EXPECT_EQ(*decode_assignment(encode(assignment)), assignment);
  for (const char* text : {"", "{}", "[]", R"({"leader":1,"tasks":{}})", R"({"leader":"a","tasks":{"t":{}}})"}) {
    const auto refused = decode_assignment(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().action, Action::invalid);
  }
}

}  // namespace
