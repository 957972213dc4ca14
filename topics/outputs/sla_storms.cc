#include <utility>

#include "engine/json.h"
#include "topics/outputs/members.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

template <class Visitor, class Storm>
void members(Visitor& visit, Storm& storm) {
  visit("task", kAlways, storm.task, "task that announced them");
  visit("step", kAlways, storm.step, "its step");
  visit("unit", kIfAny, storm.unit, "id of the unit that the clocks wait for; absent when there is none");
  visit("kind", kAlways, storm.kind, "breached or warned");
  visit("alerts", kAlways, storm.alerts, "how many alerts of this kind, each announced by itself too");
  visit("cases", kAlways, storm.cases, "of how many cases");
  visit("first_due", kAlways, storm.first_due, "the earliest of their due times");
  visit("last_due", kAlways, storm.last_due, "the latest of them");
  visit("replayed", kIfAny, storm.replayed, "announced after a backlog or a backfill");
}

}  // namespace

void append(std::string& out, const SlaStorm& storm) {
  std::string id = storm.task + "|";
  engine::append_integer(id, storm.step);
  id += '|';
  id += storm.unit;
  id += '|';
  id += name(storm.kind);
  const std::string& subject = storm.unit.empty() ? storm.task : storm.unit;
  OutputWriter event(out, stage_of(storm.task), id, kStormType, subject, storm.time);
  MemberWriter writer(event);
  members(writer, storm);
  event.end();
}

std::expected<SlaStorm, Rejection> decode_sla_storm(std::string_view value) {
  OutputReader reader(value, kStormType);
  SlaStorm storm;
  if (!reader.failed()) {
    storm.time = reader.instant(reader.event(), "time");
    MemberReader data(reader, reader.data());
    members(data, storm);
  }
  return reader.finish(std::move(storm));
}

std::vector<OutputType> sla_storm_types() {
  const auto list = [](auto& visit, auto& storm) { members(visit, storm); };
  return {{kStormType, "sla-alerts", "unit, or task when there is none",
           "How many clocks of a unit were breached, or warned of, in one step.", members_listed<SlaStorm>(list)}};
}

}  // namespace topics
