// THE LOOP: one stage on one partition.
//
// Takes: a stage, the ends of its inputs and the wall clock. Gives: steps, each with its records merged by event time, its
// timers fired in order, and one transaction.

#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/log/log.h"
#include "engine/mutex.h"
#include "engine/schedule.h"
#include "engine/stage.h"
#include "engine/state/store.h"

namespace engine {

// The life of a Task. It changes on the thread that takes steps only; an error of a commit does not change it.
//
//   created ──► replaying ──► live            run_step, commit_next, checkpoint_next, finish
//                  │ ▲  └───► replica         the state is read
//                  ▼ │
//                standby                      follow, checkpoint_next, take_over
//
//   replaying, standby, live ──► failed       an error may have left a step half applied: the object is of no use
enum class TaskPhase : std::uint8_t { created, replaying, standby, replica, live, failed };

// Whether a task in phase `from` may enter phase `to`.
bool is_valid_transition(TaskPhase from, TaskPhase to);

// A task is one stage on one partition.
//
// A step: choose what to read up to the ends known now; merge by event time; before each record fire the timers due
// before the task clock; when nothing is left to read, tick to the wall clock and fire what is due; make up for
// announcements; queue the step for its commit. One transaction holds its outputs, its schedule record and the
// positions. Nothing is rolled back: when the outcome of a commit is an abort or unknown, the end of the schedule tells
// whether the step landed, and if not the same bytes are sent again; when another owner has written, the task fails
// with `fenced`.
//
// Invariants: steps commit in order; the state on disk is that of a committed step.
// Threads:    run_step(), follow() and questions from one thread at a time; commit_next() from one other;
// checkpoint_next() from one other.
class Task {
 public:
  struct Options {
    std::uint64_t step_records = 32768;        // that a step reads at most, about
    std::uint64_t behind_records = 8192;       // when more wait, or more than a step reads, the step is `behind`
    std::uint64_t fire_limit = 4000;           // timers fired per step
    std::uint64_t drain_limit = 16000;         // subjects drained per step
    Milliseconds drain_time{50};               // a step drains for about this long while records or timers wait,
    std::uint64_t drain_minimum = 256;         // but at least about this many subjects
    std::size_t transaction_bytes = 8u << 20;  // a step ends when its outputs reach half of it
    std::size_t read_bytes = 256u << 10;       // taken from a partition at once
    std::size_t memory_bytes = 64u << 20;      // rows in memory; a checkpoint is taken at half of it
    std::size_t pending_steps = 2;             // steps that may wait for their commit
    Milliseconds commit_interval{0};           // the shortest time between steps of a task that keeps up
    std::uint64_t checkpoint_steps = 0;        // steps from checkpoint to checkpoint; 0 = by memory and time only
    Milliseconds checkpoint_interval{60000};   // a crash replays about this much; see kLongReplay
    Milliseconds behind_limit{600000};         // after this time a task announces although it has not caught up
    std::string owner;                         // address of this process, for the schedule
    std::string group = "gridloop";
    // Sets what this task may hold in memory, and what may wait for its commit: `weight` of `weights` in all of
    // `memory`.
    void share_memory(std::uint64_t memory, std::uint64_t weight, std::uint64_t weights);

    // Whether the assignment still gives the task to this process; called before an owner fences another. Empty = it
    // does.
    std::function<Result<bool>()> owns;
    std::function<bool()> stop;  // called during a long replay: true ends it with the Action retry
    // Receives the outputs of a replayed step, a batch for each partition: a replay does not send them.
    std::function<void(StepNumber, const OutgoingBatch&)> replayed_outputs;
  };

  // How far open() replays and what it may change.
  enum class Mode {
    live,             // takes ownership: fences the owner before
    replica,          // reads only: a replay up to the end of the schedule
    standby,          // a replay that never ends, by follow(); keeps checkpoints of its own
    checkpoint_only,  // the last checkpoint, without access to the log; for questions while the log is unavailable
  };

  struct Progress {
    std::uint64_t records = 0;  // read in this step
    bool stepped = false;       // a step was queued
    bool idle = false;          // nothing left to read, to fire or to drain
  };

  // Called for each replayed step, with the offsets of the schedule that remain (INT64_MAX when unknown).
  using Replayed = std::function<void(const Step&, std::int64_t remaining)>;

  Task(std::unique_ptr<Stage> stage, Partition partition, Log& log, Store& store, const Clock& clock, Options options);
  ~Task();

