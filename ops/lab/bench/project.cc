// `gridloop-lab bench project` and `gridloop-lab bench memory`: events through all stages, checked.

#include "ops/lab/bench/project.h"

#include <limits>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/progress.h"
#include "ops/lab/bench/appender.h"
#include "ops/lab/bench/generated_events.h"
#include "ops/lab/bench/recorded_events.h"
#include "ops/lab/bench/result_totals.h"

namespace ops::bench {

using engine::Result;

namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

// No event of gen.py or of the generator is earlier.
constexpr engine::Instant kRulesBegin = GeneratedEvents::kBegin - std::chrono::days(1);

Result<std::unique_ptr<EventSource>> open_source(const ProjectOptions& options) {
  if (!options.files.empty()) return TRY(RecordedEvents::open(options.files));
  return std::make_unique<GeneratedEvents>(
      GeneratedEvents::Options{.cases = options.cases,
                               .seed = options.seed,
                               .conditions = options.conditions || options.policies != Policies::plain});
}

struct Appended {
  Cost cost;
  Totals totals;
  std::string city;
};

Result<Appended> append_all(Deployment& deployment, const ProjectOptions& options) {
  const auto source = TRY(open_source(options));
  const auto appender = TRY(Appender::open(deployment, kRulesBegin, options.policies));
  TRY(appender->append(*source, kAll));
  return Appended{appender->cost(), source->totals(), appender->city()};
}

}  // namespace

Result<std::optional<std::vector<Phase>>> append_and_project(Deployment& deployment, const ProjectOptions& options,
                                                             const Workplace& workplace) {
  std::vector<Phase> phases;
  TRY(forget_peak_memory());
  const Appended appended = TRY(append_all(deployment, options));
  const auto events = static_cast<std::uint64_t>(appended.totals.events);
  phases.push_back(TRY(measured({.name = "append", .events = events, .cost = appended.cost}, workplace)));
  say("appended; processing");

  TRY(forget_peak_memory());
  Progress progress("records", "no records");
  Stopwatch watch;
  watch.start();
  const std::uint64_t records = TRY(run_until_idle(deployment, deployment.clock(), options.settings,
                                                   [&](const engine::Runner& runner) { show(progress, runner); }));
  watch.stop();
  progress.done(records, true);
  phases.push_back(TRY(measured({.name = "project", .events = events, .cost = watch.cost()}, workplace)));

  const auto totals = TRY(compare(deployment, appended.city, appended.totals, options.policies));
  if (!check(totals, options.place.json)) return std::nullopt;
  return phases;
}

namespace {

// The same on an embedded log.
Result<std::optional<std::vector<Phase>>> append_and_project(const ProjectOptions& options,
                                                             const Workplace& workplace) {
  const auto deployment = TRY(open_deployment(workplace.directory(), options.settings));
  return append_and_project(*deployment, options, workplace);
}

}  // namespace

Result<int> project(const ProjectOptions& options) {
  const auto workplace = TRY(Workplace::make(options.place));
  auto phases = TRY(append_and_project(options, *workplace));
  if (!phases) return kInternal;
  const std::uint64_t events = phases->front().events;

  TRY(forget_peak_memory());
  const Restart restart = TRY(serve_again(workplace->directory(), options.settings));
  Phase restarted = TRY(measured({.name = "restart", .cost = restart.cost}, *workplace));

  TRY(remove_states(workplace->directory()));
  TRY(forget_peak_memory());
  const Restart rebuild = TRY(serve_again(workplace->directory(), options.settings));
  phases->push_back(TRY(measured({.name = "rebuild", .events = events, .cost = rebuild.cost}, *workplace)));
  phases->push_back(std::move(restarted));
  print(*phases, options.place.json);
  return kOk;
}

Result<int> memory(const ProjectOptions& options) {
  const auto workplace = TRY(Workplace::make(options.place));
  const auto phases = TRY(append_and_project(options, *workplace));
  if (!phases) return kInternal;
  print(*phases, options.place.json);
  return kOk;
}

}  // namespace ops::bench
