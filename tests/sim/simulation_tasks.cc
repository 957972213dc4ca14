#include "tests/sim/simulation.h"

#include <algorithm>

namespace sim {

std::string Simulation::name(const Slot& slot, std::size_t index) {
  return fmt::format("{}@m{}", slot.owners[index]->task->name(), slot.owners[index]->machine);
}

std::pair<Slot*, std::size_t> Simulation::pick() {
  Slot& slot = slots_[random_.below(slots_.size())];
  if (slot.owners.empty() && !slot.stopped) open(slot, random_.below(kMachines));
  if (slot.owners.empty()) return {nullptr, 0};
  return {&slot, random_.below(slot.owners.size())};
}

Task::Options Simulation::random_options(std::size_t machine) {
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

std::unique_ptr<Owner> Simulation::make_owner(Slot& slot, std::size_t machine) {
  auto owner = std::make_unique<Owner>();
  owner->machine = machine;
  owner->store = std::make_unique<MemoryStore>(slot.disks[machine]);
  Task::Options options = random_options(machine);
  options.owns = [known = owner.get()] { return known->owns; };
  owner->task =
      std::make_unique<Task>(slot.make_stage(), slot.partition, *late_log_, *owner->store, clock_, std::move(options));
  return owner;
}

void Simulation::announce_rival(Slot& slot, Owner& owner) {
  for (const auto& rival : slot.owners) {
    rival->had_rivals = true;
    rival->owns = rival->owns && random_.coin();  // it may not have heard yet that the task was given away
  }
  owner.had_rivals = !slot.owners.empty();
}

void Simulation::open_standby(Slot& slot) {
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

bool Simulation::follow(Slot& slot) {
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

void Simulation::open(Slot& slot, std::size_t machine) {
  // A machine keeps one copy of a task.
  if (slot.standby && slot.standby->machine == machine) slot.standby.reset();
  auto owner = make_owner(slot, machine);
  announce_rival(slot, *owner);
  const auto opened = owner->task->open(Task::Mode::live);
  if (!opened) return on_error(slot, std::nullopt, opened.error());
  trace("opened {}@m{} at step {}", owner->task->name(), machine, owner->task->step().value);
  slot.owners.push_back(std::move(owner));
}

bool Simulation::step(Slot& slot, std::size_t index) {
  const auto progress = slot.owners[index]->task->run_step();
  if (!progress) return on_error(slot, index, progress.error()), true;
  if (progress->stepped) {
    trace("{} takes step {} with {} records", name(slot, index), slot.owners[index]->task->step().value,
          progress->records);
  }
  return !progress->idle;
}

bool Simulation::commit(Slot& slot, std::size_t index) {
  const auto done = slot.owners[index]->task->commit_next();
  if (!done && done.error().action == Action::retry && rates_.no_writer > 0 && random_.coin()) {
    trace("{} could not commit, and will ask again: {}", name(slot, index), done.error().message);
    return true;
  }
  if (!done) return on_error(slot, index, done.error()), true;
  if (*done) trace("{} commits", name(slot, index));
  return *done;
}

bool Simulation::checkpoint(Slot& slot, std::size_t index) {
  const auto done = slot.owners[index]->task->checkpoint_next();
  if (!done) return on_error(slot, index, done.error()), true;
  if (*done) trace("{} writes a checkpoint", name(slot, index));
  if (*done) ++statistics_.checkpoints;
  return *done;
}

void Simulation::on_error(Slot& slot, std::optional<std::size_t> index, const Error& error) {
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

}  // namespace sim
