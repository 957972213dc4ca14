#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/clock.h"
#include "engine/hash.h"
#include "engine/log/disk.h"
#include "engine/log/embedded_log.h"
#include "engine/state/memory_store.h"
#include "engine/task.h"
#include "projections/areas/areas.h"
#include "projections/cases/cases.h"
#include "tests/projections/told.h"
#include "topics/outputs/outputs.h"

namespace projections_test {

// The value of `result`; throws its message when it is an error. Both test frameworks report what is thrown.
template <class T>
T must(engine::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// A record that was read back.
struct Written {
  std::string key;
  std::string value;
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
};

// The stages Cases and Areas as they run in production, on a log in a directory of its own, under a clock that moves
// only when told to. Nothing is played by a stand-in but the clock and the disk under the checkpoints.
//
// Threads: one. Errors: all functions throw std::runtime_error.
class World {
 public:
  struct Options {
    engine::Instant start;  // what the clock shows first
    std::uint32_t partitions = 1;
    std::uint64_t step_records = 8192;   // read in a step at most
    std::uint64_t step_rows = 4000;      // fired, or swept, in a step at most
    std::uint64_t checkpoint_steps = 0;  // a checkpoint every so many steps; 0 = at orderly stops alone
  };

  explicit World(const Options& options);
  ~World();
  World(const World&) = delete;

  engine::SimulatedClock& clock() { return clock_; }
  std::uint32_t partitions() const { return options_.partitions; }

  void append(const Told& told);
  void append(std::string_view topic_suffix, const std::string& key, const std::string& value);

  // One step of every task, committed. Returns whether all were idle.
  bool step();
  // Steps until all tasks are idle.
  void drain();
  // Drops all tasks as a crash does, and opens them again from their last checkpoints and the schedules.
  void restart();
  // Stops in order, with a checkpoint, and opens again with other steps.
  void restart(std::uint64_t step_records);

  std::vector<Written> read(std::string_view topic_suffix);
  std::vector<topics::SlaAlert> alerts();  // in the order of each case

  projections::Cases& cases(std::string_view subject);  // that holds the row of `subject`
  std::vector<projections::Cases*> all_cases();
  projections::Areas& areas();

  // The digest of the state of each task, with the name of its stage.
  std::vector<std::pair<std::string, engine::Hash128>> state_digests();

  // Rebuilds every task from the logs alone; what is not equal to the live one, empty when all is.
  std::string compare_replicas();

 private:
  struct Running {
    std::string stage;
    engine::Partition partition;
    std::shared_ptr<engine::MemoryStore::Contents> contents;
    std::unique_ptr<engine::MemoryStore> store;
    std::unique_ptr<engine::Task> task;
  };

  std::unique_ptr<engine::Task> make(const Running& running, engine::Store& store);
  void open();
  void commit(Running& running);

  Options options_;
  std::filesystem::path directory_;
  engine::PosixDisk disk_;
  engine::SimulatedClock clock_;
  std::unique_ptr<engine::EmbeddedLog> log_;
  std::unique_ptr<engine::Writer> producer_;
  std::vector<Running> running_;
};

}  // namespace projections_test
