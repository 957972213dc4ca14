#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/log/log.h"
#include "engine/schedule.h"
#include "engine/stage.h"
#include "engine/state/store.h"

namespace engine {

// A task is one stage on one partition:
//
//   open() ──► replaying ──► live ──► stopping ──► stopped
//      │          │ ▲         │ run_step, commit_next, checkpoint_next
//      │          │ └ take_over()
//      ├────────► standby     │ follow, checkpoint_next
//      └────────────┴─────────┴──► failed: the Error says what to do; the object is of no use any more
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
    std::uint64_t step_records = 32768;        // a step reads about so many at most
    std::uint64_t behind_records = 8192;       // when more wait, or more than a step reads, the step is `behind`
    std::uint64_t fire_limit = 4000;           // timers fired per step
    std::uint64_t drain_limit = 16000;         // subjects drained per step
    Milliseconds drain_time{50};               // a step settles for so long, about, while records or timers wait
    std::uint64_t drain_minimum = 256;         // but not fewer subjects, about
    std::size_t transaction_bytes = 8u << 20;  // a step ends when its outputs reach half of it
    std::size_t read_bytes = 256u << 10;       // taken from a partition at once
    std::size_t memory_bytes = 64u << 20;      // rows in memory; a checkpoint is taken at half of it
    std::size_t pending_steps = 2;             // steps that may wait for their commit
    Milliseconds commit_interval{0};           // from step to step at least, for a task that keeps up
    std::uint64_t checkpoint_steps = 0;        // a checkpoint every so many steps; 0 = by memory and time alone
    Milliseconds checkpoint_interval{60000};   // a crash replays about so much; see kLongReplay
    Milliseconds behind_limit{600000};         // after so long a task announces although it has not caught up
    std::string owner;                         // address of this process, for the schedule
    std::string group = "gridloop";
    // Sets what this task may hold in memory, and what may wait for its commit: `weight` of `weights` in all of
    // `memory`.
    void share_memory(std::uint64_t memory, std::uint64_t weight, std::uint64_t weights);

