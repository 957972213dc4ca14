#include <utility>

#include "topics/codec/json.h"
#include "topics/outputs/members.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

template <class Visitor, class Beat>
void members(Visitor& visit, Beat& beat) {
  visit("task", kAlways, beat.task, "task that is alive; the time of the event is its clock");
  visit("step", kAlways, beat.step, "its step");
  visit("lag_ms", kAlways, beat.lag,
        "milliseconds by which its timer fired late by the task's clock, as those of alerts do at this moment; how far "
        "that clock is behind, the time of the record tells");
  visit("behind", kAlways, beat.behind, "it reads a backlog: alerts are owed");
  visit("owed", kAlways, beat.owed, "cases whose alerts are owed");
  visit("armed", kAlways, beat.armed, "timers that are set");
  visit("next_due", kIfAny, beat.next_due, "the earliest of them");
}

}  // namespace

void append(std::string& out, const SlaBeat& beat) {
  std::string id = beat.task + "|";
  append_integer(id, beat.step);
  id += "|beat";
  OutputWriter event(out, stage_of(beat.task), id, kBeatType, beat.task, beat.time);
  MemberWriter writer(event);
  members(writer, beat);
  event.end();
}

std::expected<SlaBeat, Rejection> decode_sla_beat(std::string_view value) {
  OutputReader reader(value, kBeatType);
  SlaBeat beat;
  if (!reader.failed()) {
    beat.time = reader.instant(reader.event(), "time");
    MemberReader data(reader, reader.data());
    members(data, beat);
  }
  return reader.finish(std::move(beat));
}

std::vector<OutputType> sla_beat_types() {
  const auto list = [](auto& visit, auto& beat) { members(visit, beat); };
  return {{kBeatType, "sla-alerts", "task", "A task of the cases stage is alive, and how far it has come.",
           members_listed<SlaBeat>(list)}};
}

}  // namespace topics
