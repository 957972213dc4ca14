#include "tests/sim/simulation.h"

#include <algorithm>

#include "engine/log/journal_check.h"

namespace sim {

void Simulation::on_disk_error(const Error& error) {
  if (error.action == Action::retry && rates_.no_writer > 0) return;
  if (!disk_.dead() && !full_) return fail(fmt::format("the log fails without a reason: {}", error.message));
  trace("the disk is {}: {}", full_ ? "full" : "dead", error.message);
  ++statistics_.crashes;
  reopen_all(sync_ && random_.coin());
}

void Simulation::stop() {
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

void Simulation::reopen_all(bool power_lost) {
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

void Simulation::open_log() {
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

void Simulation::heal() {
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

void Simulation::reopen_all_if_broken() {
  if (disk_.dead() || std::exchange(request_.failed, false)) return reopen_all(false);
  disk_.revive();
  disk_.set_capacity(std::nullopt);
  full_ = false;
}

void Simulation::run_until_quiet() {
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

void Simulation::finish() {
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

void Simulation::check() {
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

void Simulation::check_standby(Task& standby, Task& owner) {
  if (standby.chain() == owner.chain() && standby.state().digest() == owner.state().digest() &&
      world_->dump(standby.stage()) == world_->dump(owner.stage())) {
    return;
  }
  fail(fmt::format("the standby of {} is at step {} and differs from the owner at step {}", owner.name(),
                   standby.step().value, owner.step().value));
}

}  // namespace sim
