// What a row costs: in a table, on its way to the disk, and from there; and what a timer costs.

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "engine/bytes.h"
#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "engine/state/table.h"
#include "engine/state/timers.h"
#include "tests/ops/lab/bench/input.h"
#include "tests/support/scratch.h"

namespace bench_test {
namespace {

using engine::State;
using engine::Timers;

constexpr std::size_t kRows = 100'000;
constexpr std::size_t kRowBytes = 300;  // as a case with four facts

struct BytesRow {
  std::string bytes;
  void encode(std::string& out) const { out += bytes; }
  bool decode(std::string_view from) {
    bytes = from;
    return true;
  }
};
using Rows = engine::Table<BytesRow>;

std::vector<std::string> keys() {
  std::vector<std::string> all;
  // Not in the order of their bytes, as cases come.
  for (std::size_t i = 0; i < kRows; ++i) all.push_back(fmt::format("C1-{:09}", i * 7919 % kRows));
  return all;
}

void fill(Rows& rows, const std::vector<std::string>& all) {
  for (const std::string& key : all) rows.upsert(key).bytes.assign(kRowBytes, 'r');
}

engine::Checkpoint freeze(State& state) {
  state.digest();
  return {"position", state.freeze()};
}

void count(benchmark::State& run, std::size_t each) {
  run.SetItemsProcessed(static_cast<std::int64_t>(run.iterations() * each));
}

std::unique_ptr<engine::RocksStore> open_store(const support::Scratch& scratch,
                                               const std::vector<std::string>& tables) {
  return must(engine::RocksStore::open({.directory = scratch.path("store"), .tables = tables}));
}

void table_find_in_memory(benchmark::State& run) {
  engine::MemoryStore store(std::make_shared<engine::MemoryStore::Contents>());
  State state(store);
  Rows rows(state, "rows");
  const auto all = keys();
  fill(rows, all);
  for (auto _ : run) {
    for (const std::string& key : all) benchmark::DoNotOptimize(rows.find(key));
  }
  count(run, all.size());
}
BENCHMARK(table_find_in_memory)->Unit(benchmark::kMillisecond);

void table_edit_and_account(benchmark::State& run) {
  engine::MemoryStore store(std::make_shared<engine::MemoryStore::Contents>());
  State state(store);
  Rows rows(state, "rows");
  const auto all = keys();
  fill(rows, all);
  for (auto _ : run) {
    for (const std::string& key : all) ++rows.edit(key)->bytes.front();
    benchmark::DoNotOptimize(state.digest());
  }
  count(run, all.size());
}
BENCHMARK(table_edit_and_account)->Unit(benchmark::kMillisecond);

void table_find_on_disk(benchmark::State& run) {
  const support::Scratch scratch;
  const auto store = open_store(scratch, {"rows"});
  const auto all = keys();
  {
    State state(*store);
    Rows rows(state, "rows");
    fill(rows, all);
    must(store->checkpoint(freeze(state)));
  }
  for (auto _ : run) {
    State state(*store);
    Rows rows(state, "rows");
    for (const std::string& key : all) benchmark::DoNotOptimize(rows.find(key));
  }
  count(run, all.size());
}
BENCHMARK(table_find_on_disk)->Unit(benchmark::kMillisecond);

void table_checkpoint(benchmark::State& run) {
  const auto all = keys();
  for (auto _ : run) {
    run.PauseTiming();
    const support::Scratch scratch;
    const auto store = open_store(scratch, {"rows"});
    State state(*store);
    Rows rows(state, "rows");
    fill(rows, all);
    run.ResumeTiming();
    must(store->checkpoint(freeze(state)));
    state.unfreeze();
  }
  count(run, all.size());
}
BENCHMARK(table_checkpoint)->Unit(benchmark::kMillisecond);

engine::Timer timer(std::size_t number) {
  return {engine::instant(static_cast<std::int64_t>(1'772'000'000'000 + number * 7919 % kRows)),
          fmt::format("C1-{:09}", number), 1};
}

void timers_arm_and_account(benchmark::State& run) {
  for (auto _ : run) {
    run.PauseTiming();
    engine::MemoryStore store(std::make_shared<engine::MemoryStore::Contents>());
    State state(store);
    Timers timers(state);
    run.ResumeTiming();
    for (std::size_t i = 0; i < kRows; ++i) timers.arm(timer(i));
    benchmark::DoNotOptimize(state.digest());
  }
  count(run, kRows);
}
BENCHMARK(timers_arm_and_account)->Unit(benchmark::kMillisecond);

void timers_fire_from_disk(benchmark::State& run) {
  const support::Scratch scratch;
  const auto store = open_store(scratch, {"timers"});
  {
    State state(*store);
    Timers timers(state);
    for (std::size_t i = 0; i < kRows; ++i) timers.arm(timer(i));
    must(store->checkpoint(freeze(state)));
  }
  for (auto _ : run) {
    State state(*store);
    Timers timers(state);
    std::size_t fired = 0;
    while (timers.take(engine::kMaxInstant)) ++fired;
    CHECK(fired == kRows);
  }
  count(run, kRows);
}
BENCHMARK(timers_fire_from_disk)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bench_test
