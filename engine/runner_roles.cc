#include <algorithm>

#include <fmt/format.h>

#include "engine/runner_slot.h"

// What a Runner does with the tasks that it is assigned: opening, following, taking over, closing. See runner.cc for the
// threads that do it.

namespace engine {

namespace {
constexpr Milliseconds kUnavailablePause{500};  // before a log that is unavailable is tried again
constexpr Milliseconds kMemberPause{25};
}  // namespace

bool is_valid_transition(SlotState from, SlotState to) {
  switch (from) {
    case SlotState::closed:
      return to == SlotState::standby || to == SlotState::live;
    case SlotState::standby:
      return to == SlotState::live || to == SlotState::closed;
    case SlotState::live:
      return to == SlotState::closing || to == SlotState::closed;
    case SlotState::closing:
      return to == SlotState::closed;
  }
  return false;
}

void Runner::Slot::enter(SlotState to) {
  CHECK(is_valid_transition(state, to));
  state = to;
}

Result<Task::Progress> Runner::advance(Slot& slot) {
  constexpr Task::Progress kNothing{.records = 0, .stepped = false, .idle = true};
  if (slot.fenced) {
    notice_(fmt::format("task {}: another process has taken over", slot.name));
    close(slot);
    slot.needs_assignment_check = true;
  }
  switch (slot.state) {
    case SlotState::closed: {
      if (!member_) {
        TRY(open(slot, Task::Mode::live));
        return Task::Progress{};
      }
      if (slot.wanted == Role::none) return kNothing;
      if (!ready(slot)) return Task::Progress{};
      const auto opened = open(slot, Task::Mode::standby);
      if (!opened) return recover(slot, opened.error());
      return Task::Progress{};
    }
    case SlotState::standby:
      if (slot.wanted == Role::none) {
        close(slot);
        return kNothing;
      }
      if (!ready(slot)) return Task::Progress{};
      return advance_standby(slot);
    case SlotState::live: {
      if (slot.wanted != Role::owner) {
        slot.enter(SlotState::closing);
        return Task::Progress{};
      }
      const auto progress = slot.task->run_step();
      return progress || !member_ ? progress : recover(slot, progress.error());
    }
    case SlotState::closing:
      return advance_closing(slot);
  }
  return kNothing;
}

bool Runner::ready(Slot& slot) {
  if (clock_.monotonic() < slot.not_before) return false;
  if (!slot.needs_assignment_check) return true;
  if (const auto fresh = member_->confirmed_role(slot.name)) {
    slot.wanted = *fresh;
    slot.needs_assignment_check = false;
  }
  return false;
}

Result<Task::Progress> Runner::advance_standby(Slot& slot) {
  auto progress = slot.task->follow();
  if (!progress) return wait_or_recover(slot, progress.error());
  slot.last_retry.clear();
  slot.schedule_lag = slot.task->schedule_lag();
  if (slot.wanted == Role::standby) {
    progress->idle = progress->idle || options_.until_idle;
    return progress;
  }
  progress->idle = false;
  if (slot.schedule_lag > kWarmLag) return progress;
  slot.taking_over = true;
  {
    // Committers and the checkpointer wait, as the writer is made.
    const std::scoped_lock lock(slot.use);
    if (const auto taken = slot.task->take_over(); taken) {
      slot.enter(SlotState::live);
      return progress;
    } else {
      progress = std::unexpected(taken.error());
    }
  }
  slot.taking_over = false;
  slot.needs_assignment_check = true;
  return wait_or_recover(slot, progress.error());
}

Result<Task::Progress> Runner::wait_or_recover(Slot& slot, const Error& error) {
  if (error.action != Action::retry || slot.task->phase() == TaskPhase::failed) return recover(slot, error);
  slot.schedule_lag = INT64_MAX;
  if (slot.last_retry != error.message) notice_(fmt::format("task {} waits: {}", slot.name, error.message));
  slot.last_retry = error.message;
  slot.not_before = clock_.monotonic() + kUnavailablePause;
  return Task::Progress{};
}

Result<Task::Progress> Runner::advance_closing(Slot& slot) {
  constexpr Task::Progress kWaiting{.records = 0, .stepped = false, .idle = false};
  if (slot.task->has_pending() || slot.task->checkpoint_waits()) return kWaiting;
  if (!slot.finished) {
    const auto finished = slot.task->finish();
    if (!finished) return recover(slot, finished.error());
    slot.finished = true;
    return kWaiting;
  }
  close(slot);
  return kWaiting;
}

Result<Task::Progress> Runner::recover(Slot& slot, const Error& error) {
  switch (error.action) {
    case Action::retry:
    case Action::abort:
    case Action::unknown:
    case Action::fenced:
      if (stopping_ || failed()) break;
      notice_(fmt::format("task {} is reopened: {}", slot.name, error.message));
      break;
    case Action::corrupt:
      if (slot.rebuilt || error.in_log) return std::unexpected(error);
      notice_(fmt::format("warning: the state of task {} is dropped and rebuilt from the log: {}", slot.name,
                          error.message));
      slot.rebuilt = true;
      close(slot);
      TRY(make_store_(slot.name, true));
      break;
    case Action::invalid:
    case Action::fatal:
      return std::unexpected(error);
  }
  close(slot);
  slot.needs_assignment_check = true;
  slot.not_before = clock_.monotonic() + kUnavailablePause;
  return Task::Progress{};
}

std::vector<Holding> Runner::holdings() const {
  std::vector<Holding> all;
  for (const auto& slot : slots_) {
    const SlotState state = slot->state;
    if (state == SlotState::closed) continue;
    const bool owner = state != SlotState::standby || slot->taking_over;
    all.push_back({slot->name, owner ? Role::owner : Role::standby, owner ? 0 : slot->schedule_lag.load()});
  }
  return all;
}

void Runner::member_loop() {
  std::string announced;
  while (!all_done_) {
    const auto held = holdings();
    if (const auto done = member_->tick(clock_.monotonic(), held); !done) {
      fail_with(done.error());
      if (done.error().action == Action::fenced) return;  // the identity is another's now, and it stays
      break;
    }
    bool in_place = true;
    const bool assigned = member_->assigned();
    for (const auto& slot : slots_) {
      slot->wanted = member_->role(slot->name);
      const SlotState state = slot->state;
      in_place = in_place && (slot->wanted == Role::owner     ? state == SlotState::live
                              : slot->wanted == Role::standby ? state == SlotState::standby
                                                              : state == SlotState::closed);
    }
    assigned_ = assigned;
    if (in_place && !stopping_ && assigned) {
      std::string owned;
      std::string standbys;
      for (const Holding& holding : held) (holding.role == Role::owner ? owned : standbys) += " " + holding.task;
      const std::string now = fmt::format("runs{}{}{}", owned.empty() ? " no task" : owned,
                                          standbys.empty() ? "" : "; stands by for", standbys);
      if (now != announced) notice_(now);
      announced = now;
    }
    MutexLock lock(mutex_);
    wake_member_.wait_for(lock, kMemberPause, [this] { return all_done_.load(); });
  }
  // The tasks are released, or the process ends now.
  if (const auto left = member_->leave(); !left && !failed()) {
    notice_(fmt::format("the other processes could not be notified that this one leaves: {}", left.error().message));
  }
}

}  // namespace engine
