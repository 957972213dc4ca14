// `gridloop rankings` and `workload`: answers from the state at the end of the schedule.

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"
#include "ops/commands/commands.h"
#include "ops/deployment/deployment.h"
#include "ops/queries/answers.h"
#include "topics/codec/json.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Partition;
using engine::Result;
using projections::Areas;
using topics::BucketKind;
using topics::Counter;
using topics::JsonWriter;

using Align = TextTable::Align;

// The number of the day or month that `text` names.
std::optional<std::int32_t> parse(const std::string& text, BucketKind kind) {
  const auto bucket = topics::parse_bucket(text);
  if (bucket && bucket->kind == kind) return bucket->number;
  return std::nullopt;
}

// Errors: invalid when no area has the level.
Result<> require_level(Areas& areas, const std::string& level) {
  const std::set<std::string> levels = areas.directory().levels();
  if (levels.contains(level)) return {};
  return fail(Action::invalid, fmt::format("--level {}: no area has it; known: {}", level,
                                           levels.empty() ? "none yet" : fmt::format("{}", fmt::join(levels, ", "))));
}

std::string day_text(std::int32_t day) {
  return topics::to_string(topics::Bucket{BucketKind::day, day});
}
std::string month_text(std::int32_t month) {
  return topics::to_string(topics::Bucket{BucketKind::month, month});
}

TextTable::Column number_column(std::string_view heading) {
  return {std::string(heading), Align::right};
}

// The rates that have a heading; behind that of the score, what it is made of.
std::vector<TextTable::Column> ranking_columns() {
  std::vector<TextTable::Column> columns = {number_column("Rank"), {"Area"}, {"Name"}};
  for (const topics::IndicatorSpec& rate : topics::indicators()) {
    if (!rate.heading.empty()) columns.push_back(number_column(rate.heading));
    if (rate.number != projections::kScore.number) continue;
    for (const Counter part : {rate.numerator, rate.denominator}) {
      columns.push_back(number_column(topics::spec(part).heading));
    }
  }
  return columns;
}

std::vector<std::string> ranking_cells(const projections::Place& place) {
  std::vector<std::string> cells = {place.rank ? std::to_string(*place.rank) : "–", place.area, place.name};
  for (std::size_t i = 0; i < place.indicators.size(); ++i) {
    const topics::IndicatorSpec& rate = topics::indicators()[i];
    const topics::Indicator& value = place.indicators[i];
    if (!rate.heading.empty()) cells.push_back(percent(value.num, value.den));
    if (rate.number != projections::kScore.number) continue;
    cells.push_back(with_commas(value.num));
    cells.push_back(with_commas(value.den));
  }
  return cells;
}

}  // namespace

Result<int> rankings(const RankingsOptions& options) {
  const auto month = parse(options.period, BucketKind::month);
  if (!month) return usage_error(fmt::format("--period {}: not a month such as 2015-06", options.period));
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("areas", Partition{0}));
  auto& areas = replica.stage<Areas>();
  TRY(require_level(areas, options.level));
  const std::vector<projections::Place> places = areas.ranking(*month, options.level);
  if (options.common.json) {
    for (const projections::Place& place : places) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("area").string(place.area).key("name").string(place.name);
      json.key("level").string(options.level).key("period").string(options.period);
      if (place.rank) json.key("rank").integer(*place.rank);
      if (!place.rank) json.key("rank").null().key("unranked").string(place.unranked);
      if (place.score_den != 0) json.key("score").string(percent(place.score_num, place.score_den));
      if (place.score_den == 0) json.key("score").null();
      json.key("indicators").begin_object();
      for (const topics::Indicator& indicator : place.indicators) {
        json.key(indicator.code).begin_object().key("num").integer(indicator.num);
        json.key("den").integer(indicator.den).end_object();
      }
      json.end_object();
      put_recalculating(json, areas.recalculating());
      put_stale(json, replica);
      json.end_object();
      fmt::print("{}\n", out);
    }
    return kOk;
  }
  if (places.empty()) {
    say(fmt::format("no case was due or opened in {}", options.period));
    return kOk;
  }
  TextTable table(ranking_columns());
  for (const projections::Place& place : places) table.add(ranking_cells(place));
  fmt::print("{}", table.text());
  if (areas.recalculating()) fmt::print("{}", kRecalculating);
  return kOk;
}

