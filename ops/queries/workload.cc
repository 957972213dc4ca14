#include "ops/queries/workload.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/queries/buckets.h"

namespace ops {
namespace {

using engine::JsonWriter;
using engine::Result;
using projections::Areas;
using projections::CounterRow;
using topics::BucketKind;
using topics::Counter;
using AreaLine = WorkloadAnswer::AreaLine;

using Align = TextTable::Align;

TextTable::Column number_column(std::string_view heading) {
  return {std::string(heading), Align::right};
}

void add(const CounterRow& row, CounterRow& total) {
  projections::add(total.n, row.n);
}

CounterRow sum(const std::vector<projections::DayWorkload>& days) {
  CounterRow total;
  for (const projections::DayWorkload& day : days) add(day.counters, total);
  return total;
}

struct Days {
  std::int32_t from;
  std::int32_t to;
};

Days days_of(const WorkloadRequest& request) {
  return {.from = parse_bucket(request.from, BucketKind::day).value_or(INT32_MIN / 2),
          .to = parse_bucket(request.to, BucketKind::day).value_or(INT32_MAX / 2)};
}

std::vector<AreaLine> busiest(const WorkloadRequest& request, Areas& areas) {
  const auto [from, to] = days_of(request);
  std::vector<AreaLine> lines;
  for (const auto& [id, area] : areas.directory().areas()) {
    if (area.level == request.level) lines.push_back({id, area.name, sum(areas.days(id, from, to)), areas.now(id)});
  }
  std::ranges::stable_sort(lines, std::greater<>(), [](const AreaLine& line) { return line.total[Counter::opened]; });
  if (lines.size() > request.top) {
    AreaLine others{.area = fmt::format("{} others", lines.size() - request.top), .others = true};
    for (std::size_t i = request.top; i < lines.size(); ++i) {
      add(lines[i].total, others.total);
      add(lines[i].now, others.now);
    }
    lines.resize(request.top);
    lines.push_back(std::move(others));
  }
  // What belongs to none of them, so that the lines add up to everything.
  AreaLine rest{std::string(projections::kUnattributed), std::string(projections::kUnattributed),
                sum(areas.unattributed_days(request.level, from, to)), areas.unattributed_now(request.level)};
  if (rest.total.n != CounterRow().n || rest.now.n != CounterRow().n) lines.push_back(std::move(rest));
  return lines;
}

// The counters of one kind of bucket.
void put_counters(JsonWriter& json, const CounterRow& row, BucketKind kind) {
  for (const topics::CounterSpec& counter : topics::counters()) {
    if (counter.counts_by(kind)) json.key(counter.code).integer(row[counter.counter]);
  }
}

void put_now(JsonWriter& json, const CounterRow& now, const Freshness& freshness) {
  put_counters(json, now, BucketKind::now);
  put_recalculating(json, freshness);
  put_stale(json, freshness);
}

// The counters of one kind of bucket that a table shows: the table of the days of one area, or that of several areas.
enum class TableOf { days, areas };
std::vector<topics::CounterSpec> shown(TableOf table, BucketKind kind) {
  std::vector<topics::CounterSpec> all;
  for (const topics::CounterSpec& counter : topics::counters()) {
    const bool in_table =
        counter.columns == topics::Columns::all || (counter.columns == topics::Columns::days && table == TableOf::days);
    if (in_table && counter.counts_by(kind)) all.push_back(counter);
  }
  return all;
}

void add_columns(std::vector<TextTable::Column>& columns, TableOf table, BucketKind kind) {
  for (const topics::CounterSpec& counter : shown(table, kind)) columns.push_back(number_column(counter.heading));
}

void add_cells(std::vector<std::string>& cells, const CounterRow& row, TableOf table, BucketKind kind) {
  for (const topics::CounterSpec& counter : shown(table, kind)) {
    const std::int64_t n = row[counter.counter];
    const auto per = topics::averaged_per(counter.counter);
    if (!per) {
      cells.push_back(with_commas(n));
    } else {
      cells.push_back(row[*per] == 0 ? "–" : duration(n / row[*per]));
    }
  }
}

struct MonthFigures {
  std::int64_t opened;
  std::int64_t closed;
};

MonthFigures figures(const projections::MonthWorkload& month) {
  return {.opened = month.counters[Counter::opened], .closed = month.counters[Counter::ended]};
}

std::string months_json(const WorkloadAnswer& answer) {
  std::string out;
  for (const projections::MonthWorkload& month : answer.months) {
    const auto [opened, closed] = figures(month);
    out += json_line([&, opened = opened, closed = closed](JsonWriter& json) {
      json.key("area").string(answer.request.area).key("month").string(month_text(month.month));
      json.key("opened").integer(opened).key("closed").integer(closed).key("open").integer(opened - closed);
      put_stale(json, answer.freshness);
    });
  }
  return out;
}

std::string days_json(const WorkloadAnswer& answer) {
  std::string out;
  for (const projections::DayWorkload& day : answer.days) {
    out += json_line([&](JsonWriter& json) {
      json.key("area").string(answer.request.area).key("day").string(day_text(day.day));
      put_counters(json, day.counters, BucketKind::day);
      put_stale(json, answer.freshness);
    });
  }
  return out + json_line([&](JsonWriter& json) {
           json.key("area").string(answer.request.area).key("total").boolean(true);
           put_counters(json, answer.total, BucketKind::day);
           put_now(json, answer.now, answer.freshness);
         });
}

std::string areas_json(const WorkloadAnswer& answer) {
  std::string out;
  for (const AreaLine& line : answer.areas) {
    if (line.others) continue;
    out += json_line([&](JsonWriter& json) {
      json.key("area").string(line.area).key("name").string(line.name);
      put_counters(json, line.total, BucketKind::day);
      put_now(json, line.now, answer.freshness);
    });
  }
  return out;
}

std::string months_text(const WorkloadAnswer& answer) {
  TextTable table({{"Month"}, {"Opened", Align::right}, {"Closed", Align::right}, {"Open", Align::right}});
  for (const projections::MonthWorkload& month : answer.months) {
    const auto [opened, closed] = figures(month);
    table.add({month_text(month.month), with_commas(opened), with_commas(closed), with_commas(opened - closed)});
  }
  return table.text();
}

std::string days_text(const WorkloadAnswer& answer) {
  std::vector<TextTable::Column> columns = {{"Day"}};
  add_columns(columns, TableOf::days, BucketKind::day);
  TextTable table(std::move(columns));
  const auto line = [&](const std::string& title, const CounterRow& row) {
    std::vector<std::string> cells = {title};
    add_cells(cells, row, TableOf::days, BucketKind::day);
    table.add(std::move(cells));
  };
  for (const projections::DayWorkload& day : answer.days) line(day_text(day.day), day.counters);
  line("Total", answer.total);
  return fmt::format("{}\nOpen now: {}, overdue: {}\n", table.text(), with_commas(answer.now[Counter::open_now]),
                     with_commas(answer.now[Counter::overdue_now]));
}

std::string areas_text(const WorkloadAnswer& answer) {
  std::vector<TextTable::Column> columns = {{"Area"}, {"Name"}};
  for (const BucketKind kind : {BucketKind::day, BucketKind::now}) add_columns(columns, TableOf::areas, kind);
  TextTable table(std::move(columns));
  for (const AreaLine& line : answer.areas) {
    std::vector<std::string> cells = {line.area, line.name};
    add_cells(cells, line.total, TableOf::areas, BucketKind::day);
    add_cells(cells, line.now, TableOf::areas, BucketKind::now);
    table.add(std::move(cells));
  }
  return table.text();
}

}  // namespace

std::optional<std::string> problem(const WorkloadRequest& request) {
  if (request.area.empty() == request.level.empty()) return "name an AREA, or a --level to compare its areas";
  if (request.months && request.area.empty()) return "--months requires an AREA, without --level";
  for (const auto& [option, text] : {std::pair("--from", &request.from), std::pair("--to", &request.to)}) {
    if (!text->empty() && !parse_bucket(*text, BucketKind::day)) {
      return fmt::format("{} {}: not a day such as 2015-06-01", option, *text);
    }
  }
  return std::nullopt;
}

Result<WorkloadAnswer> answer(const WorkloadRequest& request, Areas& areas, const Freshness& freshness) {
  WorkloadAnswer found{.request = request, .freshness = freshness};
  const auto [from, to] = days_of(request);
  if (!request.level.empty()) {
    TRY(require_level(areas, request.level));
    found.areas = busiest(request, areas);
    return found;
  }
  found.days = areas.days(request.area, from, to);
  if (request.area != projections::kUnattributed && areas.directory().area(request.area) == nullptr &&
      found.days.empty()) {
    return no_such_area(areas.directory(), request.area);
  }
  if (request.months) {
    found.months = areas.months(request.area);
    std::erase_if(found.months, [](const auto& month) { return figures(month).opened == 0; });
    return found;
  }
  found.total = sum(found.days);
  found.now = areas.now(request.area);
  return found;
}

std::string to_json(const WorkloadAnswer& answer) {
  return answer.request.months           ? months_json(answer)
         : !answer.request.level.empty() ? areas_json(answer)
                                         : days_json(answer);
}

std::string to_text(const WorkloadAnswer& answer) {
  if (answer.request.months) return months_text(answer);
  std::string text = answer.request.level.empty() ? days_text(answer) : areas_text(answer);
  if (answer.freshness.recalculating) text += kRecalculating;
  return text;
}

Result<int> workload(const WorkloadOptions& options) {
  if (const auto wrong = problem(options.request)) return usage_error(*wrong);
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("areas", engine::Partition{0}));
  auto& areas = replica.stage<Areas>();
  const auto found = TRY(answer(options.request, areas, freshness(replica, areas.recalculating())));
  return print_answer(found, options.common.json);
}

void declare_workload(Program& program) {
  Command command = program.command(
      "workload", "Show the workload of an area by day or month, or the busiest areas of a level",
      "  gridloop workload 8 --data data/boston --from 2015-06-01 --to 2015-06-30\n"
      "  gridloop workload 8 --data data/boston --months\n"
      "  gridloop workload --level neighborhood --top 5 --data data/boston --from 2015-01-01 --to 2015-12-31\n");
  auto& options = command.settings<WorkloadOptions>();
  auto& request = options.request;
  add_log_and_json(command, options.common);
  command.text("area", request.area, "AREA", "Area ID");
  command.text("--from", request.from, "YYYY-MM-DD", "First day (default: the first with data)");
  command.text("--to", request.to, "YYYY-MM-DD", "Last day (default: the last with data)");
  command.flag("--months", request.months,
               "By month: cases opened in the month, and how many of them have been closed");
  command.text("--level", request.level, "LEVEL", "Compare the areas of this level, busiest first");
  command.number("--top", request.top, {}, "N", "With --level: show at most N areas");
  command.runs(on_log(options.common, [&options] { return workload(options); }));
}

}  // namespace ops
