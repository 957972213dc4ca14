#include "topics/contract/output_schema.h"

#include "engine/result.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

using K = MemberKind;
constexpr bool kAlways = true;
constexpr bool kIfAny = false;

constexpr Member kAreaOfDeltas[] = {
    {"area", K::text, kAlways, "id of the area"},
    {"bucket", K::text, kAlways, "a day (2015-06-01), a month (2015-06) or now"},
    {"", K::counters, kIfAny, "change of the counter"},
};
constexpr Member kDeltas[] = {
    {"task", K::text, kAlways, "task that counted"},
    {"step", K::integer, kAlways, "its step"},
    {"part", K::integer, kAlways, "part of the step, from 0"},
    {"freeze", K::integer, kAlways, "freeze number of the sender"},
    {"swept", K::integer, kAlways, "how many changes of rules all rows of the sender have been folded by"},
    {"behind", K::boolean, kAlways, "the sender is catching up: more is to come soon"},
    {"positions", K::offsets, kAlways, "next offset that the sender reads of each topic"},
    {"areas", K::objects, kAlways, "one object for each area and bucket", kAreaOfDeltas},
};

constexpr Member kAlert[] = {
    {"clock", K::text, kAlways, "what is measured: sign, handle, close ..."},
    {"cycle", K::integer, kAlways,
     "cycle of the clock; grows when the case is reopened, of a hop's clock with each hop"},
    {"rung", K::text, kAlways, "what is announced, or what is taken back: warned, breached or met"},
    {"step", K::integer, kIfAny, "of warned and escalated: which of the policy's rungs, from 1"},
    {"level", K::text, kIfAny, "of escalated: level of those whom it is for"},
    {"role", K::text, kIfAny, "of escalated: their role"},
    {"due", K::instant, kAlways, "due time of the clock; on time includes that instant"},
    {"previous_due", K::instant, kIfAny, "of due_changed: the due time that held until then"},
    {"provisional", K::boolean, kIfAny, "the due time lies beyond the known calendar: a later notice may move it"},
    {"late_seconds", K::integer, kIfAny, "of breached and escalated: how long after it was so this was announced"},
    {"until", K::instant, kIfAny, "of paused: when the clock goes on by itself"},
    {"reason", K::text, kIfAny, "of paused: why"},
    {"unit", K::text, kIfAny, "id of the unit that the clock waits for"},
    {"area", K::text, kIfAny, "id of the area of the case"},
    {"area_path", K::texts, kIfAny, "ids of the areas from the top down to that of the case"},
    {"category", K::text, kIfAny, "id of the category of the case"},
    {"priority", K::integer, kIfAny, "1 is the most urgent"},
    {"policy", K::text, kIfAny, "id of the policy that gave the due time; absent when an event gave it"},
    {"policy_version", K::text, kIfAny, "its version"},
    {"calendar", K::text, kIfAny, "id of the calendar that the clock runs on"},
    {"calendar_version", K::text, kIfAny, "its version"},
    {"replayed", K::boolean, kIfAny, "announced after a backlog or a backfill"},
};

constexpr Member kStorm[] = {
    {"task", K::text, kAlways, "task that announced them"},
    {"step", K::integer, kAlways, "its step"},
    {"unit", K::text, kIfAny, "id of the unit that the clocks wait for; absent when there is none"},
    {"kind", K::text, kAlways, "breached or warned"},
    {"alerts", K::integer, kAlways, "how many alerts of this kind, each announced by itself too"},
    {"cases", K::integer, kAlways, "of how many cases"},
    {"first_due", K::instant, kAlways, "the earliest of their due times"},
    {"last_due", K::instant, kAlways, "the latest of them"},
    {"replayed", K::boolean, kIfAny, "announced after a backlog or a backfill"},
};

