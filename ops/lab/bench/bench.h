#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/deployment/kafka_connection.h"
#include "ops/lab/bench/city.h"
#include "ops/lab/bench/processing.h"

// The benchmarks of `gridloop-lab bench`; ops/lab/bench/README.md says what each of them counts. Each prints its figures on
// stdout, and checks before that what the work came to: a wrong total is printed instead, and the exit code is 1.

namespace ops::bench {

// Where a benchmark works.
struct Place {
  std::string directory;  // empty = a new one below the system's directory for temporary files
  bool keep = false;      // leave it there
  bool json = false;      // one JSON object per line, for programs
};

struct ProjectOptions {
  Place place;
  Settings settings;
  std::uint64_t cases = 500'000;
  std::uint64_t seed = 1;
  std::vector<std::string> files;  // of ops/lab/bench/recorded_events.h; empty = generated
  Policies policies = Policies::plain;
  bool conditions = false;  // generated cases have filing conditions also with plain policies
};
// Append, project, rebuild, restart.
engine::Result<int> project(const ProjectOptions& options);
// Append and project alone, for runs with a small budget.
engine::Result<int> memory(const ProjectOptions& options);

struct TimersOptions {
  Place place;
  Settings settings;  // the memory alone
  std::uint64_t timers = 20'000'000;
  std::uint64_t due_at_once = 1'000'000;  // of `timers`
};
engine::Result<int> timers(const TimersOptions& options);

struct HistoryOptions {
  Place place;
  Settings settings;
  std::uint64_t events = 50'000'000;
  std::uint64_t seed = 1;
};
engine::Result<int> history(const HistoryOptions& options);

struct RestartOptions {
  Place place;
  Settings settings;
  std::uint64_t state_bytes = 1u << 30;  // on disk, of all tasks, at least
  std::chrono::seconds work{10};         // before the process is killed
};
engine::Result<int> restart(const RestartOptions& options);

// Where the benchmarks on Kafka keep their topics, each run under a prefix of its own.
struct KafkaPlace {
  KafkaConnection connection;
  bool keep_topics = false;
};

struct KafkaOptions {
  ProjectOptions project{.settings = {.partitions = 4}};
  KafkaPlace kafka;
};
// Append, project, and read the same topics by a consumer that does nothing else.
engine::Result<int> kafka(const KafkaOptions& options);

struct LatencyOptions {
  Place place;
  Settings settings{.partitions = 4};
  KafkaPlace kafka;
  std::uint64_t rate = 2000;      // events a second
  std::chrono::seconds time{30};  // that is measured, after some seconds of warm-up
  std::uint64_t open_cases = 0;   // that were there before; halfway a notice of a holiday moves their deadlines
};
// Events one by one as time passes, and when their results can be read outside; on the embedded log when no broker is
// given.
engine::Result<int> latency(const LatencyOptions& options);

}  // namespace ops::bench
