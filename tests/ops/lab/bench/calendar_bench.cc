// What a question about working time costs, and what a deadline does, at random instants of two years with notices.

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "projections/clocks/limit.h"
#include "tests/projections/clocks/china.h"
#include "tests/support/random.h"

namespace bench_test {
namespace {

using engine::Instant;
using projections::Grant;
using projections::Limit;
using projections::LimitRules;
using projections::Pauses;
using projections::TimeUnit;
using projections::WorkingCalendar;

constexpr std::size_t kTimes = 4096;  // a power of two

const WorkingCalendar& calendar() {
  static const WorkingCalendar one = calendar_test::china();
  return one;
}

std::vector<Instant> times() {
  support::Random random(1);
  std::vector<Instant> all;
  const Instant first = calendar_test::at("2025-01-01 00:00");
  for (std::size_t i = 0; i < kTimes; ++i) all.push_back(first + std::chrono::seconds(random.below(2 * 365 * 86'400)));
  return all;
}

template <class Question>
void ask(benchmark::State& state, Question&& question) {
  const std::vector<Instant> starts = times();
  std::size_t i = 0;
  for (auto _ : state) {
    auto answer = question(starts[++i % kTimes]);
    benchmark::DoNotOptimize(answer);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

void working_time_between(benchmark::State& state) {
  ask(state, [](Instant start) { return calendar().worked(start, start + std::chrono::hours(500)); });
}
BENCHMARK(working_time_between);

void instant_after_working_time(benchmark::State& state) {
  ask(state, [](Instant start) { return calendar().after(start, std::chrono::hours(40)); });
}
BENCHMARK(instant_after_working_time);

void due(benchmark::State& state, Grant grant, const LimitRules& rules, bool paused) {
  const Limit limit = *Limit::make(std::array{grant}, rules);
  ask(state, [&](Instant start) {
    if (!paused) {
      static const Pauses none;
      return *projections::due({calendar(), limit, start, none});
    }
    const Pauses pauses({{start + std::chrono::hours(20), start + std::chrono::hours(70)},
                         {start + std::chrono::hours(90), start + std::chrono::hours(100)}});
    return *projections::due({calendar(), limit, start, pauses});
  });
}
BENCHMARK_CAPTURE(due, five_work_days, Grant{5, TimeUnit::work_day}, LimitRules{}, false);
BENCHMARK_CAPTURE(due, end_of_the_fifth_work_day, Grant{5, TimeUnit::work_day}, LimitRules{.end_of_day = true}, false);
BENCHMARK_CAPTURE(due, two_urgent_hours, Grant{2, TimeUnit::urgent_hour}, LimitRules{}, false);
BENCHMARK_CAPTURE(due, five_work_days_with_two_pauses, Grant{5, TimeUnit::work_day}, LimitRules{}, true);

}  // namespace
}  // namespace bench_test