constexpr Member kBeat[] = {
    {"task", K::text, kAlways, "task that is alive; the time of the event is its clock"},
    {"step", K::integer, kAlways, "its step"},
    {"lag_ms", K::integer, kAlways,
     "milliseconds by which its timer fired late by the task's clock, as those of alerts do at this moment; how far "
     "that clock is behind, the time of the record tells"},
    {"behind", K::boolean, kAlways, "it reads a backlog: alerts are owed"},
    {"owed", K::integer, kAlways, "cases whose alerts are owed"},
    {"armed", K::integer, kAlways, "timers that are set"},
    {"next_due", K::instant, kIfAny, "the earliest of them"},
};

constexpr Member kClock[] = {
    {"clock", K::text, kAlways, "what is measured: sign, handle, close ..."},
    {"cycle", K::integer, kAlways, "cycle of the clock"},
    {"due", K::instant, kAlways, "its due time"},
    {"verdict", K::text, kAlways, "running, warned, breached or met"},
    {"state", K::text, kIfAny, "running, paused, stopped or cancelled"},
    {"start", K::instant, kIfAny, "when it started"},
    {"unit", K::text, kIfAny, "id of the unit that it waits for"},
    {"policy", K::text, kIfAny, "id of the policy that gave the due time; absent when an event gave it"},
    {"provisional", K::boolean, kIfAny, "the due time lies beyond the known calendar: a later notice may move it"},
};
constexpr Member kCase[] = {
    {"status", K::text, kIfAny, "where the case stands"},
    {"area", K::text, kIfAny, "id of its area"},
    {"category", K::text, kIfAny, "id of its category"},
    {"priority", K::integer, kIfAny, "1 is the most urgent"},
    {"channel", K::text, kIfAny, "how it came in"},
    {"unit", K::text, kIfAny, "id of the unit that has it"},
    {"opened", K::instant, kIfAny, "when it was reported"},
    {"handled", K::instant, kIfAny, "when it was handled"},
    {"closed", K::instant, kIfAny, "when it was closed"},
    {"due", K::instant, kIfAny, "when it is to be handled"},
    {"hops", K::integer, kAlways, "how often it was sent to a unit"},
    {"version", K::integer, kIfAny, "how many events were applied to it; what if_version is compared with"},
    {"condition", K::text, kIfAny, "id of its condition within the category"},
    {"kind", K::text, kIfAny, "kind of request"},
    {"level", K::text, kIfAny, "level that it was raised to"},
    {"parent", K::text, kIfAny, "the case that it was merged into"},
    {"successor", K::text, kIfAny, "the case that goes on with it"},
    {"assisting", K::texts, kIfAny, "ids of the units that assist the one that has it"},
    {"suspended_until", K::instant, kIfAny, "when its clocks go on by themselves"},
    {"repeats", K::integer, kIfAny, "times that the same caller asked again"},
    {"extensions", K::integer, kIfAny, "how often its due time was extended"},
    {"excluded", K::boolean, kIfAny, "it is left out of what is judged"},
    {"anomalies", K::texts, kIfAny, "codes of what is wrong with its course, ascending"},
    {"duplicate", K::boolean, kAlways, "flagged as a duplicate"},
    {"clocks", K::objects, kAlways, "its clocks", kClock},
};

constexpr Member kWorkload[] = {
    {"area", K::text, kIfAny, "id of the area"},
    {"name", K::text, kIfAny, "name of the area"},
    {"day", K::text, kAlways, "day in the zone of the city: 2015-06-01"},
    {"", K::counters, kIfAny, "count of the day"},
    {"open_now", K::integer, kAlways, "cases that are open now"},
    {"overdue_now", K::integer, kAlways, "of them past their due time"},
};

