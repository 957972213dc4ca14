#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/stage.h"
#include "engine/task.h"
#include "tests/support/late_log.h"
#include "tests/support/random.h"

namespace sim {

using support::Random;

// What a simulation runs: the stages of one domain, who feeds them, and what must be true in the end. One object per
// seed; it chooses its own shape (number of partitions, vocabulary) from the Random that it was made with.
//
// Rules: a function of the Random alone: no clock, no environment, no order of addresses.
class World {
 public:
  using MakeStage = std::function<std::unique_ptr<engine::Stage>()>;

  virtual ~World() = default;

  // All topics, the schedules of the stages among them. Made once, before anything else.
  virtual std::vector<engine::TopicSpec> topics() const = 0;
  // Each stage runs as one task per partition of its schedule topic.
  virtual std::vector<MakeStage> stages() const = 0;

  // One transaction from outside; may be empty. `now` is what the simulated clock shows. The simulator appends it, now
  // or never: what the producer knows of it may be less than what happened.
  virtual std::vector<engine::Outgoing> produce(Random& random, engine::Instant now) = 0;

  // How far the clock moves before the end is looked at: after that every timer has fired.
  virtual engine::Milliseconds settle_time() const = 0;

  // The state of a stage as text: equal states, equal texts. Compared between the live task and its replica.
  virtual std::string dump(engine::Stage& stage) const = 0;

  // What is wrong once all is quiet; empty when nothing is. `tasks` are all live tasks, by stage and partition.
  virtual std::string check(engine::Log& log, const std::vector<engine::Task*>& tasks) = 0;
};

using MakeWorld = std::function<std::unique_ptr<World>(Random&)>;

struct Statistics {
  std::uint64_t actions = 0;
  std::uint64_t records = 0;  // acknowledged to producers
  std::uint64_t steps = 0;    // in all schedules
  std::uint64_t checkpoints = 0;
  std::uint64_t crashes = 0;
  std::uint64_t power_losses = 0;
  std::uint64_t full_disks = 0;
  std::uint64_t lost_stores = 0;
  std::uint64_t takeovers = 0;
  std::uint64_t standbys = 0;  // opened
  std::uint64_t fenced = 0;
  std::uint64_t faults = 0;  // of commits, writers and ends

  Statistics& operator+=(const Statistics& other);
  std::string to_string() const;
};

// What became of a request that was to come late.
enum class LateOutcome : std::uint8_t {
  nothing,    // no step was struck
  healed,     // all promises held all the same: the owner died before it went on
  by_task,    // an owner, a standby or a restart stopped and named the step
  by_replay,  // a replay from the logs alone found it, or the comparison of what it wrote with what is there
};

struct Outcome {
  std::string failure;  // empty when all promises held
  Statistics statistics;
  LateOutcome late = LateOutcome::nothing;
};

// Runs one seed in the calling thread: an EmbeddedLog over a SimulatedDisk, behind a FaultyLog; the world's tasks over
// MemoryStores that survive crashes; actions at random; then everything is healed, runs until idle, and is checked:
//
//   acknowledged   every record that a producer got an offset for is there, with the same bytes, at that offset
//   schedule       every record decodes; steps and ranges have no gap; the chain of hashes holds; epochs never go back
//   outputs        a topic that only stages write holds as many records as the schedules say were sent: none is
//                  missing, none is there twice
//   standby        a copy that follows the schedule has the chain, digest and dump of the live one
//   replica        a task rebuilt from the logs alone has the chain, digest, clock, positions and dump of the live one
//   world          World::check()
//
// An error of a task, too, is a failure, unless the simulation has caused it: fenced after a takeover, fatal while the
// disk is dead or full, retry when opening a writer fails. `trace`, when given, is told each action in one line.
Outcome simulate(std::uint64_t seed, const MakeWorld& make_world,
                 const std::function<void(const std::string&)>& trace = {});

// The same, and one request to end a transaction comes late. Then either all promises hold, or it is found and its step
// is named; the task of that step stays stopped. Everything else is a failure.
Outcome simulate_late(std::uint64_t seed, const MakeWorld& make_world, support::Late kind,
                      const std::function<void(const std::string&)>& trace = {});

}  // namespace sim
