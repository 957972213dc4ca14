#include "ops/lab/bench/processing.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "ops/cli/memory.h"
#include "ops/cli/messages.h"
#include "topics/codec/encode.h"

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Offset;
using engine::Partition;
using engine::Result;
using engine::TopicPartition;

namespace {

Result<std::vector<std::pair<TopicPartition, Offset>>> schedule_ends(Deployment& deployment) {
  std::vector<std::pair<TopicPartition, Offset>> ends;
  for (const std::string& stage : Deployment::stage_names()) {
    const auto topic = deployment.log().topic(deployment.topic("schedule-" + stage));
    for (std::uint32_t p = 0; topic && p < topic->partitions; ++p) {
      const TopicPartition at{topic->name, Partition{p}};
      ends.emplace_back(at, TRY(deployment.log().bounds(at)).end);
    }
  }
  return ends;
}

// One new case in each partition.
Result<> append_probes(Deployment& deployment) {
  const std::uint32_t partitions = deployment.partitions();
  engine::Transaction transaction;
  const engine::Instant now = deployment.clock().now();
  for (std::uint32_t p = 0; p < partitions; ++p) {
    engine::Outgoing& record = transaction.records.emplace_back();
    record.topic = deployment.topic("requests");
    record.partition = Partition{p};
    for (int i = 0; record.key.empty() || engine::partition_of(record.key, partitions) != Partition{p}; ++i) {
      record.key = fmt::format("probe-{}-{}", engine::to_ms(now), i);
    }
    topics::append_event(
        record.value,
        {.id = record.key, .source = "bench/probe", .type = "request.reported", .subject = record.key, .time = now},
        R"({"area":"3708"})");
  }
  const auto writer = TRY(deployment.log().writer(deployment.prefix() + "bench"));
  TRY(writer->commit(transaction));
  return {};
}

}  // namespace

Result<std::unique_ptr<Deployment>> open_deployment(const std::string& directory, const Settings& settings) {
  return Deployment::open({.directory = directory, .partitions = settings.partitions});
}

Result<std::unique_ptr<engine::Runner>> make_runner(Deployment& deployment, const engine::Clock& clock,
                                                    const Settings& settings, engine::Runner::Options options) {
  keep_to_memory(settings.memory_bytes, deployment.on_kafka());
  engine::Task::Options task;
  task.checkpoint_interval = settings.checkpoint_interval;
  task.step_records = settings.step_records;
  task.group = deployment.prefix() + "engine";
  options.memory = settings.memory_bytes;
  options.threads = settings.threads != 0 ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
  if (deployment.on_kafka()) {
    options.committers = kCommittersOnKafka;
    task.commit_interval = settings.commit_interval;
  }
  auto runner = std::make_unique<engine::Runner>(
      deployment.log(), clock, task, std::move(options),
      [&deployment](const std::string& name, bool damaged) { return deployment.make_store(name, damaged); },
      [](const std::string& notice) { say(notice); });
  for (const std::string& stage : Deployment::stage_names()) {
    TRY(runner->add_stage([&deployment, stage] { return deployment.make_stage(stage); }));
  }
  return runner;
}

Result<std::uint64_t> run_until_idle(Deployment& deployment, const engine::Clock& clock, const Settings& settings,
                                     const std::function<void(const engine::Runner&)>& watch) {
  std::unique_ptr<engine::Runner> runner;
  engine::Runner::Options options{.until_idle = true};
  if (watch) options.watch = [&] { watch(*runner); };
  runner = TRY(make_runner(deployment, clock, settings, std::move(options)));
  TRY(runner->run());
  return runner->records_read();
}

Result<> remove_states(const std::string& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory + "/state", error);
  if (error) return fail(Action::fatal, fmt::format("cannot remove {}/state: {}", directory, error.message()));
  return {};
}

Result<Restart> serve_again(const std::string& directory, const Settings& settings) {
  Stopwatch watch;
  watch.start();
  const auto deployment = TRY(open_deployment(directory, settings));
  engine::Log& log = deployment->log();
  const auto before = TRY(schedule_ends(*deployment));
  const auto runner = TRY(make_runner(*deployment, deployment->clock(), settings, {}));
  TRY(append_probes(*deployment));
  std::atomic<bool> ended{false};
  Result<> outcome;
  std::jthread thread([&] {
    outcome = runner->run();
    ended = true;
  });
  Result<Restart> restart;
  const auto all_serve = [&]() -> Result<bool> {
    for (const auto& [at, end] : before) {
      if (TRY(log.bounds(at)).end == end) return false;
    }
    return true;
  };
  while (!ended) {
    const std::uint64_t seen = log.changes();
    const auto serving = all_serve();
    if (!serving) {
      restart = std::unexpected(serving.error());
      break;
    }
    if (*serving) {
      watch.stop();
      restart = Restart{watch.cost(), runner->records_read()};
      break;
    }
    log.wait(seen, engine::Milliseconds(50));
  }
  runner->stop();
  thread.join();
  TRY(std::move(outcome));
  return restart;
}

}  // namespace ops::bench