constexpr Member kIndicator[] = {
    {"code", K::text, kAlways, "code of the indicator"},
    {"num", K::integer, kAlways, "numerator"},
    {"den", K::integer, kAlways, "denominator"},
};
constexpr Member kRanking[] = {
    {"ruleset", K::text, kIfAny, "id of the ruleset"},
    {"period", K::text, kIfAny, "month: 2015-06"},
    {"edition", K::integer, kAlways, "edition of the period's figures, from 1"},
    {"level", K::text, kIfAny, "level of the areas that are compared"},
    {"league", K::text, kIfAny, "league within the level"},
    {"area", K::text, kIfAny, "id of the area"},
    {"name", K::text, kIfAny, "name of the area"},
    {"rank", K::integer, kIfAny, "place, from 1; absent: not ranked"},
    {"unranked", K::text, kIfAny, "why it is not ranked"},
    {"of", K::integer, kAlways, "how many areas are ranked"},
    {"previous_rank", K::integer, kIfAny, "place in the period before"},
    {"score", K::text, kIfAny, "exact ratio: 7416/10000"},
    {"indicators", K::objects, kAlways, "what the score is made of", kIndicator},
};

constexpr Member kHeader[] = {
    {"name", K::text, kIfAny, "its name"},
    {"name_base64", K::text, kIfAny, "its name, when it is not UTF-8"},
    {"value", K::text, kIfAny, "its value"},
    {"value_base64", K::text, kIfAny, "its value, when it is not UTF-8"},
};
constexpr Member kDeadLetter[] = {
    {"reason", K::reason, kAlways, "code of the reason"},
    {"detail", K::text, kAlways, "what is wrong, and with which attribute or field"},
    {"topic", K::text, kAlways, "topic of the record"},
    {"partition", K::integer, kAlways, "its partition"},
    {"offset", K::integer, kAlways, "its offset"},
    {"logged", K::instant, kAlways, "when it was logged"},
    {"value_bytes", K::integer, kAlways, "size of its whole value"},
    {"value_hash", K::text, kAlways, "xxh3-128 of its whole value, in hex"},
    {"headers", K::objects, kIfAny, "its headers, 16 KiB at most", kHeader},
    {"headers_left_out", K::integer, kIfAny, "how many more headers it had"},
    {"key", K::text, kIfAny, "its key"},
    {"key_base64", K::text, kIfAny, "its key, when it is not UTF-8"},
    {"value", K::text, kIfAny, "its value, 64 KiB at most"},
    {"value_base64", K::text, kIfAny, "its value, when it is not UTF-8"},
};

constexpr OutputType kTypes[] = {
    {"area.counted", "area-deltas", "city", "What one step changed in the counters of the areas.", kDeltas},
    {"sla.warned", "sla-alerts", "case", "A clock of a case is close to its due time.", kAlert},
    {"sla.breached", "sla-alerts", "case", "A clock of a case ran past its due time.", kAlert},
    {"sla.escalated", "sla-alerts", "case", "A breach lasts: the next level is told.", kAlert},
    {"sla.met", "sla-alerts", "case", "A clock of a case was stopped in time.", kAlert},
    {"sla.retracted", "sla-alerts", "case", "What was announced about a clock turned out to be wrong.", kAlert},
    {"sla.started", "sla-alerts", "case", "A clock of a case runs.", kAlert},
    {"sla.paused", "sla-alerts", "case", "A clock of a case stands still.", kAlert},
    {"sla.resumed", "sla-alerts", "case", "A clock of a case goes on after a pause.", kAlert},
    {"sla.due_changed", "sla-alerts", "case", "A clock of a case has another due time than was told before.", kAlert},
    {"sla.cancelled", "sla-alerts", "case", "A clock of a case is given up: there is nothing to wait for.", kAlert},
    {"sla.storm", "sla-alerts", "unit, or task when there is none",
     "How many clocks of a unit were breached, or warned of, in one step.", kStorm},
    {"sla.beat", "sla-alerts", "task", "A task of the cases stage is alive, and how far it has come.", kBeat},
    {"case.changed", "cases", "case", "The current row of a case, without personal fields.", kCase},
    {"workload.changed", "grid-workload", "area/day", "The current counters of an area on a day.", kWorkload},
    {"ranking.changed", "district-rankings", "ruleset/period/edition/level/league/area",
     "The current place of an area.", kRanking},
    {"record.rejected", "dead-letters", "topic/partition/offset",
     "A record that was not applied: as it came, why, and whence.", kDeadLetter},
};

