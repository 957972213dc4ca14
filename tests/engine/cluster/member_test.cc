#include "engine/cluster/member.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "engine/clock.h"
#include "engine/log/embedded_log.h"
#include "tests/support/simulated_disk.h"

namespace {

using namespace engine;

// A log that may tell the end of the assignments before it can be read, as Kafka does.
class EarlyEnds final : public Log {
 public:
  explicit EarlyEnds(Log& log) : log_(log) {}
  void tell_early(bool early) { early_ = early; }
  int told() const { return told_; }

  Result<> create_topic(const TopicSpec& spec) override { return log_.create_topic(spec); }
  std::optional<TopicSpec> topic(std::string_view name) const override { return log_.topic(name); }
  std::vector<TopicSpec> topics() const override { return log_.topics(); }
  Result<Bounds> bounds(const TopicPartition& at) const override {
    Bounds bounds = TRY(log_.bounds(at));
    if (early_ && at.topic == "assignment") {
      bounds.end = bounds.end + 1;
      ++told_;
    }
    return bounds;
  }
  Result<std::unique_ptr<Reader>> reader(const TopicPartition& at, Offset from) override {
    return log_.reader(at, from);
  }
  Result<std::unique_ptr<Writer>> writer(const std::string& id) override { return log_.writer(id); }
  Result<std::optional<Offset>> group_offset(const std::string& group, const TopicPartition& at) const override {
    return log_.group_offset(group, at);
  }
  std::uint64_t changes() const override { return log_.changes(); }
  void wait(std::uint64_t seen, Milliseconds timeout) override { log_.wait(seen, timeout); }

 private:
  Log& log_;
  std::atomic<bool> early_{false};
  mutable std::atomic<int> told_{0};
};

// Processes on one log and one clock; what they hold follows at once from what they are told.
class MemberTest : public testing::Test {
 protected:
  struct Process {
    std::unique_ptr<Member> member;
    bool sleeps = false;
    std::map<std::string, Role> roles;
  };

  MemberTest() {
    log_ = *EmbeddedLog::open(disk_, clock_, {.directory = "log"});
    for (const char* topic : {"control", "assignment"}) EXPECT_TRUE(log_->create_topic({.name = topic}));
  }

  void start(const std::string& process, const std::string& address = "", std::uint32_t standbys = 1,
             Log* log = nullptr) {
    Member::Options options;
    options.process = process;
    options.address = address.empty() ? process : address;
    options.control_topic = "control";
    options.assignment_topic = "assignment";
    options.standbys = standbys;
    for (int p = 0; p < 6; ++p) options.tasks.push_back({"t" + std::to_string(p), 1});
    auto& made = processes_[options.address];
    made.member = std::make_unique<Member>(log == nullptr ? *log_ : *log, options,
                                           [this](const std::string& notice) { notices_.push_back(notice); });
    ASSERT_TRUE(made.member->open());
  }

  static std::vector<Holding> holdings(const Process& process) {
    std::vector<Holding> all;
    for (const auto& [task, role] : process.roles) {
      if (role != Role::none) all.push_back({task, role, 0});
    }
    return all;
  }

  void tick(Process& process) {
    const auto done = process.member->tick(now_, holdings(process));
    if (!done) errors_.push_back(done.error());
    for (int p = 0; p < 6; ++p) {
      const std::string task = "t" + std::to_string(p);
      process.roles[task] = process.member->role(task);
    }
  }
  // After each tick of any process, no task has two owners that know of each other's reports.
  void run(Milliseconds time) {
    for (Milliseconds passed{0}; passed < time; passed += Milliseconds(50)) {
      now_ += Milliseconds(50);
      for (auto& [name, process] : processes_) {
        if (!process.sleeps) tick(process);
      }
    }
  }

  std::vector<std::string> owned(const std::string& address) {
    std::vector<std::string> all;
    for (const auto& [task, role] : processes_.at(address).roles) {
      if (role == Role::owner) all.push_back(task);
    }
    return all;
  }
  void expect_each_owned_once() {
    std::map<std::string, int> owners;
    for (const auto& [name, process] : processes_) {
      for (const std::string& task : owned(name)) ++owners[task];
    }
    EXPECT_EQ(owners.size(), 6u);
    for (const auto& [task, n] : owners) EXPECT_EQ(n, 1) << task;
  }

