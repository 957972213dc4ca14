// `gridloop status`: how far each task is, and what came of it.

#include <map>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/text_table.h"
#include "ops/commands/commands.h"
#include "ops/deployment/deployment.h"
#include "topics/codec/json.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::Partition;
using engine::Result;
using projections::Areas;
using projections::Cases;
using topics::JsonWriter;

struct TaskLine {
  std::string name;
  std::int64_t step = 0;
  std::uint64_t lag = 0;
  bool stale = false;  // as its checkpoint has it; what waits is not known
  engine::Instant clock;
};

struct Summary {
  std::vector<TaskLine> tasks;
  std::map<std::string, std::int64_t> tallies;                          // over all tasks
  std::map<std::string, std::int64_t> cases;                            // by status
  std::map<std::string, std::map<std::string, std::int64_t>> verdicts;  // by clock
  std::pair<std::int64_t, std::int64_t> owed;
  std::vector<projections::Directory::Backfill> backfills;
  std::int64_t areas = 0;
  bool stale = false;         // of any task
  std::int64_t sweeping = 0;  // tasks whose rows are not all folded by the rules in force
};

Result<Summary> summarise(const Deployment& deployment, std::uint32_t partitions) {
  Summary all;
  const auto add_task = [&](Deployment::Replica& replica) {
    all.stale = all.stale || replica.stale;
    all.tasks.push_back(
        {replica.task->name(), replica.task->step().value, replica.task->lag(), replica.stale, replica.task->now()});
  };
  for (std::uint32_t p = 0; p < partitions; ++p) {
    auto replica = TRY(deployment.replica("cases", Partition{p}));
    add_task(replica);
    auto& cases = replica.stage<Cases>();
    for (const auto& [what, n] : cases.tallies()) all.tallies[what] += n;
    cases.each(replica.task->now(), [&](std::string_view, const projections::CaseAnswer& answer) {
      ++all.cases[std::string(projections::name(answer.subject.status))];
      for (const projections::Clock& clock : answer.clocks) {
        const bool ended = clock.verdict == projections::Verdict::none && !projections::runs(clock.course);
        const std::string_view where = ended ? "cancelled" : projections::name(clock.verdict);
        ++all.verdicts[std::string(projections::name(clock.kind))][std::string(where)];
      }
    });
    const auto pending = cases.pending();
    all.owed.first += pending.ready;
    all.owed.second += pending.held;
    all.sweeping += cases.sweeping() ? 1 : 0;
    if (replica.task->state().error()) return std::unexpected(*replica.task->state().error());
  }
  auto replica = TRY(deployment.replica("areas", Partition{0}));
  add_task(replica);
  auto& areas = replica.stage<Areas>();
  for (const auto& [what, n] : areas.tallies()) {
    if (what != "deltas") all.tallies[what] += n;
  }
  all.backfills = areas.directory().backfills();
  all.areas = static_cast<std::int64_t>(areas.directory().areas().size());
  return all;
}

void print_json(const Summary& all) {
  const auto line = [](auto&& fill) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    fill(json);
    json.end_object();
    fmt::print("{}\n", out);
  };
  for (const TaskLine& task : all.tasks) {
    line([&](JsonWriter& json) {
      json.key("kind").string("task").key("task").string(task.name).key("step").integer(task.step);
      if (task.stale) json.key("stale").boolean(true);
      if (!task.stale) json.key("lag_events").integer(static_cast<std::int64_t>(task.lag));
      if (task.step > 0) json.key("clock").string(topics::format_rfc3339(task.clock));
    });
  }
  for (const auto& backfill : all.backfills) {
    line([&](JsonWriter& json) {
      json.key("kind").string("backfill").key("source").string(backfill.source).key("state").string(backfill.state);
      json.key("events").integer(backfill.events).key("advanced").integer(backfill.advanced);
    });
  }
  line([&](JsonWriter& json) {
    json.key("kind").string("totals").key("areas").integer(all.areas);
    json.key("cases").begin_object();
    for (const auto& [status, n] : all.cases) json.key(status).integer(n);
    json.end_object().key("clocks").begin_object();
    for (const auto& [clock, verdicts] : all.verdicts) {
      json.key(clock).begin_object();
      for (const auto& [verdict, n] : verdicts) json.key(verdict).integer(n);
      json.end_object();
    }
    json.end_object().key("tallies").begin_object();
    for (const auto& [what, n] : all.tallies) json.key(what).integer(n);
    json.end_object();
    if (all.sweeping > 0) json.key("recalculating").boolean(true);
    if (all.stale) json.key("stale").boolean(true);
    json.key("pending").integer(all.owed.first).key("held_by_backfills").integer(all.owed.second);
  });
}

