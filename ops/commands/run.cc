#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/memory.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/progress.h"
#include "ops/commands/run.h"
#include "ops/deployment/deployment.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::Result;

std::atomic<engine::Runner*> running{nullptr};

// Names this process in the schedules.
std::string process_address(engine::Instant since) {
  char host[256] = "";
  if (gethostname(host, sizeof(host) - 1) != 0) host[0] = '\0';
  // In containers the pid may be the same after a restart.
  return fmt::format("{} pid {} since {}", host, getpid(), topics::format_rfc3339(since));
}

void on_signal(int signal) {
  std::signal(signal, SIG_DFL);  // the second one ends the process at once
  if (engine::Runner* runner = running.load(); runner != nullptr) runner->stop();
}

class SignalScope {
 public:
  explicit SignalScope(engine::Runner& runner) {
    running = &runner;
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
  }
  ~SignalScope() {
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    running = nullptr;
  }
};

}  // namespace

Result<int> run(const RunOptions& options) {
  if (options.common.data.empty())
    return usage_error("--data is required: the directory that holds the state of the tasks");
  keep_to_memory(options.memory_bytes, !options.common.kafka.brokers.empty());
  std::optional<engine::Instant> until;
  if (!options.until.empty()) {
    until = topics::parse_rfc3339(options.until);
    if (!until) {
      return usage_error(fmt::format("--until {}: not a time such as 2016-02-01T00:00:00-05:00 (the zone is required)",
                                     options.until));
    }
  }
  const auto deployment = TRY(Deployment::open({.directory = options.common.data,
                                                .kafka = options.common.kafka,
                                                .prefix = options.common.prefix,
                                                .partitions = options.partitions,
                                                .sync = options.sync,
                                                .accept_log_loss = options.accept_log_loss}));
  const engine::BoundedClock bounded(deployment->clock(), until.value_or(engine::kMaxInstant));

  engine::Task::Options task;
  task.step_records = options.step_events;
  constexpr std::uint64_t kCommitIntervalOnKafkaMs = 50;
  const std::uint64_t usual_interval = deployment->on_kafka() ? kCommitIntervalOnKafkaMs : 0;
  task.commit_interval = engine::Milliseconds(options.commit_interval_ms.value_or(usual_interval));
  task.group = deployment->on_kafka() ? "engine" : options.common.prefix + "engine";  // Kafka's has the prefix anyway

  Progress progress("records", "no new records");
  engine::Runner::Options runner_options;
  runner_options.memory = options.memory_bytes;
  if (deployment->on_kafka()) {
    runner_options.committers = kCommittersOnKafka;
    task.owner = process_address(deployment->clock().now());
    engine::Member::Options& member = runner_options.member.emplace();
    member.process = TRY(deployment->process_identity());
    member.address = task.owner;
    member.control_topic = deployment->topic("control");
    member.assignment_topic = deployment->topic("assignment");
    member.group = task.group;
    member.standbys = options.standbys;
    member.session_timeout = engine::Milliseconds(options.session_timeout_ms);
  }
  runner_options.threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  runner_options.until_idle = options.until_idle;
  engine::Runner* self = nullptr;
  runner_options.watch = [&] { show(progress, *self); };
  engine::Runner runner(
      deployment->log(), bounded, task, runner_options,
      [&](const std::string& name, bool damaged) { return deployment->make_store(name, damaged); },
      [&](const std::string& notice) { progress.note(notice); });
  self = &runner;
  for (const std::string& stage : Deployment::stage_names()) {
    TRY(runner.add_stage([&deployment, stage] { return deployment->make_stage(stage); }));
  }
  const SignalScope signals(runner);
  const auto done = runner.run();
  progress.done(runner.records_read(), done.has_value());
  if (!done) return std::unexpected(done.error());
  return kOk;
}

void declare_run(Program& program) {
  constexpr std::int64_t kMaxStandbys = 16;
  constexpr std::int64_t kMinSessionMs = 1500;  // three heartbeats
  constexpr std::int64_t kMaxSessionMs = 3'600'000;
  Command command = program.command("run", "Process the events in the log and keep processing new ones",
                                    "  gridloop run --data data/town\n"
                                    "  gridloop run --data data/boston --until 2016-02-01T00:00:00-05:00 --until-idle\n"
                                    "  gridloop run --kafka broker1:9092 --data data/node1 --standbys 1\n"
                                    "Processes on the same Kafka cluster share the tasks; each needs its own --data "
                                    "directory.\n");
  auto& options = command.settings<RunOptions>();
  add_log(command, options.common);
  command.flag("--until-idle", options.until_idle, "Exit when there is nothing left to do");
  command.text("--until", options.until, "TIME",
               "Stop the clock at this time, to replay the past. Events logged later still advance it");
  command.number("--threads", options.threads, {0, kMaxThreads}, "N",
                 "Number of worker threads (default: one per core)");
  command.bytes("--memory", options.memory_bytes, "Memory budget for state; checkpoints keep the state within it");
  command.number("--step-events", options.step_events, {1, kMaxStepEvents}, "N",
                 "Approximate number of events per step; does not affect the results");
  add_partitions(command, options.partitions);
  command.number("--standbys", options.standbys, {0, kMaxStandbys}, "N",
                 "Number of standby copies of each task on other processes (Kafka only; default: 0)");
  command.milliseconds(
      "--session-timeout", options.session_timeout_ms, {kMinSessionMs, kMaxSessionMs},
      "Reassign the tasks of a process that sends no heartbeat for this long (Kafka only; default: 5s)");
  command.milliseconds("--commit-interval", options.commit_interval_ms, {0, kMaxCommitIntervalMs},
                       "Minimum time between two commits of a task (default: 50ms on Kafka, otherwise 0)");
  add_sync(command, options.sync);
  command.flag("--accept-log-loss", options.accept_log_loss,
               "Continue even if the end of the log was lost (after a power failure without --sync)");
  command.runs(on_log(options.common, [&options] { return run(options); }));
}

}  // namespace ops
