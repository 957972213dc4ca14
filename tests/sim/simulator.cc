#include "tests/sim/simulator.h"

#include <fmt/format.h>

#include "tests/sim/simulation.h"

namespace sim {

Simulation::Simulation(std::uint64_t seed, const MakeWorld& make_world,
                       const std::function<void(const std::string&)>& trace, std::optional<support::Late> late)
    : random_(seed), disk_(random_.next()), trace_(trace), world_(make_world(random_)) {
  if (late) request_ = {.kind = *late, .before = random_.coin()};
  late_ = late.has_value();
  sync_ = random_.coin();
  const auto rate = [&] { return static_cast<unsigned>(std::array{0, 10, 100, 300}[random_.below(4)]); };
  rates_ = {.abort = rate(), .unknown = rate(), .retry = rate(), .no_writer = rate(), .unknown_end = rate()};
}

Outcome Simulation::run() {
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

void Simulation::fail(std::string what) {
  if (failure_.empty()) failure_ = std::move(what);
  trace("FAILED: {}", failure_);
}

void Simulation::set_up() {
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
