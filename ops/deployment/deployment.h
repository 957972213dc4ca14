#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/log/directory_lock.h"
#include "engine/log/disk.h"
#include "engine/runner.h"
#include "engine/state/rocks_store.h"
#include "ops/deployment/kafka_connection.h"
#include "ops/deployment/state_owner.h"
#include "projections/areas/areas.h"
#include "projections/cases/cases.h"

namespace ops {

inline constexpr unsigned kCommittersOnKafka = 16;  // at most: a commit waits some milliseconds for the brokers

// A log, and a data directory: the states of the tasks, and the lock that keeps other processes out.
//
//   DIR/LOCK           who uses it
//   DIR/log/           the embedded log's journal: the truth (engine/log/journal.h); none when the log is a Kafka cluster
//   DIR/process-id     of a process that shares the tasks of a Kafka log with others: a random name, kept for its life
//   DIR/state/TASK/    a RocksDB with the last checkpoint of the task: a cache of the truth
//
// With a Kafka cluster there need not be a directory, unless tasks are run: answers are then computed from the log
// alone.
//
// Threads: one.
class Deployment {
 public:
  struct Options {
    std::string directory;
    KafkaConnection kafka;  // without brokers: the embedded log
    std::string prefix = "gridloop.";
    std::uint32_t partitions = 0;  // of the topics; 0 = as they are, or kDefaultPartitions when they are made
    bool sync = false;
    bool accept_log_loss = false;
  };
  static constexpr std::uint32_t kDefaultPartitions = 4;

  // For appending and running: takes the directory for this process alone. Makes what is missing, but no topics in a
  // Kafka cluster: `gridloop topics create` does.
  static engine::Result<std::unique_ptr<Deployment>> open(const Options& options);
  // For questions: changes nothing in the directory. One with a log is shared with other readers; one with states alone
  // may be in use by a process that runs the tasks.
  static engine::Result<std::unique_ptr<Deployment>> open_for_reading(const Options& options);

  // The same for what replica() answers: while the brokers are away, the checkpoints in the directory do, and a line on
  // stderr says so.
  // Errors: fatal when the brokers are away and no checkpoints are there.
  static engine::Result<std::unique_ptr<Deployment>> open_for_answers(const Options& options);

  // The lock of open_for_reading() alone.
  // Errors: invalid when there is no such directory or it holds no log, and nothing is made in it; fenced when it is
  // used.
  static engine::Result<engine::DirectoryLock> lock_for_reading(const std::string& directory);

  engine::Log& log() { return *log_; }
  bool on_kafka() const { return !options_.kafka.brokers.empty(); }
  const engine::Clock& clock() const { return clock_; }
  const std::string& prefix() const { return options_.prefix; }
  std::string topic(std::string_view suffix) const;
  std::uint32_t partitions() const;  // of the partitioned topics
  std::string state_directory(const std::string& task) const;

  // The name of this directory's process among those that share the tasks; made at the first call.
  engine::Result<std::string> process_identity() const;
  // Whether anything is kept of the task's state.
  engine::Result<bool> has_checkpoint(const std::string& task) const;

  // The names of the stages (projections/stages.h).
  static std::vector<std::string> stage_names();
  std::unique_ptr<engine::Stage> make_stage(std::string_view name) const;
  // The store of a task; emptied first when its contents are damaged.
  engine::Result<std::unique_ptr<engine::Store>> make_store(const std::string& task, bool damaged) const;

  // A task as it stands at the end of its schedule, for questions: the checkpoint and a replay of what came after it.
  // A damaged checkpoint is replaced by a replay from the start, with a warning on stderr; a large one is checked only
  // where it is read.
  // While the brokers are away, it is `stale`: as its checkpoint has it, and a line on stderr says of when that is.
  struct Replica {
    bool stale = false;
    std::unique_ptr<engine::Store> store;
    std::unique_ptr<engine::Task> task;
    template <class Stage>
    Stage& stage() {
      return dynamic_cast<Stage&>(task->stage());
    }
  };
  engine::Result<Replica> replica(std::string_view stage, engine::Partition partition) const;

 private:
  // A block that was damaged on disk is better found when a store is opened, while its state can be rebuilt, than in
  // the middle of a day; but reading a large store whole takes longer than anybody waits.
  static engine::Result<> check_at_start(engine::RocksStore& store);
  explicit Deployment(Options options) : options_(std::move(options)) {}
  engine::Result<> open_log(bool read_only);
  engine::Result<StateOwner> open_kafka();
  engine::Result<> reach_kafka();
  engine::Result<> require_no_log() const;
  engine::Result<Replica> open_replica(std::string_view stage, engine::Partition partition,
                                       std::unique_ptr<engine::Store> store, engine::Task::Mode mode) const;
  engine::Result<std::unique_ptr<engine::Store>> checkpoint_store(std::string_view stage,
                                                                  const std::string& task) const;
  // REQUIRES that the brokers are away.
  engine::Result<Replica> stale_replica(std::string_view stage, engine::Partition partition) const;
  engine::Result<> make_topics();

  Options options_;
  engine::WallClock clock_;
  engine::PosixDisk disk_;
  std::unique_ptr<engine::DirectoryLock> lock_;
  std::unique_ptr<engine::Log> log_;
  std::uint32_t partitions_ = 0;  // on Kafka
  bool log_unavailable_ = false;  // the brokers do not answer
};

// The names of the tables of a stage.
std::vector<std::string> table_names(engine::Stage& stage);

}  // namespace ops
