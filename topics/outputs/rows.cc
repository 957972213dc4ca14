#include <algorithm>

#include "topics/codec/json.h"
#include "topics/codec/output_writer.h"
#include "topics/outputs/output_text.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

// A row is written at most once in a step.
std::string row_id(std::string_view task, std::int64_t step, std::string_view key) {
  std::string id(task);
  id += '/';
  append_integer(id, step);
  id += '/';
  id += key;
  return id;
}

void append_digits(std::string& out, __int128 value) {
  const bool negative = value < 0;
  std::string digits;
  do {
    const int digit = static_cast<int>(value % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0);
  if (negative) out += '-';
  std::ranges::reverse(digits);
  out += digits;
}

}  // namespace

void CaseRow::clear() {
  clocks.clear();
  assisting.clear();
  anomalies.clear();
  CaseRow fresh;
  fresh.clocks.swap(clocks);
  fresh.assisting.swap(assisting);
  fresh.anomalies.swap(anomalies);
  *this = std::move(fresh);
}

void append(std::string& out, const CaseRow& row) {
  OutputWriter event(out, stage_of(row.task), row_id(row.task, row.step, row.subject), "case.changed", row.subject,
                     row.time);
  event.text("status", row.status)
      .text("area", row.area)
      .text("category", row.category)
      .integer("priority", row.priority)
      .text("channel", row.channel)
      .text("unit", row.unit)
      .instant("opened", row.opened)
      .instant("handled", row.handled)
      .instant("closed", row.closed)
      .instant("due", row.due)
      .integer("hops", row.hops)
      .count("version", row.version)
      .text("condition", row.condition)
      .text("kind", row.kind)
      .text("level", row.level)
      .text("parent", row.parent)
      .text("successor", row.successor)
      .texts("assisting", row.assisting)
      .instant("suspended_until", row.suspended_until)
      .count("repeats", row.repeats)
      .count("extensions", row.extensions)
      .flag("excluded", row.excluded)
      .texts("anomalies", row.anomalies)
      .boolean("duplicate", row.duplicate)
      .begin_array("clocks");
  for (const ClockState& clock : row.clocks) {
    event.begin_object()
        .text("clock", clock.clock)
        .integer("cycle", clock.cycle)
        .instant("due", clock.due)
        .text("verdict", clock.verdict)
        .text("state", clock.state)
        .instant("start", clock.start)
        .text("unit", clock.unit)
        .text("policy", clock.policy)
        .flag("provisional", clock.provisional)
        .end_object();
  }
  event.end_array().end();
}

std::string key_of(const WorkloadRow& row) {
  return row.area + "/" + to_string(Bucket{BucketKind::day, row.day});
}

void append(std::string& out, const WorkloadRow& row) {
  const std::string key = key_of(row);
  OutputWriter event(out, stage_of(row.task), row_id(row.task, row.step, key), "workload.changed", key, row.time);
  event.text("area", row.area).text("name", row.name).string("day", to_string(Bucket{BucketKind::day, row.day}));
  for (const auto& [counter, n] : row.counters) event.integer(name(counter), n);
  event.integer("open_now", row.open_now).integer("overdue_now", row.overdue_now).end();
}

std::string to_string(const Ratio& ratio) {
  std::string text;
  append_digits(text, ratio.num);
  text += '/';
  append_digits(text, ratio.den);
  return text;
}

std::string key_of(const RankingRow& row) {
  return row.ruleset + "/" + row.period + "/" + std::to_string(row.edition) + "/" + row.level + "/" + row.league + "/" +
         row.area;
}

void append(std::string& out, const RankingRow& row) {
  const std::string key = key_of(row);
  OutputWriter event(out, stage_of(row.task), row_id(row.task, row.step, key), "ranking.changed", key, row.time);
  event.text("ruleset", row.ruleset)
      .text("period", row.period)
      .integer("edition", row.edition)
      .text("level", row.level)
      .text("league", row.league)
      .text("area", row.area)
      .text("name", row.name)
      .integer("rank", row.rank)
      .text("unranked", row.unranked)
      .integer("of", row.of)
      .integer("previous_rank", row.previous_rank);
  if (row.score) event.string("score", to_string(*row.score));
  event.begin_array("indicators");
  for (const Indicator& indicator : row.indicators) {
    event.begin_object()
        .text("code", indicator.code)
        .integer("num", indicator.num)
        .integer("den", indicator.den)
        .end_object();
  }
  event.end_array().end();
}

}  // namespace topics