  // Loads the checkpoint, replays the schedule to its end (but a standby does not) and, when live, takes over.
  // Errors: corrupt when the checkpoint is damaged or is not of this schedule (clear the store and open a new Task), or
  // when a replayed step differs (the message names the first difference); invalid when this program may not go on
  // (other partitions, other logic version).
  Result<> open(Mode mode, const Replayed& replayed = {});

  // Replays what the schedule has gained, a step's worth at most. Idle = nothing more to replay now. REQUIRES: phase()
  // standby. Errors: as open(). After retry the phase is standby still, unless a step was half replayed.
  Result<Progress> follow();
  // How many offsets of the schedule a standby has not replayed; INT64_MAX while its end is not known.
  std::int64_t schedule_lag();
  TaskPhase phase() const { return phase_; }
  // Makes a standby live: fences the owner, and replays what it has written until then. REQUIRES and errors: as
  // follow().
  Result<> take_over(const Replayed& replayed = {});

  // Takes one step when there is something to do and room for its commit. Idle = nothing to do now. REQUIRES: phase()
  // live; after an error it is failed.
  Result<Progress> run_step();

  // Commits the oldest step that waits. Returns false when none does. REQUIRES: phase() live.
  Result<bool> commit_next();
  // Writes the newest frozen checkpoint whose step is committed. Returns false when there is none.
  Result<bool> checkpoint_next();

  // Queues a last step with a checkpoint, when anything happened since the last one. The caller then calls
  // commit_next() and checkpoint_next() until both return false. REQUIRES: phase() live.
  Result<> finish();

  // How often the commit of the oldest waiting step has failed.
  std::uint32_t failed_attempts() const { return failed_attempts_.load(std::memory_order_relaxed); }
  bool has_pending() const { return pending_count_.load(std::memory_order_acquire) > 0; }
  // Whether a checkpoint is on its way to the store.
  bool checkpoint_waits() const { return checkpoint_busy_ && !checkpoint_done_; }
  // How many records wait in the inputs: what the ends known now are ahead of what was read.
  std::uint64_t lag();
  // How many subjects wait until it has caught up.
  std::uint64_t deferred() { return stage_->deferred(); }

  Stage& stage() { return *stage_; }
  State& state() { return state_; }
  Timers& timers() { return timers_; }
  const std::string& name() const { return name_; }
  Partition partition() const { return partition_; }
  Instant now() const { return clock_now_; }
  StepNumber step() const { return step_; }
  const Hash128& chain() const { return chain_; }
  Offset next_schedule_offset() const { return next_schedule_offset_; }
  const std::vector<Offset>& positions() const { return next_offsets_; }
  std::uint64_t records_read() const { return records_read_; }

 private:
  class StepContext;
  struct Input;
  struct Outlook;
  struct Pending {
    StepNumber number;
    std::string content;  // of the step
    Hash128 chain;
    Transaction transaction;  // its last record is the schedule record
    std::optional<Checkpoint> checkpoint;
    Position position;  // with `checkpoint`
    std::uint32_t attempt = 0;
    std::optional<Error> outcome;  // of the last attempt, until its fate is known
    bool landed = false;           // it is known to be in the schedule
  };

  void enter(TaskPhase phase);  // CHECKs that the transition is valid
  Result<> open_as(Mode mode, const Replayed& replayed);
  Result<> load_checkpoint();
  // The step of the checkpoint must be in the schedule, with the same chain.
  Result<> find_in_schedule(const Position& position);
  Result<> open_inputs();
  Result<> require_from(const Bounds& bounds, const TopicPartition& at, Offset needed) const;
  Result<> replay_to_end(const Replayed& replayed);
  // Replays the next step of the schedule. Returns how many records it read; nothing at the end.
  Result<std::optional<std::uint64_t>> replay_next(const Replayed& replayed);
  Result<> bound_replay();
  void release_checkpoint();
  void freeze();
  Result<> replay(const Step& recorded, std::string_view content, const Hash128& chain);
  // Whether the step can be replayed here, and is the one after the last.
  Result<> check_recorded(const Step& recorded, std::string_view content, const Hash128& chain) const;
  // Where each input ends for the step, once all of it can be read.
  Result<std::vector<Offset>> recorded_ends(const Step& recorded);
  std::unexpected<Error> differs(StepNumber step, std::string_view what) const;
  Result<> own(const Replayed& replayed);
  void set_boundary(StepNumber step, const Hash128& chain);
  Result<> refill(Input& input, Offset end);
  Result<Progress> take_step();
  // What there is to do up to the ends known now; nothing when an end is not known.
  std::optional<Outlook> look_ahead();
  Result<bool> decide_behind(const Outlook& outlook, std::uint64_t backlog);
  // Merges, ticks and drains. Returns whether the step was cut short.
  Result<bool> advance(const Outlook& outlook, StepContext& context);
  bool checkpoint_due(Instant moment) const;
  Result<bool> has_stale_backlog(const std::vector<Offset>& ends, Instant wall);
  // Merges and applies up to `ends`; stops at the limits of a live step, never within a replay. Returns whether the
  // step was cut short.
  Result<bool> merge(const std::vector<Offset>& ends, bool limited, std::uint64_t fire_limit, StepContext& context);
  // Fires what is due before `until`, while fewer than `limit` have fired in this step and the outputs have room.
  // Returns whether more is due.
  bool fire_until(Instant until, std::uint64_t limit, StepContext& context);
  bool over_budget(const StepContext& context) const;
  bool has_other_work();
  void seal_step(StepContext& context);
  Result<> queue(StepContext& context, bool checkpoint);
  Result<bool> recover_commit(Pending& step);
  Result<> check_whole(StepNumber step, std::span<const OutgoingBatch> outputs);
  Position position_now() const;
  std::string take_buffer(const TopicPartition& to);
  void recycle(std::vector<OutgoingBatch> batches);
  void recycle_locked(std::vector<OutgoingBatch>& batches) GRIDLOOP_REQUIRES(mutex_);

