#include "ops/lab/bench/phases.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"

namespace ops::bench {

using engine::Result;

namespace {

double seconds(auto duration) {
  return std::chrono::duration<double>(duration).count();
}

// Events per second of wall time.
double rate(const Phase& phase) {
  return static_cast<double>(phase.events) / std::max(seconds(phase.cost.wall), 1e-6);
}

// CPU seconds per million events.
double cpu_per_million(const Phase& phase) {
  return seconds(phase.cost.cpu) * 1e6 / static_cast<double>(std::max<std::uint64_t>(phase.events, 1));
}

}  // namespace

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6);
}

Result<Phase> measured(Phase phase, const Workplace& workplace) {
  phase.peak_memory_bytes = TRY(peak_memory_bytes());
  phase.log_bytes = directory_bytes(workplace.log());
  phase.state_bytes = directory_bytes(workplace.state());
  return phase;
}

void print(const std::vector<Phase>& phases, bool json) {
  if (json) {
    for (const Phase& phase : phases) {
      std::string out;
      engine::JsonWriter line(out);
      line.begin_object().key("phase").string(phase.name);
      line.key("events").integer(static_cast<std::int64_t>(phase.events));
      line.key("wall_ms").integer(std::chrono::floor<std::chrono::milliseconds>(phase.cost.wall).count());
      line.key("cpu_ms").integer(std::chrono::floor<std::chrono::milliseconds>(phase.cost.cpu).count());
      line.key("peak_memory_bytes").integer(static_cast<std::int64_t>(phase.peak_memory_bytes));
      line.key("log_bytes").integer(static_cast<std::int64_t>(phase.log_bytes));
      line.key("state_bytes").integer(static_cast<std::int64_t>(phase.state_bytes)).end_object();
      fmt::print("{}\n", out);
    }
    return;
  }
  constexpr auto kRight = TextTable::Align::right;
  TextTable table({{"Phase"},
                   {"Events", kRight},
                   {"Wall s", kRight},
                   {"Events/s", kRight},
                   {"CPU s", kRight},
                   {"CPU s/M", kRight},
                   {"Peak MB", kRight},
                   {"Log MB", kRight},
                   {"State MB", kRight}});
  for (const Phase& phase : phases) {
    const bool counts = phase.events > 0;
    table.add({phase.name, counts ? with_commas(static_cast<std::int64_t>(phase.events)) : "–",
               fmt::format("{:.2f}", seconds(phase.cost.wall)),
               counts ? with_commas(static_cast<std::int64_t>(rate(phase))) : "–",
               fmt::format("{:.2f}", seconds(phase.cost.cpu)),
               counts ? fmt::format("{:.2f}", cpu_per_million(phase)) : "–", megabytes(phase.peak_memory_bytes),
               megabytes(phase.log_bytes), megabytes(phase.state_bytes)});
  }
  fmt::print("{}", table.text());
}

bool check(const std::vector<Comparison>& totals, bool json) {
  const auto wrong = [](const Comparison& total) { return total.expected && *total.expected != total.found; };
  if (std::ranges::any_of(totals, wrong)) {
    for (const Comparison& total : totals) {
      if (!wrong(total)) continue;
      say(fmt::format("wrong total: {}: expected {} from the events, the stages have {}", total.what,
                      with_commas(*total.expected), with_commas(total.found)));
    }
    return false;
  }
  std::string out;
  if (json) {
    engine::JsonWriter line(out);
    line.begin_object();
    for (const Comparison& total : totals) line.key(total.what).integer(total.found);
    line.end_object();
  } else {
    out = "Totals, as expected from the events: ";
    for (const Comparison& total : totals) {
      out += fmt::format("{}{} {}", &total == totals.data() ? "" : ", ", total.what, with_commas(total.found));
    }
  }
  fmt::print("{}\n", out);
  return true;
}

}  // namespace ops::bench
