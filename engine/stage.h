#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/log.h"
#include "engine/state/state.h"
#include "engine/state/timers.h"

namespace engine {

struct InputSpec {
  std::string topic;
  // partitioned: task p reads partition p. shared: every task reads partition 0 of this topic of one partition.
  enum class Kind { partitioned, shared } kind = Kind::partitioned;
};

struct StageSpec {
  std::string name;
  std::uint32_t logic_version = 1;  // to be raised whenever the same input would give another state or other outputs
  std::vector<InputSpec> inputs;    // ties of event time are merged in this order
  std::vector<std::string> outputs;
  std::string schedule_topic;
  std::uint32_t weight = 1;  // of all its tasks together, where they share memory and processes with other stages'
};

// A record on its way through a step. The views live until apply() returns.
struct Message {
  std::size_t input = 0;  // index into StageSpec::inputs
  Partition partition;
  Record record;
  Instant event_time;      // when it happened, as decode() found; the log time when it does not say
  std::uint32_t slot = 0;  // where the stage keeps the decoded form
};

// What a stage may do while a step runs. All of it is deterministic.
class Context {
 public:
  virtual ~Context() = default;

  // The task clock: never goes back; "now" for every rule.
  virtual Instant now() const = 0;
  // How far time has come: now(); while timers fire, which see the moment at which they were due, the moment up to
  // which they fire.
  virtual Instant reached() const = 0;
  // The step is taken while catching up: change state, announce nothing.
  virtual bool behind() const = 0;
  virtual StepNumber step() const = 0;
  virtual Partition partition() const = 0;
  virtual std::uint32_t partitions() const = 0;  // of the stage: how many tasks it has
  virtual Timers& timers() = 0;

  // The outputs of the step have reached their limit, or its time is over: what can wait for the next step should.
  virtual bool full() const = 0;

  // Outputs of about so many bytes will be sent at the end of the step: full() counts them from now on. Negative: they
  // were sent already, or will not be.
  virtual void expect_outputs(std::int64_t bytes) { (void)bytes; }

  // Sends to the output topic with the index `output`, to the partition of `key`.
  virtual void send(std::size_t output, std::string_view key, std::string_view value,
                    std::string_view headers = {}) = 0;

  // Where the task stands in its inputs, including what this step has read so far: next offsets by input.
  virtual const std::vector<Offset>& positions() const = 0;
};

// PORT: what projections implement: a fold of input records into tables, with timers and outputs. One object per task.
//
// Threads: one at a time.
// Rules:   everything below is a function of the state, the messages and the context alone: no clock, no randomness,
//          no environment, no iteration order of hash tables.
// Errors:  none. Bad records become outputs; a damaged store is reported by State.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual const StageSpec& spec() const = 0;

  // Adds the stage's tables to `state`; called once, first.
  virtual void open(State& state) = 0;
  // The state holds a checkpoint (or nothing) now: build what is derived from it.
  virtual void restore() {}

  // Reads the record of `message` and sets its event time and slot. A function of the record alone.
  virtual void decode(Message& message) = 0;
  // The messages will be applied soon, with others between them: time to fetch what they will touch.
  virtual void prefetch(std::span<const Message> messages) { (void)messages; }
  // Folds the message; its slot is free afterwards.
  virtual void apply(const Message& message, Context& context) = 0;
  virtual void fire(const Timer& timer, Context& context) = 0;

  // Makes up for announcements that were held back while catching up: at most `limit` subjects, fewer when the context
  // is full. Returns how many. In a replay `limit` is what the step has recorded, and nothing is ever full.
  virtual std::uint64_t drain_deferred(std::uint64_t limit, Context& context) {
    (void)limit, (void)context;
    return 0;
  }
  // Whether drain_deferred() has something to do.
  virtual bool has_deferred() { return false; }
  // About how many subjects it has to make up for, for those who watch.
  virtual std::uint64_t deferred() { return 0; }
  // Writes what is combined per step.
  virtual void end_step(Context& context) { (void)context; }
};

}  // namespace engine
