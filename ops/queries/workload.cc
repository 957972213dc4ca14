// `gridloop workload`: the work of an area by day or month, or the busiest areas of a level.

#include "ops/queries/workload.h"

#include <algorithm>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/deployment/deployment.h"
#include "ops/queries/answers.h"
#include "ops/queries/buckets.h"
#include "topics/codec/json.h"

namespace ops {

using engine::Partition;
using engine::Result;
using projections::Areas;
using topics::Counter;
using topics::JsonWriter;

using Align = TextTable::Align;

namespace {

std::string average(const projections::CounterRow& row) {
  const std::int64_t n = row[Counter::handled];
  return n == 0 ? "–" : duration(row[Counter::handling_seconds] / n);
}

void put_counters(JsonWriter& json, const projections::CounterRow& row) {
  for (const Counter counter : projections::kDayCounters) {
    json.key(topics::name(counter)).integer(row[counter]);
  }
}

void add(const projections::CounterRow& row, projections::CounterRow& total) {
  for (std::size_t i = 0; i < total.n.size(); ++i) total.n[i] += row.n[i];
}

projections::CounterRow sum(const std::vector<projections::DayWorkload>& days) {
  projections::CounterRow total;
  for (const projections::DayWorkload& day : days) add(day.counters, total);
  return total;
}

void show_months(Deployment::Replica& replica, const WorkloadOptions& options) {
  auto& areas = replica.stage<Areas>();
  TextTable table({{"Month"}, {"Opened", Align::right}, {"Closed", Align::right}, {"Open", Align::right}});
  for (const projections::MonthWorkload& month : areas.months(options.area)) {
    const std::int64_t opened = month.counters[Counter::month_opened];
    const std::int64_t closed = month.counters[Counter::month_ended];
    if (opened == 0) continue;
    if (options.common.json) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("area").string(options.area).key("month").string(month_text(month.month));
      json.key("opened").integer(opened).key("closed").integer(closed).key("open").integer(opened - closed);
      put_stale(json, replica);
      json.end_object();
      fmt::print("{}\n", out);
    } else {
      table.add({month_text(month.month), with_commas(opened), with_commas(closed), with_commas(opened - closed)});
    }
  }
  if (!options.common.json) fmt::print("{}", table.text());
}

void show_days(Deployment::Replica& replica, const WorkloadOptions& options, std::int32_t from, std::int32_t to) {
  auto& areas = replica.stage<Areas>();
  const auto days = areas.days(options.area, from, to);
  const projections::CounterRow total = sum(days);
  const projections::CounterRow standing = areas.now(options.area);
  if (options.common.json) {
    for (const projections::DayWorkload& day : days) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("area").string(options.area).key("day").string(day_text(day.day));
      put_counters(json, day.counters);
      put_stale(json, replica);
      json.end_object();
      fmt::print("{}\n", out);
    }
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("area").string(options.area).key("total").boolean(true);
    put_counters(json, total);
    json.key("open_now").integer(standing[Counter::open_now]);
    json.key("overdue_now").integer(standing[Counter::overdue_now]);
    put_recalculating(json, areas.recalculating());
    put_stale(json, replica);
    json.end_object();
    fmt::print("{}\n", out);
    return;
  }
  TextTable table({{"Day"},
                   {"Opened", Align::right},
                   {"Sent", Align::right},
                   {"Handled", Align::right},
                   {"Closed", Align::right},
                   {"Handling time", Align::right},
                   {"Visits", Align::right},
                   {"Call-backs", Align::right}});
  const auto line = [&](const std::string& title, const projections::CounterRow& row) {
    table.add({title, with_commas(row[Counter::opened]), with_commas(row[Counter::sent]),
               with_commas(row[Counter::handled]), with_commas(row[Counter::closed]), average(row),
               with_commas(row[Counter::visited]), with_commas(row[Counter::called_back])});
  };
  for (const projections::DayWorkload& day : days) line(day_text(day.day), day.counters);
  line("Total", total);
  fmt::print("{}\nOpen now: {}, overdue: {}\n", table.text(), with_commas(standing[Counter::open_now]),
             with_commas(standing[Counter::overdue_now]));
  if (areas.recalculating()) fmt::print("{}", kRecalculating);
}