namespace {

// The counters of one kind of bucket.
void put_counters(JsonWriter& json, const projections::CounterRow& row, BucketKind kind) {
  for (const topics::CounterSpec& counter : topics::counters()) {
    if (counter.counts_by(kind)) json.key(counter.code).integer(row[counter.counter]);
  }
}

// The counters of one kind of bucket that a table shows: that of the days of one area, or that of several areas.
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

void add_cells(std::vector<std::string>& cells, const projections::CounterRow& row, TableOf table, BucketKind kind) {
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

void add(const projections::CounterRow& row, projections::CounterRow& total) {
  projections::add(total.n, row.n);
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
    const std::int64_t opened = month.counters[Counter::opened];
    const std::int64_t closed = month.counters[Counter::ended];
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
      put_counters(json, day.counters, BucketKind::day);
      put_stale(json, replica);
      json.end_object();
      fmt::print("{}\n", out);
    }
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("area").string(options.area).key("total").boolean(true);
    put_counters(json, total, BucketKind::day);
    put_counters(json, standing, BucketKind::now);
    put_recalculating(json, areas.recalculating());
    put_stale(json, replica);
    json.end_object();
    fmt::print("{}\n", out);
    return;
  }
  std::vector<TextTable::Column> columns = {{"Day"}};
  add_columns(columns, TableOf::days, BucketKind::day);
  TextTable table(std::move(columns));
  const auto line = [&](const std::string& title, const projections::CounterRow& row) {
    std::vector<std::string> cells = {title};
    add_cells(cells, row, TableOf::days, BucketKind::day);
    table.add(std::move(cells));
  };
  for (const projections::DayWorkload& day : days) line(day_text(day.day), day.counters);
  line("Total", total);
  fmt::print("{}\nOpen now: {}, of them overdue: {}\n", table.text(), with_commas(standing[Counter::open_now]),
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
  std::vector<TextTable::Column> columns = {{"Area"}, {"Name"}};
  for (const BucketKind kind : {BucketKind::day, BucketKind::now}) add_columns(columns, TableOf::areas, kind);
  TextTable table(std::move(columns));
  for (const Line& line : lines) {
    if (options.common.json) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("area").string(line.area).key("name").string(line.name);
      put_counters(json, line.total, BucketKind::day);
      put_counters(json, line.now, BucketKind::now);
      put_recalculating(json, areas.recalculating());
      put_stale(json, replica);
      json.end_object();
      fmt::print("{}\n", out);
    } else {
      std::vector<std::string> cells = {line.area, line.name};
      add_cells(cells, line.total, TableOf::areas, BucketKind::day);
      add_cells(cells, line.now, TableOf::areas, BucketKind::now);
      table.add(std::move(cells));
    }
  }
  if (options.common.json) return;
  fmt::print("{}", table.text());
  if (areas.recalculating()) fmt::print("{}", kRecalculating);
}

}  // namespace

Result<int> workload(const WorkloadOptions& options) {
  if (options.area.empty() == options.level.empty()) {
    return usage_error("name either an AREA, or a --level to compare its areas");
  }
  if (options.months && options.area.empty()) return usage_error("--months is for one AREA: leave --level out");
  for (const auto& [option, text] : {std::pair("--from", &options.from), std::pair("--to", &options.to)}) {
    if (!text->empty() && !parse(*text, BucketKind::day)) {
      return usage_error(fmt::format("{} {}: not a day such as 2015-06-01", option, *text));
    }
  }
  const std::int32_t from = parse(options.from, BucketKind::day).value_or(INT32_MIN / 2);
  const std::int32_t to = parse(options.to, BucketKind::day).value_or(INT32_MAX / 2);
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("areas", Partition{0}));
  auto& areas = replica.stage<Areas>();
  if (!options.area.empty() && options.area != projections::kUnattributed &&
      areas.directory().area(options.area) == nullptr && areas.days(options.area, from, to).empty()) {
    const projections::RetiredArea* retired = areas.directory().retired(options.area);
    return fail(Action::invalid, retired == nullptr || retired->successors.empty()
                                     ? fmt::format("there is no area {}", options.area)
                                     : fmt::format("there is no area {} any more: ask for {}", options.area,
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

}  // namespace ops
