#include "tests/sim/simulation.h"

#include <algorithm>

namespace sim {

void Simulation::act() {
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

void Simulation::produce() {
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

void Simulation::step() {
  if (const auto [slot, index] = pick(); slot != nullptr) step(*slot, index);
}

void Simulation::commit() {
  if (const auto [slot, index] = pick(); slot != nullptr) commit(*slot, index);
}

void Simulation::checkpoint() {
  if (const auto [slot, index] = pick(); slot != nullptr) checkpoint(*slot, index);
}

void Simulation::move_clock() {
  const auto luck = random_.below(100);
  const std::int64_t by = luck < 70   ? random_.between(0, 3000)
                          : luck < 90 ? random_.between(0, 60000)
                          : luck < 95 ? random_.between(0, 7200000)
                                      : -random_.between(0, 20000);
  clock_.advance(Milliseconds(by));
  latest_ = std::max(latest_, clock_.now());
  trace("the clock moves by {} ms", by);
}

void Simulation::restart_task() {
  const auto [slot, index] = pick();
  if (slot == nullptr) return;
  const std::size_t machine = slot->owners[index]->machine;
  trace("restart of {} on machine {}", name(*slot, index), machine);
  ++statistics_.crashes;
  slot->owners.erase(slot->owners.begin() + static_cast<std::ptrdiff_t>(index));
  open(*slot, machine);
}

void Simulation::crash_in_checkpoint() {
  const auto [slot, index] = pick();
  if (slot == nullptr) return;
  if (random_.coin() && !checkpoint(*slot, index)) return;
  trace("crash of {} in a checkpoint", name(*slot, index));
  ++statistics_.crashes;
  slot->owners.erase(slot->owners.begin() + static_cast<std::ptrdiff_t>(index));
}

void Simulation::lose_store() {
  const auto [slot, index] = pick();
  if (slot == nullptr) return;
  const std::size_t machine = slot->owners[index]->machine;
  trace("loss of the store of {} on machine {}", name(*slot, index), machine);
  ++statistics_.lost_stores;
  slot->owners.erase(slot->owners.begin() + static_cast<std::ptrdiff_t>(index));
  slot->disks[machine] = std::make_shared<MemoryStore::Contents>();
  open(*slot, machine);
}

void Simulation::take_over() {
  const auto [slot, index] = pick();
  if (slot == nullptr) return;
  const std::size_t machine = (slot->owners[index]->machine + 1 + random_.below(kMachines - 1)) % kMachines;
  std::erase_if(slot->owners, [&](const auto& owner) { return owner->machine == machine; });
  trace("machine {} takes over {}-{}", machine, stage_name(*slot), slot->partition.value);
  ++statistics_.takeovers;
  open(*slot, machine);
}

void Simulation::follow() {
  Slot& slot = slots_[random_.below(slots_.size())];
  if (!slot.standby && !slot.stopped) open_standby(slot);
  if (slot.standby) follow(slot);
}

void Simulation::promote() {
  Slot& slot = slots_[random_.below(slots_.size())];
  if (!slot.standby) return;
  auto owner = std::move(slot.standby);
  trace("machine {} takes over {}-{} with its copy at step {}", owner->machine, stage_name(slot), slot.partition.value,
        owner->task->step().value);
  ++statistics_.takeovers;
  announce_rival(slot, *owner);
  const auto taken = owner->task->take_over();
  if (!taken) return on_error(slot, std::nullopt, taken.error());
  slot.owners.push_back(std::move(owner));
}

void Simulation::kill() {
  trace("the process is killed");
  ++statistics_.crashes;
  reopen_all(false);
}

void Simulation::kill_within_writes() {
  const std::uint64_t changes = 1 + random_.below(12);
  trace("the process will be killed in its change {} of the disk", changes);
  disk_.die_after(changes);
}

void Simulation::lose_power() {
  if (!sync_) return;
  trace("power loss");
  ++statistics_.power_losses;
  reopen_all(true);
}

void Simulation::fill_disk() {
  const std::uint64_t room = random_.below(2000);
  trace("the disk will be full after {} bytes", room);
  ++statistics_.full_disks;
  disk_.set_capacity(disk_.used() + room);
  full_ = true;
}

}  // namespace sim