void print_text(const Summary& all) {
  std::int64_t cases = 0;
  std::string by_status;
  for (const auto& [status, n] : all.cases) {
    cases += n;
    by_status += fmt::format("{}{} {}", by_status.empty() ? "" : ", ", with_commas(n), status);
  }
  const auto tally = [&](const std::string& what) {
    const auto found = all.tallies.find(what);
    return found == all.tallies.end() ? 0 : found->second;
  };
  fmt::print("Events    {} applied, {} duplicates, {} forwarded\n", with_commas(tally("applied")),
             with_commas(tally("duplicates")), with_commas(tally("forwarded")));
  fmt::print("Cases     {}{}{}\n", with_commas(cases), cases > 0 ? ": " : "", by_status);
  fmt::print("Areas     {}\n", with_commas(all.areas));
  for (const auto& [clock, verdicts] : all.verdicts) {
    std::string text;
    for (const auto& [verdict, n] : verdicts) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", with_commas(n), verdict);
    }
    fmt::print("Deadlines {} clock: {}\n", clock, text);
  }
  if (tally("unknown_types") > 0)
    fmt::print("Unknown   {} events of unknown types, kept\n", with_commas(tally("unknown_types")));
  std::string dead;
  for (const auto& [what, n] : all.tallies) {
    if (what.starts_with("dead_letters.")) dead += fmt::format("{}{} {}", dead.empty() ? "" : ", ", n, what.substr(13));
  }
  fmt::print("Dead letters  {}\n", dead.empty() ? "none" : dead);
  for (const auto& backfill : all.backfills) {
    fmt::print("Backfill  {}: {}, {} of {} events\n", printable(backfill.source), backfill.state,
               with_commas(backfill.advanced), with_commas(backfill.events));
  }
  if (all.owed.second > 0)
    fmt::print("Held      the alerts of {} cases, until their backfill closes\n", with_commas(all.owed.second));
  if (all.owed.first > 0)
    fmt::print("Pending   the alerts of {} cases, until the backlog is read\n", with_commas(all.owed.first));
  if (all.sweeping > 0)
    fmt::print("Recalculating  {} of the tasks: a change of rules has not reached all cases yet\n", all.sweeping);
  TextTable table({{"Task"}, {"Steps", TextTable::Align::right}, {"Waiting", TextTable::Align::right}, {"Clock"}});
  for (const TaskLine& task : all.tasks) {
    table.add({task.name, with_commas(task.step), task.stale ? "–" : with_commas(static_cast<std::int64_t>(task.lag)),
               task.step > 0 ? topics::format_rfc3339(task.clock) : "–"});
  }
  fmt::print("\n{}", table.text());
}

}  // namespace

Result<int> status(const CommonOptions& common) {
  const auto deployment =
      TRY(Deployment::open_for_answers({.directory = common.data, .kafka = common.kafka, .prefix = common.prefix}));
  const Summary all = TRY(summarise(*deployment, deployment->partitions()));
  if (common.json) {
    print_json(all);
  } else {
    print_text(all);
  }
  return kOk;
}

}  // namespace ops
