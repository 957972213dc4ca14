#include "ops/queries/case_text.h"

#include <chrono>

#include <fmt/format.h>

#include "ops/cli/text_table.h"
#include "topics/codec/rfc3339.h"

namespace ops {

using projections::Anomaly;
using projections::Clock;

std::vector<Oddity> oddities(const projections::Case& subject, const std::vector<projections::ClockTrace>& traces) {
  std::vector<Oddity> all;
  for (const projections::Flag& flag : subject.flags) all.push_back({flag.anomaly, nullptr, flag.fact});
  for (const projections::ClockTrace& trace : traces) {
    std::uint32_t without_fact = trace.clock.anomalies;
    for (const projections::Remark& remark : trace.remarks) {
      if (remark.fact == projections::kNoFact) continue;
      all.push_back({remark.anomaly, &trace.clock, remark.fact});
      without_fact &= ~(1u << static_cast<unsigned>(remark.anomaly));
    }
    for (std::size_t i = 0; i < projections::kAnomalies; ++i) {
      if (without_fact >> i & 1) all.push_back({static_cast<Anomaly>(i), &trace.clock, std::nullopt});
    }
  }
  return all;
}

std::string_view meaning(Anomaly anomaly) {
  switch (anomaly) {
    case Anomaly::after_the_end:
      return "work on a case that was closed or ended early: not counted";
    case Anomaly::two_open_dispatches:
      return "sent on before the previous unit had signed for it: the later dispatch counts";
    case Anomaly::returned_unsent:
      return "returned, although no unit had it: not counted";
    case Anomaly::nothing_to_resume:
      return "resumed, although nothing was suspended: not counted";
    case Anomaly::unauthorised:
      return "the role is not authorised for this event: not counted";
    case Anomaly::by_the_judged:
      return "the unit judged its own work: not counted";
    case Anomaly::conflict:
      return "intended for another version of the case: not counted";
    case Anomaly::too_many_units:
      return "too many units were called out: the last ones have no arrival deadline";
    case Anomaly::backdated:
      return "reported after the due time as done in time: judged by the time of the report";
    case Anomaly::merged_late:
      return "merged when already late: the breach stays";
    case Anomaly::suspended_late:
      return "suspended after the due time: not counted";
    case Anomaly::suspended_too_often:
      return "suspended more often than the policy allows: not counted";
    case Anomaly::suspended_too_long:
      return "suspended for longer than the policy allows: shortened";
    case Anomaly::extended_late:
      return "extended after the due time: not counted";
    case Anomaly::extended_too_often:
      return "extended more often than the policy allows: not counted";
    case Anomaly::extended_unclear:
      return "extension without a due time or a limit that this clock can count: not counted";
  }
  return "";
}

std::string CaseText::time(engine::Instant time) const {
  return topics::format_rfc3339(time, static_cast<int>(rules_.zone_offset(time)));
}

std::string CaseText::due(const Clock& clock) const {
  constexpr std::size_t kDate = 10;
  constexpr std::string_view kMidnight = "T00:00:00";
  std::string text = time(clock.due);
  if (!clock.ends_day || text.substr(kDate, kMidnight.size()) != kMidnight) return text;
  return time(clock.counted()).substr(0, kDate) + " 24:00";
}

std::string CaseText::area(const projections::Case& subject) const {
  if (subject.area.empty()) return "–";
  std::string text = printable(subject.area);
  const projections::Area* area = rules_.area(subject.area);
  if (area != nullptr && area->name != subject.area) text += fmt::format(" ({})", printable(area->name));
  if (subject.named_area != subject.area) text += ", reported in " + printable(subject.named_area);
  return text;
}

std::string CaseText::place(const projections::Fact& fact) const {
  return fmt::format("{}/{}/{}", spec_.inputs[fact.topic].topic, fact.partition, fact.offset);
}

std::string CaseText::name(const Clock& clock) {
  std::string text(projections::name(clock.kind));
  return clock.cycle == 1 ? text : fmt::format("{}/{}", text, clock.cycle);
}

std::string CaseText::policy(const Clock& clock) {
  if (clock.given) return "set by an event";
  if (clock.policy == nullptr) return "–";
  const projections::Policy& policy = *clock.policy;
  return policy.version.empty() ? policy.id : fmt::format("{} (version {})", policy.id, policy.version);
}

std::string CaseText::state(const Clock& clock) const {
  std::string text(projections::state_of(clock));
  if (clock.paused_until) {
    text += " until " + time(*clock.paused_until);
    if (!clock.reason.empty()) text += fmt::format(" ({})", clock.reason);
  } else if (!projections::runs(clock.course)) {
    text += " " + time(clock.stopped ? *clock.stopped : *clock.cancelled);
  }
  return text;
}

std::string CaseText::anomalies_text(const projections::CaseRow& row, const std::vector<Oddity>& all) const {
  TextTable table({{"Anomaly"}, {"Clock"}, {"Means"}, {"Record"}});
  for (const Oddity& one : all) {
    table.add({std::string(projections::name(one.anomaly)), one.clock == nullptr ? "" : name(*one.clock),
               std::string(meaning(one.anomaly)), one.fact ? place(row.facts[*one.fact]) : ""});
  }
  return table.text();
}

void CaseText::put_anomalies(engine::JsonWriter& json, const projections::CaseRow& row,
                             const std::vector<Oddity>& all) const {
  json.begin_array();
  for (const Oddity& one : all) {
    json.begin_object().key("anomaly").string(projections::name(one.anomaly));
    if (one.clock != nullptr) {
      json.key("clock").string(projections::name(one.clock->kind)).key("cycle").integer(one.clock->cycle);
    }
    json.key("means").string(meaning(one.anomaly));
    if (one.fact) json.key("at").string(place(row.facts[*one.fact]));
    json.end_object();
  }
  json.end_array();
}

void CaseText::put_clock(engine::JsonWriter& json, const Clock& clock) const {
  const auto text = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) json.key(key).string(value);
  };
  json.key("clock").string(projections::name(clock.kind)).key("cycle").integer(clock.cycle);
  json.key("due").string(time(clock.due)).key("verdict").string(projections::name(clock.verdict));
  json.key("state").string(projections::state_of(clock)).key("start").string(time(clock.start));
  if (clock.ends_day) json.key("due_day").string(time(clock.counted()).substr(0, 10));
  if (clock.provisional) json.key("provisional").boolean(true);
  if (clock.stopped) json.key("stopped").string(time(*clock.stopped));
  if (clock.cancelled) json.key("cancelled").string(time(*clock.cancelled));
  if (clock.paused_until) json.key("paused_until").string(time(*clock.paused_until));
  text("reason", clock.reason);
  text("unit", clock.unit);
  if (clock.given) json.key("given").boolean(true);
  if (clock.policy != nullptr) {
    text("policy", clock.policy->id);
    text("policy_version", clock.policy->version);
  }
  if (clock.calendar != nullptr) {
    text("calendar", clock.calendar->id);
    text("calendar_version", clock.calendar->version);
  }
}

std::string CaseText::fields(const projections::Fact& fact) const {
  std::string text;
  for (const projections::FieldValues::Pair& pair : fact.fields) {
    if (!topics::is_field(pair.tag) || pair.field() == topics::Field::unit) continue;
    const topics::FieldMeaning& meaning = topics::meaning(pair.field());
    if (meaning.personal) continue;
    text += fmt::format("{}{} ", text.empty() ? "" : ", ", meaning.name);
    text += projections::text_of(pair, [&](engine::Instant at) { return time(at); });
  }
  return text;
}

void CaseText::put_fields(engine::JsonWriter& json, const projections::Fact& fact) const {
  projections::write_fields(json, fact, [&](engine::Instant at) { return time(at); });
}

}  // namespace ops
