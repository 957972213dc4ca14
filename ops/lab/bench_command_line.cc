// The command line of `gridloop-lab bench`.

#include "ops/cli/program.h"
#include "ops/lab/commands.h"

namespace ops {
namespace {

CLI::App* add_benchmark(CLI::App* group, const std::string& name, const std::string& what, bench::Place& place,
                        bench::Settings& settings) {
  CLI::App* sub = group->add_subcommand(name, what);
  sub->add_option("--data", place.directory, "Working directory, new or empty (default: a temporary one)")
      ->option_text("DIR");
  sub->add_flag("--keep", place.keep, "Keep the working directory");
  sub->add_flag("--json", place.json, "Print one JSON object per line");
  sub->add_option("--memory", settings.memory_bytes, "Memory budget for state, as for `gridloop run` (default: 1GiB)")
      ->transform(CLI::AsSizeValue(false))
      ->check(not_negative())
      ->option_text("SIZE");
  return sub;
}

template <class Duration>
void add_seconds(CLI::App* sub, const char* name, Duration& value, std::int64_t most, const char* what) {
  sub->add_option_function<std::int64_t>(
         name, [&value](std::int64_t seconds) { value = std::chrono::seconds(seconds); }, what)
      ->check(whole_number(1, most))
      ->option_text("N");
}

void add_running(CLI::App* sub, bench::Settings& settings) {
  sub->add_option("--partitions", settings.partitions, "Number of partitions of the topics")
      ->check(whole_number(1, kMaxPartitions))
      ->capture_default_str()
      ->option_text("N");
  sub->add_option("--threads", settings.threads, "Number of worker threads (default: one per core)")
      ->check(whole_number(0, kMaxThreads))
      ->option_text("N");
  add_seconds(sub, "--checkpoint-seconds", settings.checkpoint_interval, 86400, "Seconds between two checkpoints (default: 60)");
}

void add_cases(CLI::App* sub, bench::ProjectOptions& options) {
  sub->add_option("--cases", options.cases, "Number of cases to generate, four events each")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str()
      ->option_text("N");
  sub->add_option("--seed", options.seed, "Seed of the random generator")->capture_default_str()->option_text("N");
  sub->add_option_function<std::string>(
         "--policies",
         [&options](const std::string& name) {
           using bench::Policies;
           options.policies = name == "plain"  ? Policies::plain
                              : name == "full" ? Policies::full
                                               : Policies::unanswered;
         },
         "plain (the default): limits in seconds; full: limits in working time, as in a municipality; unanswered: as full, "
         "with clocks that nothing stops")
      ->check(CLI::IsMember({"plain", "full", "unanswered"}))
      ->option_text("NAME");
  sub->add_flag("--conditions", options.conditions,
                "Give the cases filing conditions even with plain policies, so that all policies see the same events");
}

void add_files(CLI::App* sub, bench::ProjectOptions& options) {
  sub->add_option("--events", options.files, "Read events from files instead: lines `case TAB JSON`, each file sorted by time")
      ->option_text("FILE...");
}

void add_kafka_place(CLI::App* sub, bench::KafkaPlace& place, bool required) {
  sub->add_option("--kafka", place.connection.brokers,
                  required ? "One or more brokers of the cluster, separated by commas"
                           : "One or more brokers of the cluster, separated by commas (default: the embedded log)")
      ->required(required)
      ->option_text("HOST:PORT");
  Program::kafka_settings(sub, place.connection);
  sub->add_flag("--keep-topics", place.keep_topics, "Keep the topics and print their names");
}

void add_steps(CLI::App* sub, bench::Settings& settings) {
  sub->add_option_function<std::uint64_t>(
         "--commit-interval", [&settings](std::uint64_t ms) { settings.commit_interval = engine::Milliseconds(ms); },
         "Minimum time between two commits of a task (default: 50ms)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
      ->check(whole_number(0, kMaxCommitIntervalMs))
      ->option_text("TIME");
  sub->add_option("--step-events", settings.step_records, "Approximate number of events per step")
      ->check(whole_number(1, kMaxStepEvents))
      ->capture_default_str()
      ->option_text("N");
}

void add_kafka_benchmarks(Program& program, CLI::App* group, Benchmarks& b) {
  CLI::App* sub = add_benchmark(group, "kafka", "Append to a Kafka cluster and process; compare with a plain consumer",
                                b.kafka.project.place, b.kafka.project.settings);
  sub->footer("Examples:\n  gridloop-lab bench kafka --kafka 127.0.0.1:9092 --cases 100000\n");
  add_kafka_place(sub, b.kafka.kafka, true);
  add_cases(sub, b.kafka.project);
  add_files(sub, b.kafka.project);
  add_running(sub, b.kafka.project.settings);
  add_steps(sub, b.kafka.project.settings);
  program.runs(sub, [&b] { return bench::kafka(b.kafka); });

  CLI::App* live =
      add_benchmark(group, "latency", "Measure the time from an event, or a due time, to its published result",
                    b.latency.place, b.latency.settings);
  live->footer(
      "Examples:\n  gridloop-lab bench latency --rate 10000\n  gridloop-lab bench latency --kafka 127.0.0.1:9092 "
      "--rate 2000\n"
      "  gridloop-lab bench latency --rate 1000 --open-cases 400000\n");
  add_kafka_place(live, b.latency.kafka, false);
  live->add_option("--rate", b.latency.rate, "Events per second")
      ->check(whole_number(1, 100'000))
      ->capture_default_str()
      ->option_text("N");
  live->add_option("--open-cases", b.latency.open_cases,
                   "Number of cases open at the start; halfway through, a holiday notice moves their deadlines")
      ->check(whole_number(0, 100'000'000))
      ->option_text("N");
  add_seconds(live, "--seconds", b.latency.time, 3600, "Seconds to measure (default: 30)");
  add_running(live, b.latency.settings);
  add_steps(live, b.latency.settings);
  program.runs(live, [&b] { return bench::latency(b.latency); });
}

}  // namespace

void add_benchmarks(Program& program, Benchmarks& b) {
  CLI::App* group = program.command("bench", "Run a benchmark, check its results, and print the figures",
                                    "  gridloop-lab bench project --cases 100000\n"
                                    "  gridloop-lab bench project --cases 100000 --policies full\n"
                                    "  gridloop-lab bench project --events requests.tsv dispatches.tsv visits.tsv\n"
                                    "  gridloop-lab bench memory --cases 2000000 --memory 128MiB\n");
  group->require_subcommand(1);
  {
    CLI::App* sub = add_benchmark(group, "project", "Measure appending, processing, rebuilding and restarting",
                                  b.project.place, b.project.settings);
    add_cases(sub, b.project);
    add_files(sub, b.project);
    add_running(sub, b.project.settings);
    program.runs(sub, [&b] { return bench::project(b.project); });
  }
  {
    CLI::App* sub =
        add_benchmark(group, "memory", "Append and process within a memory budget", b.memory.place, b.memory.settings);
    add_cases(sub, b.memory);
    add_running(sub, b.memory.settings);
    program.runs(sub, [&b] { return bench::memory(b.memory); });
  }
  {
    CLI::App* sub = add_benchmark(group, "timers", "Arm many timers and fire many at one instant", b.timers.place,
                                  b.timers.settings);
    sub->add_option("--timers", b.timers.timers, "Total number of timers")
        ->check(whole_number(1, 1'000'000'000))
        ->capture_default_str()
        ->option_text("N");
    sub->add_option("--due-at-once", b.timers.due_at_once, "Number of timers due at one instant")
        ->check(whole_number(1, 1'000'000'000))
        ->capture_default_str()
        ->option_text("N");
    program.runs(sub, [&b] { return bench::timers(b.timers); });
  }
  {
    CLI::App* sub =
        add_benchmark(group, "history", "Measure the cost of an event as the history grows", b.history.place, b.history.settings);
    sub->add_option("--events", b.history.events, "Number of events to generate, four per case")
        ->check(whole_number(4, 4'000'000'000))
        ->capture_default_str()
        ->option_text("N");
    sub->add_option("--seed", b.history.seed, "Seed of the random generator")->capture_default_str()->option_text("N");
    add_running(sub, b.history.settings);
    program.runs(sub, [&b] { return bench::history(b.history); });
  }
  {
    CLI::App* sub = add_benchmark(group, "restart", "Kill a process with a large state and measure its restart",
                                  b.restart.place, b.restart.settings);
    sub->add_option("--state", b.restart.state_bytes, "Size of the state on disk before the kill (default: 1GiB)")
        ->transform(CLI::AsSizeValue(false))
        ->check(not_negative())
        ->option_text("SIZE");
    add_seconds(sub, "--work-seconds", b.restart.work, 86400, "Seconds until the kill (default: 10)");
    add_running(sub, b.restart.settings);
    program.runs(sub, [&b] { return bench::restart(b.restart); });
  }
  add_kafka_benchmarks(program, group, b);
}

}  // namespace ops
