// `gridloop bench history`: whether an event costs the same after many millions of others.

#include <fmt/format.h>

#include "ops/bench/appender.h"
#include "ops/bench/bench.h"
#include "ops/bench/generated_events.h"
#include "ops/bench/phases.h"
#include "ops/bench/result_totals.h"
#include "ops/bench/workplace.h"
#include "ops/exit_code.h"
#include "ops/messages.h"
#include "ops/text_table.h"
#include "topics/json.h"

namespace ops::bench {

using engine::Result;

namespace {

constexpr std::uint64_t kEventsPerCase = 4;
constexpr std::uint64_t kCasesPerDay = 16'667;  // as in 500,000 of 30 days
constexpr std::uint64_t kSlice = 1'000'000;     // records between two samples

// A part of the history: what its records took.
struct Slice {
  std::uint64_t records = 0;  // read so far
  std::uint64_t own = 0;      // of them in this slice
  Cost cost;
  std::uint64_t memory_bytes = 0;  // at its end
  std::uint64_t state_bytes = 0;   // at its end
};

struct Projected {
  std::vector<Slice> slices;  // up to the last event
  Cost after;                 // until idle: what was held back while behind, and the last checkpoint
};

Result<Projected> project_in_slices(Deployment& deployment, const HistoryOptions& options, const Workplace& workplace,
                                    std::uint64_t events) {
  Projected projected;
  Result<> sampled;
  Stopwatch watch;
  Cost before;
  std::uint64_t records_before = 0;
  const auto sample = [&](std::uint64_t records) -> Result<> {
    const Cost now = watch.cost();
    const Cost own{now.wall - before.wall, now.cpu - before.cpu};
    projected.slices.push_back(
        {records, records - records_before, own, TRY(memory_bytes()), directory_bytes(workplace.state())});
    before = now;
    records_before = records;
    return {};
  };
  watch.start();
  TRY(run_until_idle(deployment, deployment.clock(), options.settings, [&](std::uint64_t done) {
    if (records_before >= events || !sampled) return;
    if (done - records_before >= kSlice || done >= events) sampled = sample(done);
  }));
  TRY(std::move(sampled));
  const Cost all = watch.cost();
  projected.after = {all.wall - before.wall, all.cpu - before.cpu};
  return projected;
}

void print_after(const Cost& after, bool json) {
  if (json) {
    fmt::print("{{\"after_wall_ms\":{},\"after_cpu_ms\":{}}}\n",
               std::chrono::floor<std::chrono::milliseconds>(after.wall).count(),
               std::chrono::floor<std::chrono::milliseconds>(after.cpu).count());
    return;
  }
  fmt::print("After the last event, until idle: {:.2f} s, CPU {:.2f} s\n",
             std::chrono::duration<double>(after.wall).count(), std::chrono::duration<double>(after.cpu).count());
}

void print_slices(const std::vector<Slice>& slices, bool json) {
  constexpr auto kRight = TextTable::Align::right;
  TextTable table({{"Records", kRight},
                   {"Wall µs each", kRight},
                   {"CPU µs each", kRight},
                   {"Memory MB", kRight},
                   {"State MB", kRight}});
  for (const Slice& slice : slices) {
    const auto own = static_cast<std::int64_t>(slice.own);
    const auto wall_ns = slice.cost.wall.count() / own;
    const auto cpu_ns = slice.cost.cpu.count() * 1000 / own;
    if (json) {
      std::string out;
      topics::JsonWriter line(out);
      line.begin_object().key("records").integer(static_cast<std::int64_t>(slice.records));
      line.key("wall_ns_each").integer(wall_ns).key("cpu_ns_each").integer(cpu_ns);
      line.key("memory_bytes").integer(static_cast<std::int64_t>(slice.memory_bytes));
      line.key("state_bytes").integer(static_cast<std::int64_t>(slice.state_bytes)).end_object();
      fmt::print("{}\n", out);
    } else {
      table.add({with_commas(static_cast<std::int64_t>(slice.records)),
                 fmt::format("{:.2f}", static_cast<double>(wall_ns) / 1e3),
                 fmt::format("{:.2f}", static_cast<double>(cpu_ns) / 1e3), megabytes(slice.memory_bytes),
                 megabytes(slice.state_bytes)});
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
  const std::uint64_t appended = TRY(appender->append(source, options.events));
  say(fmt::format("{} events appended, from {} days; projecting", with_commas(static_cast<std::int64_t>(appended)),
                  std::chrono::floor<std::chrono::days>(span).count()));
  const Projected projected = TRY(project_in_slices(*deployment, options, *workplace, appended));
  if (!check(TRY(compare(*deployment, appender->city(), source.totals())), options.place.json)) return kInternal;
  print_slices(projected.slices, options.place.json);
  print_after(projected.after, options.place.json);
  return kOk;
}

}  // namespace ops::bench
