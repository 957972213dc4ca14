#include <utility>

#include "engine/json.h"
#include "topics/outputs/members.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

template <class Visitor, class Heartbeat>
void members(Visitor& visit, Heartbeat& heartbeat) {
  visit("task", kAlways, heartbeat.task, "task that is alive; the time of the event is its clock");
  visit("step", kAlways, heartbeat.step, "its step");
  visit("lag_ms", kAlways, heartbeat.lag,
        "milliseconds by which its timer fired late by the task's clock, as those of alerts do at this moment; how far "
        "that clock is behind, the time of the record tells");
  visit("behind", kAlways, heartbeat.behind, "it reads a backlog: alerts are pending");
  visit("pending", kAlways, heartbeat.pending, "cases whose alerts wait until the backlog is read");
  visit("timers", kAlways, heartbeat.timers, "timers that are set");
  visit("next_due", kIfAny, heartbeat.next_due, "the earliest of them");
}

}  // namespace

void append(std::string& out, const SlaHeartbeat& heartbeat) {
  std::string id = heartbeat.task + "|";
  engine::append_integer(id, heartbeat.step);
  id += "|heartbeat";
  OutputWriter event(out, stage_of(heartbeat.task), id, kHeartbeatType, heartbeat.task, heartbeat.time);
  MemberWriter writer(event);
  members(writer, heartbeat);
  event.end();
}

std::expected<SlaHeartbeat, Rejection> decode_sla_heartbeat(std::string_view value) {
  OutputReader reader(value, kHeartbeatType);
  SlaHeartbeat heartbeat;
  if (!reader.failed()) {
    heartbeat.time = reader.instant(reader.event(), "time");
    MemberReader data(reader, reader.data());
    members(data, heartbeat);
  }
  return reader.finish(std::move(heartbeat));
}

std::vector<OutputType> sla_heartbeat_types() {
  const auto list = [](auto& visit, auto& heartbeat) { members(visit, heartbeat); };
  return {{kHeartbeatType, "sla-alerts", "task", "A task of the cases stage is alive, and how far it has come.",
           members_listed<SlaHeartbeat>(list)}};
}

}  // namespace topics
