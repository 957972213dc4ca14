// What the log costs: placing a record, appending transactions, reading back, and the record of a step.

#include <benchmark/benchmark.h>

#include <algorithm>

#include <fmt/format.h>

#include "engine/log/embedded_log.h"
#include "engine/schedule.h"
#include "tests/ops/lab/bench/input.h"
#include "tests/support/scratch.h"

namespace bench_test {
namespace {

constexpr std::uint64_t kCases = 5000;  // so 20,000 events: one transaction
constexpr std::uint32_t kPartitions = 3;
const std::string kTopic = "requests";

engine::Transaction transaction_of(const Records& records) {
  engine::Transaction transaction;
  for (const engine::Record& record : records.all()) {
    engine::Outgoing& out = transaction.records.emplace_back();
    out.topic = kTopic;
    out.partition = engine::partition_of(record.key, kPartitions);
    out.key = record.key;
    out.value = record.value;
  }
  return transaction;
}

void partition_of_key(benchmark::State& run) {
  const Records records = generated_events(kCases);
  for (auto _ : run) {
    for (const engine::Record& record : records.all()) {
      benchmark::DoNotOptimize(engine::partition_of(record.key, kPartitions));
    }
  }
  run.SetItemsProcessed(static_cast<std::int64_t>(run.iterations() * records.all().size()));
}
BENCHMARK(partition_of_key);

void log_append(benchmark::State& run) {
  const Records records = generated_events(kCases);
  const engine::Transaction transaction = transaction_of(records);
  const support::Scratch scratch;
  engine::PosixDisk disk;
  const engine::WallClock clock;
  const auto log = must(engine::EmbeddedLog::open(disk, clock, {.directory = scratch.path("log")}));
  must(log->create_topic({.name = kTopic, .partitions = kPartitions}));
  const auto writer = must(log->writer("bench"));
  for (auto _ : run) must(writer->commit(transaction));
  run.SetItemsProcessed(static_cast<std::int64_t>(run.iterations() * records.all().size()));
  run.SetBytesProcessed(static_cast<std::int64_t>(run.iterations() * records.bytes()));
}
BENCHMARK(log_append)->Unit(benchmark::kMillisecond)->Iterations(20);

void log_read(benchmark::State& run) {
  constexpr std::size_t kReadBytes = 256u << 10;
  const Records records = generated_events(kCases);
  const support::Scratch scratch;
  engine::PosixDisk disk;
  const engine::WallClock clock;
  const auto log = must(engine::EmbeddedLog::open(disk, clock, {.directory = scratch.path("log")}));
  must(log->create_topic({.name = kTopic, .partitions = kPartitions}));
  const auto writer = must(log->writer("bench"));
  must(writer->commit(transaction_of(records)));
  engine::Batch batch;
  for (auto _ : run) {
    std::size_t read = 0;
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      const auto reader = must(log->reader({kTopic, engine::Partition{p}}, engine::Offset{0}));
      do {
        read += batch.records().size();
        batch.clear();
        must(reader->read(batch, kReadBytes));
      } while (!batch.empty());
    }
    CHECK(read == records.all().size());
  }
  run.SetItemsProcessed(static_cast<std::int64_t>(run.iterations() * records.all().size()));
  run.SetBytesProcessed(static_cast<std::int64_t>(run.iterations() * records.bytes()));
}
BENCHMARK(log_read)->Unit(benchmark::kMillisecond);

void schedule_encode_and_chain(benchmark::State& run) {
  engine::Step step;
  step.number = engine::StepNumber{123'456};
  step.logic_version = 1;
  for (std::int64_t input = 0; input < 6; ++input) {
    step.ranges.push_back({engine::Offset{input * 1'000'000}, engine::Offset{input * 1'000'000 + 2000}, 2000});
  }
  step.tick = engine::instant(1'772'294'400'000);
  step.outputs = 5000;
  engine::Hash128 chain;
  for (auto _ : run) {
    const std::string content = engine::encode_step(step);
    chain = engine::chain_after(chain, content);
    auto record = engine::encode_schedule_record(engine::Epoch{1}, "", 0, content, chain);
    benchmark::DoNotOptimize(record);
  }
  run.SetItemsProcessed(static_cast<std::int64_t>(run.iterations()));
}
BENCHMARK(schedule_encode_and_chain);

}  // namespace
}  // namespace bench_test