void show_busiest(Deployment::Replica& replica, const WorkloadOptions& options, std::int32_t from, std::int32_t to) {
  auto& areas = replica.stage<Areas>();
  struct Line {
    std::string area;
    std::string name;
    projections::CounterRow total;
    projections::CounterRow now;
  };
  std::vector<Line> lines;
  for (const auto& [id, area] : areas.directory().areas()) {
    if (area.level == options.level) lines.push_back({id, area.name, sum(areas.days(id, from, to)), areas.now(id)});
  }
  std::ranges::stable_sort(lines, std::greater<>(), [](const Line& line) { return line.total[Counter::opened]; });
  if (lines.size() > options.top) {
    Line others{fmt::format("{} others", lines.size() - options.top), "", {}, {}};
    for (std::size_t i = options.top; i < lines.size(); ++i) {
      add(lines[i].total, others.total);
      add(lines[i].now, others.now);
    }
    lines.resize(options.top);
    if (!options.common.json) lines.push_back(std::move(others));
  }
  // What belongs to none of them, so that the lines add up to everything.
  Line rest{std::string(projections::kUnattributed), std::string(projections::kUnattributed),
            sum(areas.unattributed_days(options.level, from, to)), areas.unattributed_now(options.level)};
  if (rest.total.n != projections::CounterRow().n || rest.now.n != projections::CounterRow().n) {
    lines.push_back(std::move(rest));
  }
  TextTable table({{"Area"},
                   {"Name"},
                   {"Opened", Align::right},
                   {"Closed", Align::right},
                   {"Handling time", Align::right},
                   {"Visits", Align::right},
                   {"Call-backs", Align::right},
                   {"Open now", Align::right},
                   {"Overdue", Align::right}});
  for (const Line& line : lines) {
    if (options.common.json) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("area").string(line.area).key("name").string(line.name);
      put_counters(json, line.total);
      json.key("open_now").integer(line.now[Counter::open_now]);
      json.key("overdue_now").integer(line.now[Counter::overdue_now]);
      put_recalculating(json, areas.recalculating());
      put_stale(json, replica);
      json.end_object();
      fmt::print("{}\n", out);
    } else {
      table.add({line.area, line.name, with_commas(line.total[Counter::opened]),
                 with_commas(line.total[Counter::closed]), average(line.total),
                 with_commas(line.total[Counter::visited]), with_commas(line.total[Counter::called_back]),
                 with_commas(line.now[Counter::open_now]), with_commas(line.now[Counter::overdue_now])});
    }
  }
  if (options.common.json) return;
  fmt::print("{}", table.text());
  if (areas.recalculating()) fmt::print("{}", kRecalculating);
}

}  // namespace

Result<int> workload(const WorkloadOptions& options) {
  if (options.area.empty() == options.level.empty()) {
    return usage_error("name an AREA, or a --level to compare its areas");
  }
  if (options.months && options.area.empty()) return usage_error("--months requires an AREA, without --level");
  for (const auto& [option, text] : {std::pair("--from", &options.from), std::pair("--to", &options.to)}) {
    if (!text->empty() && !parse_bucket(*text, topics::BucketKind::day)) {
      return usage_error(fmt::format("{} {}: not a day such as 2015-06-01", option, *text));
    }
  }
  const std::int32_t from = parse_bucket(options.from, topics::BucketKind::day).value_or(INT32_MIN / 2);
  const std::int32_t to = parse_bucket(options.to, topics::BucketKind::day).value_or(INT32_MAX / 2);
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("areas", Partition{0}));
  auto& areas = replica.stage<Areas>();
  if (!options.area.empty() && options.area != projections::kUnattributed &&
      areas.directory().area(options.area) == nullptr && areas.days(options.area, from, to).empty()) {
    const projections::RetiredArea* retired = areas.directory().retired(options.area);
    return engine::fail(engine::Action::invalid, retired == nullptr || retired->successors.empty()
                                                     ? fmt::format("unknown area {}", options.area)
                                                     : fmt::format("area {} no longer exists: use {}", options.area,
                                                                   fmt::join(retired->successors, ", ")));
  }
  if (!options.level.empty()) TRY(require_level(areas, options.level));
  if (options.months) {
    show_months(replica, options);
  } else if (!options.level.empty()) {
    show_busiest(replica, options, from, to);
  } else {
    show_days(replica, options, from, to);
  }
  return kOk;
}

void declare_workload(Program& program) {
  Command command = program.command(
      "workload", "Show the workload of an area by day or month, or the busiest areas of a level",
      "  gridloop workload 8 --data data/boston --from 2015-06-01 --to 2015-06-30\n"
      "  gridloop workload 8 --data data/boston --months\n"
      "  gridloop workload --level neighborhood --top 5 --data data/boston --from 2015-01-01 --to 2015-12-31\n");
  auto& options = command.settings<WorkloadOptions>();
  add_log_and_json(command, options.common);
  command.text("area", options.area, "AREA", "Area ID");
  command.text("--from", options.from, "YYYY-MM-DD", "First day (default: the first with data)");
  command.text("--to", options.to, "YYYY-MM-DD", "Last day (default: the last with data)");
  command.flag("--months", options.months,
               "By month: cases opened in the month, and how many of them have been closed");
  command.text("--level", options.level, "LEVEL", "Compare the areas of this level, busiest first");
  command.number("--top", options.top, {}, "N", "With --level: show at most N areas");
  command.runs(on_log(options.common, [&options] { return workload(options); }));
}

}  // namespace ops
