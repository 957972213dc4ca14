#include "tests/sim/simulator.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/clock.h"
#include "engine/log/embedded_log.h"
#include "engine/log/journal_check.h"
#include "engine/output_audit.h"
#include "engine/state/memory_store.h"
#include "tests/sim/final_checks.h"
#include "tests/support/faulty_log.h"
#include "tests/support/late_log.h"
#include "tests/support/simulated_disk.h"

namespace sim {
namespace {

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

constexpr std::size_t kMachines = 3;
constexpr int kQuietRounds = 20000;  // within which everything must be idle once it is healed
const std::string kDirectory = "data/log";
const std::string kProducer = "producer";

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

// Whether a message names step `number`, or the next one, which does not follow.
bool names_step(const std::string& message, engine::StepNumber number) {
  constexpr std::string_view kStep = "step ";
  std::size_t at = message.find(kStep);
  while (at != std::string::npos && !std::isdigit(static_cast<unsigned char>(message[at + kStep.size()]))) {
    at = message.find(kStep, at + 1);
  }
  if (at == std::string::npos) return false;
  const std::int64_t named = std::stoll(message.substr(at + kStep.size()));
  return named == number.value || named == number.value + 1;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, const MakeWorld& make_world, const std::function<void(const std::string&)>& trace,
             std::optional<support::Late> late = std::nullopt)
      : random_(seed), disk_(random_.next()), trace_(trace), world_(make_world(random_)) {
    if (late) request_ = {.kind = *late, .before = random_.coin()};
    late_ = late.has_value();
    sync_ = random_.coin();
    const auto rate = [&] { return static_cast<unsigned>(std::array{0, 10, 100, 300}[random_.below(4)]); };
    rates_ = {.abort = rate(), .unknown = rate(), .retry = rate(), .no_writer = rate(), .unknown_end = rate()};
  }

  Outcome run() {
    set_up();
    const auto actions = random_.between(50, 500);
    const auto quiet = late_ ? random_.between(0, actions / 2) : actions;
    for (std::int64_t i = 0; i < actions && !failed(); ++i) {
      request_.armed = i >= quiet;
      act();
    }
    request_.armed = false;
    heal();
    if (!failed() && request_.struck) look_for_late_request();
    if (!failed() && (outcome_ == LateOutcome::nothing || outcome_ == LateOutcome::healed)) check();
    stop();
    return {failure_, statistics_, outcome_};
  }

 private:
  bool failed() const { return !failure_.empty(); }
  void fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
    trace("FAILED: {}", failure_);
  }
  template <class... Args>
  void trace(fmt::format_string<Args...> text, Args&&... args) {
    if (trace_) trace_(fmt::format(text, std::forward<Args>(args)...));
  }

  void set_up() {
    open_log();
    for (const auto& spec : world_->topics()) {
      if (const auto made = log_->create_topic(spec); !made) return fail(made.error().message);
    }
    for (const auto& make : world_->stages()) {
      const auto stage = make();
      const std::uint32_t partitions = log_->topic(stage->spec().schedule_topic)->partitions;
      for (std::uint32_t p = 0; p < partitions; ++p) {
        Slot slot{make, Partition{p}, {}, {}, nullptr, false};
        for (auto& contents : slot.disks) contents = std::make_shared<MemoryStore::Contents>();
        slots_.push_back(std::move(slot));
      }
    }
  }

  // ---- what may happen ----