void write_members(JsonWriter& json, std::span<const Member> members);

void write_integer(JsonWriter& json, std::string_view doc) {
  json.begin_object().key("type").string("integer").key("description").string(doc).end_object();
}

void write_instant(JsonWriter& json, std::string_view doc) {
  json.begin_object().key("type").string("string").key("format").string("date-time");
  json.key("description").string(doc).end_object();
}

void write_member(JsonWriter& json, const Member& member) {
  if (member.kind == K::integer) return write_integer(json, member.doc);
  if (member.kind == K::instant) return write_instant(json, member.doc);
  json.begin_object().key("type");
  switch (member.kind) {
    case K::text:
      json.string("string");
      break;
    case K::texts:
      json.string("array").key("items").begin_object().key("type").string("string").end_object();
      break;
    case K::boolean:
      json.string("boolean");
      break;
    case K::reason:
      json.string("string").key("enum").begin_array();
      for (std::size_t i = 0; i < kReasonCount; ++i) json.string(code(static_cast<Reason>(i)));
      json.end_array();
      break;
    case K::objects:
      json.string("array").key("items").begin_object();
      write_members(json, member.members);
      json.end_object();
      break;
    case K::offsets:
      json.string("object").key("additionalProperties").begin_object().key("type").string("integer").end_object();
      break;
    case K::integer:
    case K::instant:
    case K::counters:
      CHECK(false);
  }
  json.key("description").string(member.doc).end_object();
}

void write_members(JsonWriter& json, std::span<const Member> members) {
  json.key("type").string("object").key("required").begin_array();
  for (const Member& member : members) {
    if (member.required) json.string(member.name);
  }
  json.end_array().key("properties").begin_object();
  for (const Member& member : members) {
    if (member.kind != K::counters) {
      json.key(member.name);
      write_member(json, member);
      continue;
    }
    for (std::size_t i = 0; i < kCounterCount; ++i) {
      const std::string_view counter = name(static_cast<Counter>(i));
      bool listed = false;
      for (const Member& other : members) listed = listed || other.name == counter;
      if (listed) continue;
      json.key(counter);
      write_integer(json, member.doc);
    }
  }
  json.end_object().key("additionalProperties").boolean(false);
}

}  // namespace

std::span<const OutputType> output_types() {
  return kTypes;
}

const OutputType* find_output_type(std::string_view name) {
  for (const OutputType& type : kTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

void write_output_schema(JsonWriter& json, const OutputType& type) {
  const auto text = [&](std::string_view attribute, std::string_view doc) {
    json.key(attribute).begin_object().key("type").string("string").key("minLength").integer(1);
    json.key("description").string(doc).end_object();
  };
  json.key("description").string(type.doc);
  json.key("type").string("object").key("required").begin_array();
  for (const char* always : {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"}) {
    json.string(always);
  }
  json.end_array().key("properties").begin_object();
  json.key("specversion").begin_object().key("const").string("1.0").end_object();
  text("id", "the same whenever the same step is replayed");
  json.key("source").begin_object().key("type").string("string").key("pattern").string("^gridloop/.+$");
  json.key("description").string("gridloop/ and the stage that wrote it").end_object();
  json.key("type").begin_object().key("const").string(type.name).end_object();
  text("subject", "what it is about");
  json.key("time");
  write_instant(json, "the task's clock");
  json.key("datacontenttype").begin_object().key("const").string("application/json").end_object();
  json.key("data").begin_object();
  write_members(json, type.members);
  json.end_object().end_object().key("additionalProperties").boolean(false);
}

}  // namespace topics