    // Whether the assignment still gives the task to this process; asked before an owner fences another. Nothing = it
    // does.
    std::function<Result<bool>()> owns;
    std::function<bool()> stop;  // asked during a long replay: true ends it with the Action retry
    // Told the outputs of a replayed step, a batch for each partition: a replay does not send them.
    std::function<void(StepNumber, const OutgoingBatch&)> replayed_outputs;
  };

  // How far open() replays and what it may change.
  enum class Mode {
    live,             // takes ownership: fences the owner before
    replica,          // reads only: a replay up to the end of the schedule
    standby,          // a replay that never ends, by follow(); keeps checkpoints of its own
    checkpoint_only,  // the checkpoint as it lies, without a look at the log; for questions while the log is away
  };

  struct Progress {
    std::uint64_t records = 0;  // read in this step
    bool stepped = false;       // a step was queued
    bool idle = false;          // nothing left to read, to fire or to settle
  };

  // Told about each replayed step: the step and how many there are to replay in all (0 when unknown).
  using Replayed = std::function<void(const Step&, std::int64_t remaining)>;

  Task(std::unique_ptr<Stage> stage, Partition partition, Log& log, Store& store, const Clock& clock, Options options);
  ~Task();

  // Loads the checkpoint, replays the schedule to its end (but a standby does not) and, when live, takes over.
  // Errors: corrupt when the checkpoint is damaged or is not of this schedule (clear the store and open a new Task), or
  // when a replayed step differs (the message names the first difference); invalid when this program may not go on
  // (other partitions, other logic version).
  Result<> open(Mode mode, const Replayed& replayed = {});

  // Replays what the schedule has gained, a step's worth at most. Idle = nothing more to replay now. REQUIRES a
  // standby. Errors: as open(). After retry it may be called again, unless half_done().
  Result<Progress> follow();
  // How many offsets of the schedule a standby has not replayed; INT64_MAX while its end is not known.
  std::int64_t schedule_lag();
  // Whether an error has left a step half done: the task is of no use then.
  bool half_done() const { return half_done_; }
  // Makes a standby live: fences the owner, and replays what it has written until then. Errors: as follow().
  Result<> take_over(const Replayed& replayed = {});

  // Takes one step when there is something to do and room for its commit. Idle = nothing to do now.
  Result<Progress> run_step();

  // Commits the oldest step that waits. Returns false when none does.
  Result<bool> commit_next();
  // Writes the newest frozen checkpoint whose step is committed. Returns false when there is none.
  Result<bool> checkpoint_next();

  // Queues a last step with a checkpoint, when anything happened since the last one. The caller then calls
  // commit_next() and checkpoint_next() until both return false.
  Result<> finish();

  // How often the oldest step that waits was sent in vain.
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
  struct Pending {
    StepNumber number;
    std::string content;  // of the step
    Hash128 chain;
    Transaction transaction;  // its last record is the schedule record
    std::optional<Checkpoint> checkpoint;
    Position position;  // with `checkpoint`
    std::uint32_t attempt = 0;
    std::optional<Error> outcome;  // of the last attempt, until it is known what became of it
    bool landed = false;           // it is known to be in the schedule
  };

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
  Result<> refill(Input& input, Offset end);
  Result<bool> stood_still(const std::vector<Offset>& ends, Instant wall);
  // Merges and applies up to `ends`; stops at the limits of a live step, never within a replay. Returns whether the
  // step was cut short.
  Result<bool> merge(const std::vector<Offset>& ends, bool limited, std::uint64_t fire_limit, StepContext& context);
  // Fires what is due before `until`, while fewer than `limit` have fired in this step and the outputs have room.
  // Returns whether more is due.
  bool fire_until(Instant until, std::uint64_t limit, StepContext& context);
  bool crowded(const StepContext& context) const;
  bool awaited();
  void complete(StepContext& context);
  Result<> queue(StepContext& context, bool checkpoint);
  Result<bool> recover_commit(Pending& step);
  Result<> check_whole(StepNumber step, std::span<const OutgoingBatch> outputs);
  Position position_now() const;
  std::string spare_memory(const TopicPartition& to);
  void keep(std::vector<OutgoingBatch> batches);
  void keep_locked(std::vector<OutgoingBatch>& batches);  // REQUIRES: mutex_

  std::unique_ptr<Stage> stage_;
  Partition partition_;
  std::string name_;
  std::uint32_t partitions_ = 1;
  Log& log_;
  Store& store_;
  const Clock& clock_;
  Options options_;
  Mode mode_ = Mode::live;
  State state_;
  Timers timers_;
  std::vector<std::unique_ptr<Input>> inputs_;
  std::vector<std::uint32_t> output_partitions_;
  std::string transactional_id_;
  std::unique_ptr<Writer> writer_;  // of the committer, once live

  // After the last step applied.
  StepNumber step_{0};
  Hash128 chain_;
  Instant clock_now_ = kMinInstant;
  std::vector<Offset> next_offsets_;
  std::optional<Instant> behind_since_;
  std::uint64_t records_read_ = 0;
  std::uint64_t steps_since_checkpoint_ = 0;
  Instant last_checkpoint_ = kMinInstant;
  // A live task that has replayed for so long since its last checkpoint takes one with its first step. Else a process
  // that dies again and again before one is due would replay more each time.
  static constexpr Milliseconds kLongReplay{250};
  Milliseconds replayed_for_{0};     // since the last checkpoint
  Instant last_step_ = kMinInstant;  // by Clock::running()
  std::string last_owner_;           // who wrote the last step
  bool tell_all_ = false;            // the next transaction tells the positions of all inputs, read or not

  // Of a replay.
  std::unique_ptr<Reader> schedule_;
  Batch scheduled_;
  std::size_t next_scheduled_ = 0;  // of `scheduled_`: those before it are replayed
  Epoch replayed_epoch_{-1};
  std::vector<OutgoingBatch> last_outputs_;  // of the last step replayed
  bool half_done_ = false;
  std::optional<Instant> missing_since_;  // outputs of a step that is in the schedule

  // Between who takes steps, the committer and the checkpointer.
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Pending>> pending_;
  struct Spare {
    std::vector<std::string> memory;  // of outputs that are committed
    std::size_t last = 0;             // how long these were last
  };
  std::map<TopicPartition, Spare> spare_;
  std::atomic<std::size_t> pending_count_{0};
  std::atomic<std::uint32_t> failed_attempts_{0};
  struct Frozen {
    Checkpoint checkpoint;
    Position position;
  };
  std::optional<Frozen> frozen_;              // committed, to be written
  std::atomic<bool> checkpoint_busy_{false};  // frozen, committed or not, and not yet in the store
  std::atomic<bool> checkpoint_done_{false};  // in the store: who takes steps may release the rows
  Offset next_schedule_offset_{0};            // behind the last record of ours that is known to be there
};

}  // namespace engine