  void act() {
    ++statistics_.actions;
    struct Choice {
      int weight;
      void (Simulation::*what)();
    };
    static constexpr std::array kChoices{
        Choice{220, &Simulation::produce},
        Choice{400, &Simulation::step},
        Choice{240, &Simulation::commit},
        Choice{80, &Simulation::checkpoint},
        Choice{80, &Simulation::move_clock},
        Choice{12, &Simulation::restart_task},
        Choice{6, &Simulation::crash_in_checkpoint},
        Choice{5, &Simulation::lose_store},
        Choice{16, &Simulation::take_over},
        Choice{60, &Simulation::follow},
        Choice{8, &Simulation::promote},
        Choice{5, &Simulation::kill},
        Choice{8, &Simulation::kill_within_writes},
        Choice{5, &Simulation::lose_power},
        Choice{4, &Simulation::fill_disk},
    };
    int total = 0;
    for (const Choice& choice : kChoices) total += choice.weight;
    auto at = static_cast<int>(random_.below(static_cast<std::uint64_t>(total)));
    for (const Choice& choice : kChoices) {
      at -= choice.weight;
      if (at < 0) return (this->*choice.what)();
    }
  }

  void produce() {
    engine::Transaction transaction{world_->produce(random_, clock_.now()), {}, {}};
    if (!producer_) {
      auto opened = faulty_->writer(kProducer);
      if (!opened) return on_disk_error(opened.error());
      producer_ = std::move(*opened);
    }
    for (const auto& record : transaction.records) produced_.insert(record.topic);
    const auto offsets = producer_->commit(transaction);
    if (offsets) {
      trace("produced {} records", transaction.records.size());
      statistics_.records += transaction.records.size();
      for (std::size_t i = 0; i < offsets->size(); ++i) {
        const auto& record = transaction.records[i];
        acknowledged_.push_back({{record.topic, record.partition}, (*offsets)[i], record});
      }
      return;
    }
    trace("a producer failed: {}", offsets.error().message);
    if (offsets.error().action == Action::unknown) producer_.reset();
    if (offsets.error().action == Action::fatal) on_disk_error(offsets.error());
  }

  void step() {
    if (const auto [slot, index] = pick(); slot != nullptr) step(*slot, index);
  }
  void commit() {
    if (const auto [slot, index] = pick(); slot != nullptr) commit(*slot, index);
  }
  void checkpoint() {
    if (const auto [slot, index] = pick(); slot != nullptr) checkpoint(*slot, index);
  }

  void move_clock() {
    const auto luck = random_.below(100);
    const std::int64_t by = luck < 70   ? random_.between(0, 3000)
                            : luck < 90 ? random_.between(0, 60000)
                            : luck < 95 ? random_.between(0, 7200000)
                                        : -random_.between(0, 20000);
    clock_.advance(Milliseconds(by));
    latest_ = std::max(latest_, clock_.now());
    trace("the clock moves by {} ms", by);
  }

  void restart_task() {
    const auto [slot, index] = pick();
    if (slot == nullptr) return;
    const std::size_t machine = slot->owners[index]->machine;
    trace("restart of {} on machine {}", name(*slot, index), machine);
    ++statistics_.crashes;
    slot->owners.erase(slot->owners.begin() + static_cast<std::ptrdiff_t>(index));
    open(*slot, machine);
  }

