#include "ops/queries/status.h"

#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::JsonWriter;
using engine::Result;
using projections::Areas;
using projections::Cases;

StatusTask task_of(const Deployment::Replica& replica) {
  return {.name = replica.task->name(),
          .step = replica.task->step().value,
          .lag = replica.task->lag(),
          .stale = replica.stale,
          .clock = replica.task->now()};
}

}  // namespace

void add(StatusAnswer& all, const StatusTask& task, Cases& cases) {
  all.tasks.push_back(task);
  all.stale = all.stale || task.stale;
  for (const auto& [what, n] : cases.tallies()) all.tallies[what] += n;
  cases.each(task.clock, [&](std::string_view, const projections::CaseAnswer& answer) {
    ++all.cases[std::string(projections::name(answer.subject.status))];
    for (const projections::Clock& clock : answer.clocks) {
      const bool ended = clock.verdict == projections::Verdict::none && !projections::runs(clock.course);
      const std::string_view where = ended ? "cancelled" : projections::name(clock.verdict);
      ++all.verdicts[std::string(projections::name(clock.kind))][std::string(where)];
    }
  });
  const auto pending = cases.pending();
  all.pending += pending.ready;
  all.held += pending.held;
  all.sweeping += cases.sweeping() ? 1 : 0;
}

void add(StatusAnswer& all, const StatusTask& task, Areas& areas) {
  all.tasks.push_back(task);
  all.stale = all.stale || task.stale;
  for (const auto& [what, n] : areas.tallies()) {
    if (what != "deltas") all.tallies[what] += n;
  }
  all.backfills = areas.directory().backfills();
  all.areas = static_cast<std::int64_t>(areas.directory().areas().size());
}

std::string to_json(const StatusAnswer& all) {
  std::string out;
  for (const StatusTask& task : all.tasks) {
    out += json_line([&](JsonWriter& json) {
      json.key("kind").string("task").key("task").string(task.name).key("step").integer(task.step);
      if (task.stale) json.key("stale").boolean(true);
      if (!task.stale) json.key("lag_events").integer(static_cast<std::int64_t>(task.lag));
      if (task.step > 0) json.key("clock").string(topics::format_rfc3339(task.clock));
    });
  }
  for (const auto& backfill : all.backfills) {
    out += json_line([&](JsonWriter& json) {
      json.key("kind").string("backfill").key("source").string(backfill.source).key("state").string(backfill.state);
      json.key("events").integer(backfill.events).key("advanced").integer(backfill.advanced);
    });
  }
  out += json_line([&](JsonWriter& json) {
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
    json.key("pending").integer(all.pending).key("held_by_backfills").integer(all.held);
  });
  return out;
}

std::string to_text(const StatusAnswer& all) {
  std::string out;
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
  out += fmt::format("Events    {} applied, {} duplicates, {} forwarded\n", with_commas(tally("applied")),
                     with_commas(tally("duplicates")), with_commas(tally("forwarded")));
  out += fmt::format("Cases     {}{}{}\n", with_commas(cases), cases > 0 ? ": " : "", by_status);
  out += fmt::format("Areas     {}\n", with_commas(all.areas));
  for (const auto& [clock, verdicts] : all.verdicts) {
    std::string text;
    for (const auto& [verdict, n] : verdicts) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", with_commas(n), verdict);
    }
    out += fmt::format("Deadlines {} clock: {}\n", clock, text);
  }
  if (tally("unknown_types") > 0)
    out +=
        fmt::format("Unknown   {} events of unknown types, stored unprocessed\n", with_commas(tally("unknown_types")));
  std::string dead;
  for (const auto& [what, n] : all.tallies) {
    if (what.starts_with("dead_letters.")) dead += fmt::format("{}{} {}", dead.empty() ? "" : ", ", n, what.substr(13));
  }
  out += fmt::format("Dead letters  {}\n", dead.empty() ? "none" : dead);
  for (const auto& backfill : all.backfills) {
    out += fmt::format("Backfill  {}: {}, {} of {} events\n", printable(backfill.source), backfill.state,
                       with_commas(backfill.advanced), with_commas(backfill.events));
  }
  if (all.held > 0)
    out += fmt::format("Held      alerts of {} cases, until their backfill closes\n", with_commas(all.held));
  if (all.pending > 0)
    out += fmt::format("Pending   alerts of {} cases, until the backlog is processed\n", with_commas(all.pending));
  if (all.sweeping > 0)
    out += fmt::format("Recalculating  {} tasks: a rule change has not been applied to all cases yet\n", all.sweeping);
  TextTable table({{"Task"}, {"Steps", TextTable::Align::right}, {"Waiting", TextTable::Align::right}, {"Clock"}});
  for (const StatusTask& task : all.tasks) {
    table.add({task.name, with_commas(task.step), task.stale ? "–" : with_commas(static_cast<std::int64_t>(task.lag)),
               task.step > 0 ? topics::format_rfc3339(task.clock) : "–"});
  }
  out += fmt::format("\n{}", table.text());
  return out;
}

Result<int> status(const CommonOptions& common) {
  const auto deployment = TRY(open_for_answers(common));
  StatusAnswer all;
  for (std::uint32_t p = 0; p < deployment->partitions(); ++p) {
    auto replica = TRY(deployment->replica("cases", engine::Partition{p}));
    add(all, task_of(replica), replica.stage<Cases>());
    if (replica.task->state().error()) return std::unexpected(*replica.task->state().error());
  }
  auto replica = TRY(deployment->replica("areas", engine::Partition{0}));
  add(all, task_of(replica), replica.stage<Areas>());
  return print_answer(all, common.json);
}

void declare_status(Program& program) {
  Command command = program.command("status", "Show the progress of each task, totals, backfills and dead letters",
                                    "  gridloop status --data data/boston\n");
  auto& options = command.settings<CommonOptions>();
  add_log_and_json(command, options);
  command.runs(on_log(options, [&options] { return status(options); }));
}

}  // namespace ops