  support::SimulatedDisk disk_{1};
  SimulatedClock clock_{instant(1'700'000'000'000)};
  std::unique_ptr<EmbeddedLog> log_;
  Instant now_ = instant(1000);
  std::map<std::string, Process> processes_;
  std::vector<std::string> notices_;
  std::vector<Error> errors_;
};

TEST_F(MemberTest, TheFirstRunsAllAndOthersTakeTheirShare) {
  start("a");
  run(Milliseconds(500));
  EXPECT_EQ(owned("a").size(), 6u);
  start("b");
  start("c");
  run(Milliseconds(2000));
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(owned(name).size(), 2u) << name;
  expect_each_owned_once();
  EXPECT_TRUE(errors_.empty());
}

TEST_F(MemberTest, WhatWasReadBeforeAnEndThatCouldNotBeReadIsHeardAllTheSame) {
  EarlyEnds log(*log_);
  start("a");
  start("b", "", 1, &log);
  run(Milliseconds(2000));
  ASSERT_EQ(owned("b").size(), 3u);
  Process& b = processes_.at("b");
  b.sleeps = true;
  start("c");
  run(Milliseconds(2500));
  ASSERT_EQ(owned("b").size(), 3u);

  log.tell_early(true);
  std::atomic<bool> asking{false};
  std::jthread asks([&] {
    asking = true;
    asking.notify_one();
    EXPECT_TRUE(b.member->confirmed_role("t0"));
  });
  asking.wait(false);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // it has asked
  tick(b);
  EXPECT_GT(log.told(), 0);
  log.tell_early(false);
  b.sleeps = false;
  run(Milliseconds(1000));
  asks.join();
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(owned(name).size(), 2u) << name;
  expect_each_owned_once();
  EXPECT_TRUE(errors_.empty());
}

TEST_F(MemberTest, TheTasksOfWhoDiesAreTakenAfterTheSessionTimeoutAndNotBefore) {
  for (const char* name : {"a", "b", "c"}) start(name);
  run(Milliseconds(3000));
  for (const char* name : {"c", "a"}) {  // the leader is the second to die
    processes_.erase(name);
    run(Milliseconds(4000));
    std::size_t all = 0;
    for (const auto& [other, process] : processes_) all += owned(other).size();
    EXPECT_LT(all, 6u);
    run(Milliseconds(2000));
    expect_each_owned_once();
  }
  EXPECT_TRUE(errors_.empty());
}

TEST_F(MemberTest, WhoSleptGivesUpNobodyAndFindsItsTasksGone) {
  for (const char* name : {"a", "b", "c"}) start(name);
  run(Milliseconds(3000));
  processes_["a"].sleeps = true;
  run(Milliseconds(20000));
  const auto of_b = owned("b");
  const auto of_c = owned("c");
  EXPECT_EQ(of_b.size() + of_c.size(), 6u);
  notices_.clear();
  processes_["a"].sleeps = false;
  tick(processes_["a"]);
  EXPECT_TRUE(owned("a").empty()) << "it hears of the others before it goes on";
  run(Milliseconds(3000));
  expect_each_owned_once();
  EXPECT_EQ(owned("a").size(), 2u);
  for (const std::string& notice : notices_) EXPECT_EQ(notice.find("declared dead"), std::string::npos) << notice;
  EXPECT_TRUE(errors_.empty());
}

TEST_F(MemberTest, ATaskIsHandedOverOnlyWhenItsOwnerHasLetGo) {
  start("a");
  run(Milliseconds(500));
  start("b");
  // The first does not let go of anything.
  Process& stubborn = processes_["a"];
  for (int i = 0; i < 60; ++i) {
    now_ += Milliseconds(50);
    auto held = holdings(stubborn);
    for (Holding& holding : held) holding.role = Role::owner;
    ASSERT_TRUE(stubborn.member->tick(now_, held));
    tick(processes_["b"]);
    EXPECT_TRUE(owned("b").empty());
  }
  run(Milliseconds(2000));
  expect_each_owned_once();
  EXPECT_EQ(owned("b").size(), 3u);
}

TEST_F(MemberTest, WhoLeavesIsReplacedAtOnce) {
  for (const char* name : {"a", "b"}) start(name);
  run(Milliseconds(3000));
  ASSERT_TRUE(processes_["a"].member->leave());
  processes_.erase("a");
  run(Milliseconds(600));
  EXPECT_EQ(owned("b").size(), 6u);
}

TEST_F(MemberTest, ARestartedProcessHasItsTasksBackAtOnce) {
  for (const char* name : {"a", "b"}) start(name);
  run(Milliseconds(3000));
  const auto before = owned("b");
  processes_.erase("b");
  run(Milliseconds(1000));
  start("b", "b after a restart");
  now_ += Milliseconds(50);
  tick(processes_["b after a restart"]);
  EXPECT_EQ(owned("b after a restart"), before);
  run(Milliseconds(8000));
  expect_each_owned_once();
  EXPECT_EQ(owned("b after a restart"), before);
}

TEST_F(MemberTest, AnAssignmentToWhoIsGoneIsNone) {
  start("a");
  run(Milliseconds(500));
  EXPECT_TRUE(processes_["a"].member->assigned());
  processes_.erase("a");
  start("b");
  for (int i = 0; i < 80; ++i) {
    run(Milliseconds(50));
    EXPECT_FALSE(processes_["b"].member->assigned()) << "the first may only be slow";
  }
  run(Milliseconds(2000));
  EXPECT_TRUE(processes_["b"].member->assigned());
  EXPECT_EQ(owned("b").size(), 6u);
}

TEST_F(MemberTest, ACopyOfADataDirectoryIsRefused) {
  start("a", "first");
  run(Milliseconds(1000));
  start("a", "second");
  run(Milliseconds(1000));
  ASSERT_FALSE(errors_.empty());
  EXPECT_EQ(errors_.front().action, Action::fenced);
  EXPECT_NE(errors_.front().message.find("process-id"), std::string::npos) << errors_.front().message;
}

}  // namespace
