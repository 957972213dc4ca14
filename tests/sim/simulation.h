#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/clock.h"
#include "engine/log/embedded_log.h"
#include "engine/output_audit.h"
#include "engine/state/memory_store.h"
#include "tests/sim/final_checks.h"
#include "tests/sim/simulator.h"
#include "tests/support/faulty_log.h"
#include "tests/support/late_log.h"
#include "tests/support/simulated_disk.h"

// One seed of the simulator. simulation_actions.cc holds what may happen, simulation_tasks.cc the owners and standbys,
// simulation_late.cc requests that come late, simulation_end.cc how a seed is healed and checked.

namespace sim {

using engine::Action;
using engine::EmbeddedLog;
using engine::Error;
using engine::instant;
using engine::MemoryStore;
using engine::Milliseconds;
using engine::Partition;
using engine::Task;
using support::FaultRates;
using support::FaultyLog;
using support::LateLog;
using support::LateRequest;
using support::SimulatedDisk;

inline constexpr std::size_t kMachines = 3;
inline constexpr int kQuietRounds = 20000;  // within which everything must be idle once it is healed
inline const std::string kDirectory = "data/log";
inline const std::string kProducer = "producer";

// A process's hold on a task: it may have been replaced without knowing it yet.
struct Owner {
  std::size_t machine = 0;
  bool had_rivals = false;  // another owner was there at the same time: it may find itself fenced
  bool owns = true;         // what it knows of the assignment
  std::unique_ptr<MemoryStore> store;
  std::unique_ptr<Task> task;
};

struct Slot {
  World::MakeStage make_stage;
  Partition partition;
  std::array<std::shared_ptr<MemoryStore::Contents>, kMachines> disks;
  std::vector<std::unique_ptr<Owner>> owners;  // the one opened last is the last
  std::unique_ptr<Owner> standby;              // on a machine without an owner
  bool stopped = false;                        // for good, as a late request was found
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const MakeWorld& make_world, const std::function<void(const std::string&)>& trace,
             std::optional<support::Late> late = std::nullopt);

  Outcome run();

 private:
  bool failed() const { return !failure_.empty(); }
  void fail(std::string what);
  template <class... Args>
  void trace(fmt::format_string<Args...> text, Args&&... args) {
    if (trace_) trace_(fmt::format(text, std::forward<Args>(args)...));
  }

  void set_up();

  // ---- what may happen ----

  void act();

  void produce();

  void step();
  void commit();
  void checkpoint();

  void move_clock();

  void restart_task();

  // A checkpoint is old or new after a crash: written whole, or not at all.
  void crash_in_checkpoint();

  void lose_store();

  // Another machine takes the task while its owner goes on, unaware.
  void take_over();

  // A machine without an owner keeps a copy of the task warm.
  void follow();

  // The copy becomes the owner, while the owner goes on, unaware.
  void promote();

  void kill();

  void kill_within_writes();

  void lose_power();

  void fill_disk();

  // ---- the tasks ----

  static std::string stage_name(const Slot& slot) { return slot.make_stage()->spec().name; }
  static std::string name(const Slot& slot, std::size_t index);

  // A live owner at random; opens one where there is none.
  std::pair<Slot*, std::size_t> pick();

  Task::Options random_options(std::size_t machine);

  std::unique_ptr<Owner> make_owner(Slot& slot, std::size_t machine);

  void announce_rival(Slot& slot, Owner& owner);

  void open_standby(Slot& slot);

  // Returns whether anything was done.
  bool follow(Slot& slot);

  void open(Slot& slot, std::size_t machine);

  // These return whether anything was done.
  bool step(Slot& slot, std::size_t index);

  bool commit(Slot& slot, std::size_t index);

  bool checkpoint(Slot& slot, std::size_t index);

  // Drops the owner that met the error, if the simulation has caused it; else the seed has failed.
  void on_error(Slot& slot, std::optional<std::size_t> index, const Error& error);

  // ---- a late request ----

  bool struck(const Slot& slot) const;

  // Whether the late request may explain the error. When the log contradicts itself, the task stays stopped. Otherwise
  // it was a checkpoint that contradicts the log: it is dropped, as Runner does, and the next owner begins from the
  // logs.
  bool late_error(Slot& slot, const Error& error);

  // Whether a replay from the logs alone fails, and names the step. Collects what its steps have written.
  bool replay_fails(Slot& slot, engine::OutputAudit* outputs = nullptr);

  // What no task has found, a replay of all schedules and a look at the outputs finds; or nothing is wrong.
  void look_for_late_request();

  // ---- the log ----

  void on_disk_error(const Error& error);

  void stop();

  void reopen_all(bool power_lost);

  void open_log();

  // ---- the end ----

  void heal();

  void reopen_all_if_broken();

  void run_until_quiet();
  bool step_one(Slot& slot, std::size_t index) { return step(slot, index); }
  bool commit_one(Slot& slot, std::size_t index) { return commit(slot, index); }
  bool checkpoint_one(Slot& slot, std::size_t index) { return checkpoint(slot, index); }

  // A clean stop and a start: nothing is replayed.
  void finish();

  void check();

  void check_standby(Task& standby, Task& owner);

  Random random_;
  SimulatedDisk disk_;
  SimulatedDisk spare_disk_{0};  // so that a failed seed has a log to stop with
  engine::SimulatedClock clock_{instant(1'700'000'000'000)};
  engine::Instant latest_ = instant(1'700'000'000'000);  // that the clock has shown
  const std::function<void(const std::string&)>& trace_;
  std::unique_ptr<World> world_;
  bool sync_ = false;
  bool full_ = false;
  FaultRates rates_;
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<FaultyLog> faulty_;
  LateRequest request_;
  bool late_ = false;
  LateOutcome outcome_ = LateOutcome::nothing;
  std::unique_ptr<LateLog> late_log_;
  std::unique_ptr<engine::Writer> producer_;
  std::vector<Slot> slots_;
  std::vector<Acknowledged> acknowledged_;
  std::set<std::string> produced_;
  Statistics statistics_;
  std::string failure_;
};

}  // namespace sim
