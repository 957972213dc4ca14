#pragma once

#include <cstdint>
#include <functional>

#include "ops/deployment/deployment.h"
#include "ops/lab/bench/measure.h"

namespace ops::bench {

// How the benchmarks run the stages: as `gridloop run` does with the same options.
struct Settings {
  std::uint32_t partitions = 3;
  unsigned threads = 0;  // 0 = one per core
  std::uint64_t memory_bytes = 1u << 30;
  std::uint64_t step_records = engine::Task::Options{}.step_records;
  engine::Milliseconds checkpoint_interval = std::chrono::seconds(60);
  engine::Milliseconds commit_interval{50};  // on Kafka
};

// Opens `directory`, which is made when missing.
engine::Result<std::unique_ptr<Deployment>> open_deployment(const std::string& directory, const Settings& settings);

// Runs all stages until nothing is left to do, and checkpoints; returns how many records the tasks have read.
// `watch` is called about four times a second.
engine::Result<std::uint64_t> run_until_idle(Deployment& deployment, const engine::Clock& clock,
                                             const Settings& settings,
                                             const std::function<void(const engine::Runner&)>& watch = {});

// The stages of `deployment`, ready to run.
engine::Result<std::unique_ptr<engine::Runner>> make_runner(Deployment& deployment, const engine::Clock& clock,
                                                            const Settings& settings, engine::Runner::Options options);

// Removes the states of all tasks, so that the next start rebuilds them from the log.
// REQUIRES: nobody has `directory` open.
engine::Result<> remove_states(const std::string& directory);

// What it took to serve again after a stop or a crash.
struct Restart {
  Cost cost;
  std::uint64_t records = 0;  // read again until then
};

// Opens `directory`, starts all tasks, appends one event to each partition and waits until each task has committed a
// step; then stops cleanly. The cost is from the beginning to the last of these commits.
// REQUIRES: nobody has it open.
engine::Result<Restart> serve_again(const std::string& directory, const Settings& settings);

}  // namespace ops::bench
