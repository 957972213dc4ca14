// `gridloop-lab bench history`: whether an event costs the same after many millions of others.

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"
#include "ops/lab/bench/appender.h"
#include "ops/lab/bench/bench.h"
#include "ops/lab/bench/generated_events.h"
#include "ops/lab/bench/phases.h"
#include "ops/lab/bench/result_totals.h"
#include "ops/lab/bench/workplace.h"

namespace ops::bench {

using engine::Result;

namespace {

constexpr std::uint64_t kEventsPerCase = 4;
constexpr std::uint64_t kCasesPerDay = 16'667;  // as in 500,000 of 30 days
constexpr std::uint64_t kRound = 1'000'000;     // events

// A part of the history: what its events took.
struct Round {
  std::uint64_t history = 0;  // events appended so far, with those of this round
  std::uint64_t events = 0;   // in this round
  Cost cost;
  std::uint64_t memory_bytes = 0;  // at its end
  std::uint64_t state_bytes = 0;   // at its end
};

void print(const std::vector<Round>& rounds, bool json) {
  constexpr auto kRight = TextTable::Align::right;
  TextTable table({{"History", kRight},
                   {"Wall µs each", kRight},
                   {"CPU µs each", kRight},
                   {"Memory MB", kRight},
                   {"State MB", kRight}});
  for (const Round& round : rounds) {
    const auto events = static_cast<std::int64_t>(round.events);
    const auto wall_ns = round.cost.wall.count() / events;
    const auto cpu_ns = round.cost.cpu.count() * 1000 / events;
    if (json) {
      std::string out;
      engine::JsonWriter line(out);
      line.begin_object().key("history").integer(static_cast<std::int64_t>(round.history));
      line.key("wall_ns_each").integer(wall_ns).key("cpu_ns_each").integer(cpu_ns);
      line.key("memory_bytes").integer(static_cast<std::int64_t>(round.memory_bytes));
      line.key("state_bytes").integer(static_cast<std::int64_t>(round.state_bytes)).end_object();
      fmt::print("{}\n", out);
    } else {
      table.add({with_commas(static_cast<std::int64_t>(round.history)),
                 fmt::format("{:.2f}", static_cast<double>(wall_ns) / 1e3),
                 fmt::format("{:.2f}", static_cast<double>(cpu_ns) / 1e3), megabytes(round.memory_bytes),
                 megabytes(round.state_bytes)});
    }
  }
  if (!json) fmt::print("{}", table.text());
}

}  // namespace

Result<int> history(const HistoryOptions& options) {
  const auto workplace = TRY(Workplace::make(options.place));
  const auto deployment = TRY(open_deployment(workplace->directory(), options.settings));
  const std::uint64_t cases = std::max<std::uint64_t>(options.events / kEventsPerCase, 1);
  const engine::Milliseconds span = std::chrono::days(cases / kCasesPerDay + 1);
  const engine::Instant begin = GeneratedEvents::kBegin + std::chrono::days(30) - span;
  GeneratedEvents source({.cases = cases, .seed = options.seed, .begin = begin, .span = span});
  const auto appender = TRY(Appender::open(*deployment, begin - std::chrono::days(1)));
  std::vector<Round> rounds;
  std::uint64_t appended = 0;
  while (appended < options.events) {
    const std::uint64_t events = TRY(appender->append(source, std::min(kRound, options.events - appended)));
    if (events == 0) break;
    appended += events;
    Stopwatch watch;
    watch.start();
    TRY(run_until_idle(*deployment, deployment->clock(), options.settings));
    watch.stop();
    rounds.push_back({appended, events, watch.cost(), TRY(memory_bytes()), directory_bytes(workplace->state())});
    say(fmt::format("{} events, {:.2f} s for the last {}", with_commas(static_cast<std::int64_t>(appended)),
                    std::chrono::duration<double>(rounds.back().cost.wall).count(),
                    with_commas(static_cast<std::int64_t>(events))));
  }
  if (!check(TRY(compare(*deployment, appender->city(), source.totals())), options.place.json)) return kInternal;
  print(rounds, options.place.json);
  return kOk;
}

}  // namespace ops::bench
