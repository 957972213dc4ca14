// What one event costs: decoding it, folding its case, and what the case adds to the counters.

#include <benchmark/benchmark.h>

#include "projections/cases/contribution.h"
#include "projections/clocks/clocks.h"
#include "tests/ops/lab/bench/input.h"
#include "topics/codec/event.h"

namespace bench_test {
namespace {

constexpr std::uint64_t kCases = 1000;
constexpr engine::Instant kNow = engine::instant(1'776'000'000'000);  // 2026-04-12, after all of them

void decode(benchmark::State& state, const Records& records) {
  topics::Decoder decoder({.max_ahead = std::chrono::days(36500)});
  topics::Event event;
  for (auto _ : state) {
    for (const engine::Record& record : records.all()) {
      auto decoded = decoder.decode(record, event);
      benchmark::DoNotOptimize(decoded);
    }
  }
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(rounds * static_cast<std::int64_t>(records.all().size()));
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(records.bytes()));
}

void decode_samples(benchmark::State& state) {
  decode(state, sample_events());
}
BENCHMARK(decode_samples);

void decode_generated_events(benchmark::State& state) {
  decode(state, generated_events(kCases));
}
BENCHMARK(decode_generated_events);

// All that follows from the facts of a case.
void fold_clocks_contribution(benchmark::State& state) {
  const Rules rules;
  const auto cases = case_facts(kCases);
  for (auto _ : state) {
    for (const auto& facts : cases) {
      const projections::Case folded = projections::fold(facts, rules.directory());
      const auto clocks = projections::clocks(folded, rules.directory(), kNow);
      auto counted = projections::contribution(folded, clocks, rules.directory());
      benchmark::DoNotOptimize(counted);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * cases.size()));
}
BENCHMARK(fold_clocks_contribution);

void fold_alone(benchmark::State& state) {
  const Rules rules;
  const auto cases = case_facts(kCases);
  for (auto _ : state) {
    for (const auto& facts : cases) {
      projections::Case folded = projections::fold(facts, rules.directory());
      benchmark::DoNotOptimize(folded);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * cases.size()));
}
BENCHMARK(fold_alone);

void encode_row(benchmark::State& state) {
  std::vector<projections::CaseRow> rows;
  for (auto& facts : case_facts(kCases)) rows.emplace_back().facts = std::move(facts);
  std::string out;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    for (const auto& row : rows) {
      out.clear();
      row.encode(out);
      bytes += static_cast<std::int64_t>(out.size());
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * rows.size()));
  state.SetBytesProcessed(bytes);
}
BENCHMARK(encode_row);

void decode_row(benchmark::State& state) {
  std::vector<std::string> rows;
  for (auto& facts : case_facts(kCases)) {
    projections::CaseRow row;
    row.facts = std::move(facts);
    row.encode(rows.emplace_back());
  }
  for (auto _ : state) {
    for (const std::string& bytes : rows) {
      projections::CaseRow row;
      CHECK(row.decode(bytes));
      benchmark::DoNotOptimize(row);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * rows.size()));
}
BENCHMARK(decode_row);

}  // namespace
}  // namespace bench_test