  std::unique_ptr<Stage> stage_;
  Partition partition_;
  std::string name_;
  std::uint32_t partitions_ = 1;
  Log& log_;
  Store& store_;
  const Clock& clock_;
  Options options_;
  Mode mode_ = Mode::live;
  std::atomic<TaskPhase> phase_{TaskPhase::created};
  State state_;
  Timers timers_;
  std::vector<std::unique_ptr<Input>> inputs_;
  std::vector<std::uint32_t> output_partitions_;
  std::vector<std::size_t> outputs_by_topic_;  // indexes of the outputs, by name
  std::string transactional_id_;
  std::unique_ptr<Writer> writer_;  // of the committer, once live

  // After the last step applied.
  StepNumber step_{0};
  Hash128 chain_;
  std::vector<Offset> read_to_;  // by input: where its ranges end
  Instant clock_now_ = kMinInstant;
  std::vector<Offset> next_offsets_;
  std::optional<Instant> behind_since_;
  std::uint64_t records_read_ = 0;
  std::uint64_t steps_since_checkpoint_ = 0;
  Instant last_checkpoint_ = kMinInstant;
  // A live task that has replayed for so long since its last checkpoint takes one with its first step. Else a process
  // that dies again and again before one is due would replay more each time.
  static constexpr Milliseconds kLongReplay{250};
  Milliseconds replayed_for_{0};       // since the last checkpoint
  Instant last_step_ = kMinInstant;    // by Clock::running()
  std::string last_owner_;             // who wrote the last step
  bool commit_all_positions_ = false;  // the next transaction commits the positions of all inputs, read or not

  // Of a replay.
  std::unique_ptr<Reader> schedule_;
  Batch scheduled_;
  std::size_t next_scheduled_ = 0;  // of `scheduled_`: those before it are replayed
  Epoch replayed_epoch_{-1};
  std::vector<OutgoingBatch> last_outputs_;  // of the last step replayed
  bool half_applied_ = false;                // an error has left a step so
  std::optional<Instant> missing_since_;     // outputs of a step that is in the schedule

  // Between the thread that takes steps, the committer and the checkpointer.
  mutable Mutex mutex_;
  std::deque<std::unique_ptr<Pending>> pending_ GRIDLOOP_GUARDED_BY(mutex_);
  struct Buffers {
    std::vector<std::string> memory;  // of outputs that are committed
    std::size_t last = 0;             // how long these were last
  };
  std::map<TopicPartition, Buffers> buffer_pool_ GRIDLOOP_GUARDED_BY(mutex_);
  std::atomic<std::size_t> pending_count_{0};
  std::atomic<std::uint32_t> failed_attempts_{0};
  struct Frozen {
    Checkpoint checkpoint;
    Position position;
  };
  std::optional<Frozen> frozen_ GRIDLOOP_GUARDED_BY(mutex_);  // committed, to be written
  // Of the committer: the last step that is in the schedule.
  StepNumber committed_{0};
  Hash128 committed_chain_;
  std::optional<Position> written_;           // of the checkpointer: the checkpoint in the store
  std::atomic<bool> checkpoint_busy_{false};  // frozen, committed or not, and not yet in the store
  std::atomic<bool> checkpoint_done_{false};  // in the store: the rows may be unfrozen
  Offset next_schedule_offset_{0};            // behind the last record of ours that is known to be there
};

}  // namespace engine
