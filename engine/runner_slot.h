#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "engine/runner.h"

// A task of a Runner and what this process does with it. Only the Runner's own files include this.

namespace engine {

//   closed ──► standby ──► live ──► closing ──► closed     reassigned: drain, checkpoint, release
//     ▲  │        │         │▲└───► closed                 fenced: another process has taken over; memory is dropped
//     │  └────────┼─────────┼┘                             without a Member a task is opened live
//     └───────────┴─────────┘
enum class SlotState : std::uint8_t { closed, standby, live, closing };

// Whether a slot in state `from` may enter state `to`.
bool is_valid_transition(SlotState from, SlotState to);

struct Runner::Slot {
  static constexpr std::uint64_t kNever = UINT64_MAX;

  std::string name;
  MakeStage make_stage;
  Partition partition;
  std::uint32_t weight = 1;
  std::unique_ptr<Store> store;
  std::unique_ptr<Task> task;

  std::atomic<SlotState> state{SlotState::closed};  // changed by enter() only
  std::atomic<Role> wanted{Role::owner};
  std::mutex stepping;    // held by the worker that has the task in hand
  std::shared_mutex use;  // held, shared, by committers and the checkpointer; exclusively to open or close the task
  std::atomic<bool> taking_over{false};
  std::atomic<bool> fenced{false};           // the committer has met another owner
  std::atomic<bool> log_unavailable{false};  // its last commit had no answer
  std::atomic<std::int64_t> schedule_lag{INT64_MAX};
  bool finished = false;                // the last step of a closing task is queued
  bool needs_assignment_check = false;  // after a failure: the assignment is read again before the task is opened
  bool rebuilt = false;                 // once, after its checkpoint was found wrong
  Instant not_before = kMinInstant;     // by Clock::monotonic()
  std::string last_retry;               // the message that was reported last

  // The log's changes() at which the task was last found idle, with nothing to commit; not while it is in hand.
  std::atomic<std::uint64_t> idle_at{kNever};
  std::atomic<Instant::rep> recheck_at{0};  // by Clock::monotonic(): when it was idle, and the log has not changed
  std::atomic<std::uint64_t> lag{0};
  std::atomic<std::uint64_t> deferred{0};

  bool is_open() const { return state != SlotState::closed; }
  // CHECKs that the transition is valid.
  void enter(SlotState to);
};

}  // namespace engine