  // A checkpoint is old or new after a crash: written whole, or not at all.
  void crash_in_checkpoint() {
    const auto [slot, index] = pick();
    if (slot == nullptr) return;
    if (random_.coin() && !checkpoint(*slot, index)) return;
    trace("crash of {} in a checkpoint", name(*slot, index));
    ++statistics_.crashes;
    slot->owners.erase(slot->owners.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void lose_store() {
    const auto [slot, index] = pick();
    if (slot == nullptr) return;
    const std::size_t machine = slot->owners[index]->machine;
    trace("loss of the store of {} on machine {}", name(*slot, index), machine);
    ++statistics_.lost_stores;
    slot->owners.erase(slot->owners.begin() + static_cast<std::ptrdiff_t>(index));
    slot->disks[machine] = std::make_shared<MemoryStore::Contents>();
    open(*slot, machine);
  }

  // Another machine takes the task while its owner goes on, unaware.
  void take_over() {
    const auto [slot, index] = pick();
    if (slot == nullptr) return;
    const std::size_t machine = (slot->owners[index]->machine + 1 + random_.below(kMachines - 1)) % kMachines;
    std::erase_if(slot->owners, [&](const auto& owner) { return owner->machine == machine; });
    trace("machine {} takes over {}-{}", machine, stage_name(*slot), slot->partition.value);
    ++statistics_.takeovers;
    open(*slot, machine);
  }

  // A machine without an owner keeps a copy of the task warm.
  void follow() {
    Slot& slot = slots_[random_.below(slots_.size())];
    if (!slot.standby && !slot.stopped) open_standby(slot);
    if (slot.standby) follow(slot);
  }

  // The copy becomes the owner, while the owner goes on, unaware.
  void promote() {
    Slot& slot = slots_[random_.below(slots_.size())];
    if (!slot.standby) return;
    auto owner = std::move(slot.standby);
    trace("machine {} takes over {}-{} with its copy at step {}", owner->machine, stage_name(slot),
          slot.partition.value, owner->task->step().value);
    ++statistics_.takeovers;
    announce_rival(slot, *owner);
    const auto taken = owner->task->take_over();
    if (!taken) return on_error(slot, std::nullopt, taken.error());
    slot.owners.push_back(std::move(owner));
  }

  void kill() {
    trace("the process is killed");
    ++statistics_.crashes;
    reopen_all(false);
  }

  void kill_within_writes() {
    const std::uint64_t changes = 1 + random_.below(12);
    trace("the process will be killed in its change {} of the disk", changes);
    disk_.die_after(changes);
  }

  void lose_power() {
    if (!sync_) return;
    trace("power loss");
    ++statistics_.power_losses;
    reopen_all(true);
  }

  void fill_disk() {
    const std::uint64_t room = random_.below(2000);
    trace("the disk will be full after {} bytes", room);
    ++statistics_.full_disks;
    disk_.set_capacity(disk_.used() + room);
    full_ = true;
  }

  // ---- the tasks ----

  static std::string stage_name(const Slot& slot) { return slot.make_stage()->spec().name; }
  static std::string name(const Slot& slot, std::size_t index) {
    return fmt::format("{}@m{}", slot.owners[index]->task->name(), slot.owners[index]->machine);
  }

  // A live owner at random; opens one where there is none.
  std::pair<Slot*, std::size_t> pick() {
    Slot& slot = slots_[random_.below(slots_.size())];
    if (slot.owners.empty() && !slot.stopped) open(slot, random_.below(kMachines));
    if (slot.owners.empty()) return {nullptr, 0};
    return {&slot, random_.below(slot.owners.size())};
  }

  Task::Options random_options(std::size_t machine) {
    Task::Options options;
    options.step_records = static_cast<std::uint64_t>(random_.between(1, 50));
    options.fire_limit = static_cast<std::uint64_t>(random_.between(1, 5));
    options.drain_limit = static_cast<std::uint64_t>(random_.between(1, 5));
    // The clock stands still in a step: its time is over at once, or never.
    options.drain_time = Milliseconds(random_.coin() ? -1 : 50);
    options.drain_minimum = static_cast<std::uint64_t>(random_.between(0, 3));
    options.transaction_bytes = static_cast<std::size_t>(random_.between(64, 4000));
    options.read_bytes = static_cast<std::size_t>(random_.between(1, 4096));
    options.memory_bytes = static_cast<std::size_t>(random_.between(500, 20000));
    options.pending_steps = static_cast<std::size_t>(random_.between(1, 4));
    options.checkpoint_steps = static_cast<std::uint64_t>(random_.between(1, 20));
    options.checkpoint_interval = Milliseconds(random_.between(1000, 200000));
    options.behind_limit = Milliseconds(random_.between(0, 30000));
    options.owner = fmt::format("m{}", machine);
    return options;
  }

  std::unique_ptr<Owner> make_owner(Slot& slot, std::size_t machine) {
    auto owner = std::make_unique<Owner>();
    owner->machine = machine;
    owner->store = std::make_unique<MemoryStore>(slot.disks[machine]);
    Task::Options options = random_options(machine);
    options.owns = [known = owner.get()] { return known->owns; };
    owner->task = std::make_unique<Task>(slot.make_stage(), slot.partition, *late_log_, *owner->store, clock_,
                                         std::move(options));
    return owner;
  }

  void announce_rival(Slot& slot, Owner& owner) {
    for (const auto& rival : slot.owners) {
      rival->had_rivals = true;
      rival->owns = rival->owns && random_.coin();  // it may not have heard yet that the task was given away
    }
    owner.had_rivals = !slot.owners.empty();
  }

  void open_standby(Slot& slot) {
    const auto has_owner = [&](std::size_t machine) {
      return std::ranges::any_of(slot.owners, [&](const auto& owner) { return owner->machine == machine; });
    };
    const std::size_t machine = random_.below(kMachines);
    if (has_owner(machine)) return;
    auto standby = make_owner(slot, machine);
    const auto opened = standby->task->open(Task::Mode::standby);
    if (!opened) return on_error(slot, std::nullopt, opened.error());
    trace("machine {} follows {}-{} from step {} on", machine, stage_name(slot), slot.partition.value,
          standby->task->step().value);
    slot.standby = std::move(standby);
    ++statistics_.standbys;
  }

  // Returns whether anything was done.
  bool follow(Slot& slot) {
    const auto progress = slot.standby->task->follow();
    if (!progress) {
      slot.standby.reset();
      return on_error(slot, std::nullopt, progress.error()), true;
    }
    const auto written = slot.standby->task->checkpoint_next();
    if (!written) {
      slot.standby.reset();
      return on_error(slot, std::nullopt, written.error()), true;
    }
    return !progress->idle || *written;
  }

  void open(Slot& slot, std::size_t machine) {
    // A machine keeps one copy of a task.
    if (slot.standby && slot.standby->machine == machine) slot.standby.reset();
    auto owner = make_owner(slot, machine);
    announce_rival(slot, *owner);
    const auto opened = owner->task->open(Task::Mode::live);
    if (!opened) return on_error(slot, std::nullopt, opened.error());
    trace("opened {}@m{} at step {}", owner->task->name(), machine, owner->task->step().value);
    slot.owners.push_back(std::move(owner));
  }

  // These return whether anything was done.
  bool step(Slot& slot, std::size_t index) {
    const auto progress = slot.owners[index]->task->run_step();
    if (!progress) return on_error(slot, index, progress.error()), true;
    if (progress->stepped) {
      trace("{} takes step {} with {} records", name(slot, index), slot.owners[index]->task->step().value,
            progress->records);
    }
    return !progress->idle;
  }

  bool commit(Slot& slot, std::size_t index) {
    const auto done = slot.owners[index]->task->commit_next();
    if (!done && done.error().action == Action::retry && rates_.no_writer > 0 && random_.coin()) {
      trace("{} could not commit, and will ask again: {}", name(slot, index), done.error().message);
      return true;
    }
    if (!done) return on_error(slot, index, done.error()), true;
    if (*done) trace("{} commits", name(slot, index));
    return *done;
  }

  bool checkpoint(Slot& slot, std::size_t index) {
    const auto done = slot.owners[index]->task->checkpoint_next();
    if (!done) return on_error(slot, index, done.error()), true;
    if (*done) trace("{} writes a checkpoint", name(slot, index));
    if (*done) ++statistics_.checkpoints;
    return *done;
  }

  // Drops the owner that met the error, if the simulation has caused it; else the seed has failed.
  void on_error(Slot& slot, std::optional<std::size_t> index, const Error& error) {
    const std::string who =
        index ? name(slot, *index) : fmt::format("opening {}-{}", stage_name(slot), slot.partition.value);
    trace("{}: {} ({})", who, error.message, engine::name(error.action));
    if (error.action == Action::fatal) return on_disk_error(error);
    const bool rivals = index && slot.owners[*index]->had_rivals;
    if (index) slot.owners.erase(slot.owners.begin() + static_cast<std::ptrdiff_t>(*index));
    if (struck(slot) && late_error(slot, error)) return;
    if (error.action == Action::retry && rates_.no_writer > 0) return;
    if (error.action == Action::fenced && rivals) {
      ++statistics_.fenced;
      return;
    }
    fail(fmt::format("{}: {} ({})", who, error.message, engine::name(error.action)));
  }

  // ---- a late request ----

  bool struck(const Slot& slot) const {
    return request_.struck && request_.schedule.partition == slot.partition &&
           request_.schedule.topic == slot.make_stage()->spec().schedule_topic;
  }

  // Whether the late request may explain the error. When the log contradicts itself, the task stays stopped. Otherwise
  // it was a checkpoint that contradicts the log: it is dropped, as Runner does, and the next owner begins from the
  // logs.
  bool late_error(Slot& slot, const Error& error) {
    if (error.action == Action::fenced) return true;  // the record of a stranger is in the schedule
    if (error.action != Action::corrupt) return false;
    if (names_step(error.message, request_.step) && (request_.kind == support::Late::torn || replay_fails(slot))) {
      trace("the late request is found: {}", error.message);
      outcome_ = LateOutcome::by_task;
      slot.stopped = true;
      slot.owners.clear();
      slot.standby.reset();
      return true;
    }
    for (auto& contents : slot.disks) contents = std::make_shared<MemoryStore::Contents>();
    return true;
  }

  // Whether a replay from the logs alone fails, and names the step. Collects what its steps have written.
  bool replay_fails(Slot& slot, engine::OutputAudit* outputs = nullptr) {
    MemoryStore store(std::make_shared<MemoryStore::Contents>());
    Task::Options options;
    const std::string task = fmt::format("{}-{}", stage_name(slot), slot.partition.value);
    if (outputs != nullptr) {
      options.replayed_outputs = [&](engine::StepNumber step, const engine::OutgoingBatch& batch) {
        outputs->add(task, step, batch);
      };
    }
    Task replica(slot.make_stage(), slot.partition, *log_, store, clock_, std::move(options));
    const auto opened = replica.open(Task::Mode::replica);
    if (opened) return false;
    trace("replica of {}: {}", task, opened.error().message);
    if (struck(slot) && opened.error().action == Action::corrupt && names_step(opened.error().message, request_.step)) {
      return true;
    }
    fail(fmt::format("replica of {}: {}", task, opened.error().message));
    return false;
  }

  // What no task has found, a replay of all schedules and a look at the outputs finds; or nothing is wrong.
  void look_for_late_request() {
    trace("late request: {} at step {}", support::name(request_.kind), request_.step.value);
    // Its owner may not have gone on since, and may so be ahead of the log.
    for (Slot& slot : slots_) {
      if (!struck(slot)) continue;
      slot.owners.clear();
      slot.standby.reset();
    }
    run_until_quiet();
    if (failed() || outcome_ == LateOutcome::by_task) return;
    outcome_ = LateOutcome::healed;
    engine::OutputAudit outputs;
    std::vector<std::string> topics;
    for (Slot& slot : slots_) {
      if (replay_fails(slot, &outputs)) {
        outcome_ = LateOutcome::by_replay;
        return;
      }
      const auto stage = slot.make_stage();
      for (const std::string& topic : stage->spec().outputs) {
        if (!produced_.contains(topic) && std::ranges::find(topics, topic) == topics.end()) topics.push_back(topic);
      }
    }
    const auto differences = outputs.compare(*log_, topics);
    if (!differences) return fail(differences.error().message);
    for (const auto& difference : *differences) {
      trace("{}", difference.to_string());
      outcome_ = LateOutcome::by_replay;
    }
  }

  // ---- the log ----

  void on_disk_error(const Error& error) {
    if (error.action == Action::retry && rates_.no_writer > 0) return;
    if (!disk_.dead() && !full_) return fail(fmt::format("the log fails without a reason: {}", error.message));
    trace("the disk is {}: {}", full_ ? "full" : "dead", error.message);
    ++statistics_.crashes;
    reopen_all(sync_ && random_.coin());
  }

  void stop() {
    for (Slot& slot : slots_) {
      slot.owners.clear();
      slot.standby.reset();
    }
    producer_.reset();
    late_log_.reset();
    if (faulty_) statistics_.faults += faulty_->faults();
    faulty_.reset();
    log_.reset();
  }

  void reopen_all(bool power_lost) {
    stop();
    if (power_lost) {
      disk_.lose_power();
    } else {
      disk_.revive();
    }
    disk_.set_capacity(std::nullopt);
    full_ = false;
    open_log();
  }

  void open_log() {
    const EmbeddedLog::Options options{.directory = kDirectory,
                                       .sync = sync_,
                                       .accept_loss = false,
                                       .segment_bytes = static_cast<std::uint64_t>(random_.between(300, 20000))};
    // Sometimes the process dies again while it recovers.
    if (random_.per_mille(200)) disk_.die_after(1 + random_.below(4));
    auto opened = EmbeddedLog::open(disk_, clock_, options);
    if (!opened && disk_.dead()) {
      trace("killed while recovering");
      if (sync_ && random_.coin()) {
        disk_.lose_power();
      } else {
        disk_.revive();
      }
      opened = EmbeddedLog::open(disk_, clock_, options);
    }
    disk_.revive();
    if (!opened) {
      fail(fmt::format("the log cannot be opened again: {}", opened.error().message));
      opened = EmbeddedLog::open(spare_disk_, clock_, {.directory = kDirectory});
    }
    log_ = std::move(*opened);
    if (!log_->recovery_note().empty()) trace("reopened the log: {}", log_->recovery_note());
    faulty_ = std::make_unique<FaultyLog>(*log_, random_.next());
    faulty_->set_rates(rates_);
    late_log_ = std::make_unique<LateLog>(*faulty_, *log_, request_);
  }

  // ---- the end ----

  void heal() {
    if (failed()) return;
    trace("healed");
    rates_ = {};
    reopen_all_if_broken();
    for (Slot& slot : slots_) {
      for (const auto& owner : slot.owners) owner->owns = owner == slot.owners.back();
    }
    faulty_->set_rates(rates_);
    run_until_quiet();
    for (int i = 0; i < 2 && !failed(); ++i) {
      latest_ += world_->settle_time();
      clock_.set(latest_);
      run_until_quiet();
    }
    // An owner with rivals may not have noticed yet that it was replaced.
    for (Slot& slot : slots_) {
      if (std::ranges::any_of(slot.owners, [](const auto& owner) { return owner->had_rivals; })) slot.owners.clear();
    }
    run_until_quiet();
    if (random_.coin() && !request_.struck) finish();
  }

  void reopen_all_if_broken() {
    if (disk_.dead() || std::exchange(request_.failed, false)) return reopen_all(false);
    disk_.revive();
    disk_.set_capacity(std::nullopt);
    full_ = false;
  }

  void run_until_quiet() {
    for (int round = 0; round < kQuietRounds; ++round) {
      bool busy = false;
      for (Slot& slot : slots_) {
        if (slot.owners.empty() && !slot.stopped) {
          open(slot, random_.below(kMachines));
          busy = true;
        }
        for (const auto& what : {&Simulation::step_one, &Simulation::commit_one, &Simulation::checkpoint_one}) {
          for (std::size_t i = slot.owners.size(); i-- > 0;) {
            if (i < slot.owners.size() && (this->*what)(slot, i)) busy = true;
          }
        }
        if (slot.standby && follow(slot)) busy = true;
        if (failed()) return;
      }
      if (!busy) return;
    }
    fail(fmt::format("not idle after {} rounds", kQuietRounds));
  }
  bool step_one(Slot& slot, std::size_t index) { return step(slot, index); }
  bool commit_one(Slot& slot, std::size_t index) { return commit(slot, index); }
  bool checkpoint_one(Slot& slot, std::size_t index) { return checkpoint(slot, index); }

  // A clean stop and a start: nothing is replayed.
  void finish() {
    trace("clean stop");
    for (Slot& slot : slots_) {
      if (failed()) return;
      const std::size_t machine = slot.owners.front()->machine;
      if (const auto done = slot.owners.front()->task->finish(); !done) return fail(done.error().message);
      while (!failed() && commit(slot, 0)) {
      }
      while (!failed() && checkpoint(slot, 0)) {
      }
      if (failed()) return;
      const engine::StepNumber step = slot.owners.front()->task->step();
      slot.owners.clear();
      auto owner = make_owner(slot, machine);
      bool replayed = false;
      const auto opened =
          owner->task->open(Task::Mode::live, [&](const engine::Step&, std::int64_t) { replayed = true; });
      if (!opened) return fail(opened.error().message);
      if (replayed && step.value > 0) return fail("a step was replayed after a clean stop");
      slot.owners.push_back(std::move(owner));
    }
    run_until_quiet();
  }

  void check() {
    std::vector<Task*> tasks;
    for (Slot& slot : slots_) tasks.push_back(slot.owners.front()->task.get());
    for (Slot& slot : slots_) {
      if (!slot.standby) open_standby(slot);
      while (slot.standby && follow(slot)) {
      }
      if (failed()) return;
      if (slot.standby) check_standby(*slot.standby->task, *slot.owners.front()->task);
    }
    const auto judge = [&](std::string wrong) {
      if (!wrong.empty()) fail(std::move(wrong));
    };
    judge(check_acknowledged(*log_, acknowledged_));
    judge(check_schedules(*log_, *world_, produced_, statistics_.steps));
    judge(check_replicas(*log_, *world_, tasks));
    judge(world_->check(*log_, tasks));
    const auto journal = engine::verify_journal(disk_, kDirectory);
    if (!journal) return fail(journal.error().message);
    for (const auto& damage : journal->damages) judge(damage.what);
  }

  void check_standby(Task& standby, Task& owner) {
    if (standby.chain() == owner.chain() && standby.state().digest() == owner.state().digest() &&
        world_->dump(standby.stage()) == world_->dump(owner.stage())) {
      return;
    }
    fail(fmt::format("the standby of {} is at step {} and differs from the owner at step {}", owner.name(),
                     standby.step().value, owner.step().value));
  }

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

}  // namespace

Statistics& Statistics::operator+=(const Statistics& other) {
  actions += other.actions;
  records += other.records;
  steps += other.steps;
  checkpoints += other.checkpoints;
  crashes += other.crashes;
  power_losses += other.power_losses;
  full_disks += other.full_disks;
  lost_stores += other.lost_stores;
  takeovers += other.takeovers;
  standbys += other.standbys;
  fenced += other.fenced;
  faults += other.faults;
  return *this;
}

std::string Statistics::to_string() const {
  return fmt::format(
      "{} actions: {} records, {} steps, {} checkpoints, {} crashes, {} power losses, {} full disks, {} lost stores, "
      "{} takeovers, {} standbys, {} owners fenced, {} faults of the log",
      actions, records, steps, checkpoints, crashes, power_losses, full_disks, lost_stores, takeovers, standbys, fenced,
      faults);
}

Outcome simulate(std::uint64_t seed, const MakeWorld& make_world,
                 const std::function<void(const std::string&)>& trace) {
  return Simulation(seed, make_world, trace).run();
}

Outcome simulate_late(std::uint64_t seed, const MakeWorld& make_world, support::Late kind,
                      const std::function<void(const std::string&)>& trace) {
  return Simulation(seed, make_world, trace, kind).run();
}

}  // namespace sim
