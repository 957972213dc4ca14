#include <algorithm>

#include "engine/json.h"
#include "topics/outputs/members.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

// A row is written at most once in a step.
std::string row_id(std::string_view task, std::int64_t step, std::string_view key) {
  std::string id(task);
  id += '/';
  engine::append_integer(id, step);
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

template <class Visitor>
void members_of_clock(Visitor& visit, const ClockState& clock) {
  visit("clock", kAlways, clock.clock, "what is measured: sign, handle, close ...");
  visit("cycle", kAlways, clock.cycle, "cycle of the clock");
  visit("due", kAlways, clock.due, "its due time");
  visit("verdict", kAlways, clock.verdict, "running, warned, breached or met");
  visit("state", kIfAny, clock.state, "running, paused, stopped or cancelled");
  visit("start", kIfAny, clock.start, "when it started");
  visit("unit", kIfAny, clock.unit, "id of the unit that it waits for");
  visit("policy", kIfAny, clock.policy, "id of the policy that gave the due time; absent when an event gave it");
  visit("provisional", kIfAny, clock.provisional,
        "the due time lies beyond the known calendar: a later notice may move it");
}

template <class Visitor>
void members(Visitor& visit, const CaseRow& row) {
  visit("status", kIfAny, row.status, "where the case stands");
  visit("area", kIfAny, row.area, "id of its area");
  visit("category", kIfAny, row.category, "id of its category");
  visit("priority", kIfAny, row.priority, "1 is the most urgent");
  visit("channel", kIfAny, row.channel, "how it came in");
  visit("unit", kIfAny, row.unit, "id of the unit that has it");
  visit("opened", kIfAny, row.opened, "when it was reported");
  visit("handled", kIfAny, row.handled, "when it was handled");
  visit("closed", kIfAny, row.closed, "when it was closed");
  visit("due", kIfAny, row.due, "when it is to be handled");
  visit("hops", kAlways, row.hops, "how often it was sent to a unit");
  visit("version", kIfAny, row.version, "how many events were applied to it; what if_version is compared with");
  visit("condition", kIfAny, row.condition, "id of its condition within the category");
  visit("kind", kIfAny, row.kind, "kind of request");
  visit("level", kIfAny, row.level, "level that it was raised to");
  visit("parent", kIfAny, row.parent, "the case that it was merged into");
  visit("successor", kIfAny, row.successor, "the case that goes on with it");
  visit("assisting", kIfAny, row.assisting, "ids of the units that assist the one that has it");
  visit("suspended_until", kIfAny, row.suspended_until, "when its clocks go on by themselves");
  visit("repeats", kIfAny, row.repeats, "times that the same caller asked again");
  visit("extensions", kIfAny, row.extensions, "how often its due time was extended");
  visit("excluded", kIfAny, row.excluded, "it is left out of what is judged");
  visit("anomalies", kIfAny, row.anomalies, "codes of what is wrong with its course, ascending");
  visit("duplicate", kAlways, row.duplicate, "flagged as a duplicate");
  visit.objects(
      "clocks", kAlways, row.clocks, [](auto& one, const ClockState& clock) { members_of_clock(one, clock); },
      "its clocks");
}

Bucket day_of(const WorkloadRow& row) {
  return {BucketKind::day, row.day};
}

template <class Visitor>
void members(Visitor& visit, const WorkloadRow& row) {
  visit("area", kIfAny, row.area, "id of the area");
  visit("name", kIfAny, row.name, "name of the area");
  visit("day", kAlways, day_of(row), "day in the zone of the city: 2015-06-01");
  visit.day_counters(row.counters);
  visit("open_now", kAlways, row.open_now, "cases that are open now");
  visit("overdue_now", kAlways, row.overdue_now, "of them past their due time");
}

template <class Visitor>
void members(Visitor& visit, const RankingRow& row) {
  visit("ruleset", kIfAny, row.ruleset, "id of the ruleset");
  visit("period", kIfAny, row.period, "month: 2015-06");
  visit("edition", kAlways, row.edition, "edition of the period's figures, from 1");
  visit("level", kIfAny, row.level, "level of the areas that are compared");
  visit("league", kIfAny, row.league, "league within the level");
  visit("area", kIfAny, row.area, "id of the area");
  visit("name", kIfAny, row.name, "name of the area");
  visit("rank", kIfAny, row.rank, "place, from 1; absent: not ranked");
  visit("unranked", kIfAny, row.unranked, "why it is not ranked");
  visit("of", kAlways, row.of, "how many areas are ranked");
  visit("previous_rank", kIfAny, row.previous_rank, "place in the period before");
  visit("score", kIfAny, row.score, "exact ratio: 7416/10000");
  visit.objects(
      "indicators", kAlways, row.indicators,
      [](auto& one, const Indicator& indicator) {
        one("code", kAlways, indicator.code, "code of the indicator");
        one("num", kAlways, indicator.num, "numerator");
        one("den", kAlways, indicator.den, "denominator");
      },
      "what the score is made of");
}

constexpr std::string_view kCaseType = "case.changed";
constexpr std::string_view kWorkloadType = "workload.changed";
constexpr std::string_view kRankingType = "ranking.changed";

template <class Row>
void append_row(std::string& out, const Row& row, std::string_view type, std::string_view key) {
  OutputWriter event(out, stage_of(row.task), row_id(row.task, row.step, key), type, key, row.time);
  MemberWriter writer(event);
  members(writer, row);
  event.end();
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
  append_row(out, row, kCaseType, row.subject);
}

std::string key_of(const WorkloadRow& row) {
  return row.area + "/" + to_string(day_of(row));
}

void append(std::string& out, const WorkloadRow& row) {
  append_row(out, row, kWorkloadType, key_of(row));
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
  append_row(out, row, kRankingType, key_of(row));
}

std::vector<OutputType> row_types() {
  const auto list = [](auto& visit, auto& row) { members(visit, row); };
  return {{kCaseType, "cases", "case", "The current row of a case, without personal fields.",
           members_listed<CaseRow>(list)},
          {kWorkloadType, "grid-workload", "area/day", "The current counters of an area on a day.",
           members_listed<WorkloadRow>(list)},
          {kRankingType, "district-rankings", "ruleset/period/edition/level/league/area",
           "The current place of an area.", members_listed<RankingRow>(list)}};
}

}  // namespace topics
