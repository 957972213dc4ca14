// The commands of `gridloop-lab bench`.

#include "ops/cli/program.h"
#include "ops/commands/common_options.h"
#include "ops/lab/bench/bench.h"

namespace ops {
namespace {

constexpr std::int64_t kMaxSeconds = 86'400;
constexpr std::int64_t kMaxItems = 1'000'000'000;

void add_place(Command& command, bench::Place& place, bench::Settings& settings) {
  command.text("--data", place.directory, "DIR", "Working directory, new or empty (default: a temporary one)");
  command.flag("--keep", place.keep, "Keep the working directory");
  add_json(command, place.json);
  command.bytes("--memory", settings.memory_bytes, "Memory budget for state, as for `gridloop run`");
}

void add_running(Command& command, bench::Settings& settings) {
  command.number("--partitions", settings.partitions, {1, kMaxPartitions}, "N", "Number of partitions of the topics");
  command.number("--threads", settings.threads, {0, kMaxThreads}, "N",
                 "Number of worker threads (default: one per core)");
  command.seconds("--checkpoint-seconds", settings.checkpoint_interval, kMaxSeconds, "Seconds between two checkpoints");
}

void add_cases(Command& command, bench::ProjectOptions& options) {
  using bench::Policies;
  command.number("--cases", options.cases, {1, kMaxItems}, "N", "Number of cases to generate, four events each");
  command.number("--seed", options.seed, {}, "N", "Seed of the random generator");
  command.choice("--policies", options.policies,
                 {{"plain", Policies::plain}, {"full", Policies::full}, {"unanswered", Policies::unanswered}},
                 "plain (the default): limits in seconds; full: limits in working time, as in a municipality; "
                 "unanswered: as full, with clocks that nothing stops");
  command.flag("--conditions", options.conditions,
               "Give the cases filing conditions even with plain policies, so that all policies see the same events");
}

void add_files(Command& command, bench::ProjectOptions& options) {
  command.list("--events", options.files, "FILE...",
               "Read events from files instead: lines `case TAB JSON`, each file sorted by time");
}

void add_kafka_place(Command& command, bench::KafkaPlace& place, Command::Need need) {
  const std::string help =
      need == Command::Need::required ? kBrokersHelp : std::string(kBrokersHelp) + " (default: the embedded log)";
  add_kafka(command, place.connection, help, need);
  command.flag("--keep-topics", place.keep_topics, "Keep the topics and print their names");
}

void add_steps(Command& command, bench::Settings& settings) {
  command.milliseconds("--commit-interval", settings.commit_interval, {0, kMaxCommitIntervalMs},
                       "Minimum time between two commits of a task (default: 50ms)");
  command.number("--step-events", settings.step_records, {1, kMaxStepEvents}, "N",
                 "Approximate number of events per step");
}

void declare_project(Program& program) {
  Command command = program.command("bench project", "Measure appending, processing, rebuilding and restarting",
                                    "  gridloop-lab bench project --cases 100000\n"
                                    "  gridloop-lab bench project --cases 100000 --policies full\n"
                                    "  gridloop-lab bench project --events requests.tsv dispatches.tsv visits.tsv\n");
  auto& options = command.settings<bench::ProjectOptions>();
  add_place(command, options.place, options.settings);
  add_cases(command, options);
  add_files(command, options);
  add_running(command, options.settings);
  command.runs([&options] { return bench::project(options); });
}

void declare_memory(Program& program) {
  Command command = program.command("bench memory", "Append and process within a memory budget",
                                    "  gridloop-lab bench memory --cases 2000000 --memory 128MiB\n");
  auto& options = command.settings<bench::ProjectOptions>();
  add_place(command, options.place, options.settings);
  add_cases(command, options);
  add_running(command, options.settings);
  command.runs([&options] { return bench::memory(options); });
}

void declare_timers(Program& program) {
  Command command = program.command("bench timers", "Arm many timers and fire many at one instant",
                                    "  gridloop-lab bench timers --timers 1000000 --due-at-once 100000\n");
  auto& options = command.settings<bench::TimersOptions>();
  add_place(command, options.place, options.settings);
  command.number("--timers", options.timers, {1, kMaxItems}, "N", "Total number of timers");
  command.number("--due-at-once", options.due_at_once, {1, kMaxItems}, "N", "Number of timers due at one instant");
  command.runs([&options] { return bench::timers(options); });
}

void declare_history(Program& program) {
  constexpr std::int64_t kMaxEvents = 4'000'000'000;
  Command command = program.command("bench history", "Measure the cost of an event as the history grows",
                                    "  gridloop-lab bench history --events 10000000\n");
  auto& options = command.settings<bench::HistoryOptions>();
  add_place(command, options.place, options.settings);
  command.number("--events", options.events, {4, kMaxEvents}, "N", "Number of events to generate, four per case");
  command.number("--seed", options.seed, {}, "N", "Seed of the random generator");
  add_running(command, options.settings);
  command.runs([&options] { return bench::history(options); });
}

void declare_restart(Program& program) {
  Command command = program.command("bench restart", "Kill a process with a large state and measure its restart",
                                    "  gridloop-lab bench restart --state 256MiB\n");
  auto& options = command.settings<bench::RestartOptions>();
  add_place(command, options.place, options.settings);
  command.bytes("--state", options.state_bytes, "Size of the state on disk before the kill");
  command.seconds("--work-seconds", options.work, kMaxSeconds, "Seconds until the kill");
  add_running(command, options.settings);
  command.runs([&options] { return bench::restart(options); });
}

void declare_kafka(Program& program) {
  Command command =
      program.command("bench kafka", "Append to a Kafka cluster and process; compare with a plain consumer",
                      "  gridloop-lab bench kafka --kafka 127.0.0.1:9092 --cases 100000\n");
  auto& options = command.settings<bench::KafkaOptions>();
  add_place(command, options.project.place, options.project.settings);
  add_kafka_place(command, options.kafka, Command::Need::required);
  add_cases(command, options.project);
  add_files(command, options.project);
  add_running(command, options.project.settings);
  add_steps(command, options.project.settings);
  command.runs([&options] { return bench::kafka(options); });
}

void declare_latency(Program& program) {
  constexpr std::int64_t kMaxRate = 100'000;
  constexpr std::int64_t kMaxOpen = 100'000'000;
  constexpr std::int64_t kMaxMeasured = 3600;
  Command command =
      program.command("bench latency", "Measure the time from an event, or a due time, to its published result",
                      "  gridloop-lab bench latency --rate 10000\n"
                      "  gridloop-lab bench latency --kafka 127.0.0.1:9092 --rate 2000\n"
                      "  gridloop-lab bench latency --rate 1000 --open-cases 400000\n");
  auto& options = command.settings<bench::LatencyOptions>();
  add_place(command, options.place, options.settings);
  add_kafka_place(command, options.kafka, Command::Need::optional);
  command.number("--rate", options.rate, {1, kMaxRate}, "N", "Events per second");
  command.number("--open-cases", options.open_cases, {0, kMaxOpen}, "N",
                 "Number of cases open at the start; halfway through, a holiday notice moves their deadlines");
  command.seconds("--seconds", options.time, kMaxMeasured, "Seconds to measure");
  add_running(command, options.settings);
  add_steps(command, options.settings);
  command.runs([&options] { return bench::latency(options); });
}

}  // namespace

void declare_benchmarks(Program& program) {
  program.group("bench", "Run a benchmark, check its results, and print the figures",
                "  gridloop-lab bench project --cases 100000\n"
                "  gridloop-lab bench latency --rate 10000\n");
  for (const Declare declare : {declare_project, declare_memory, declare_timers, declare_history, declare_restart,
                                declare_kafka, declare_latency}) {
    declare(program);
  }
}

}  // namespace ops
