#include "topics/contract/output_schema.h"

#include <span>
#include <utility>

#include "engine/result.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

using K = MemberKind;

void write_members(engine::JsonWriter& json, std::span<const Member> members);

void write_integer(engine::JsonWriter& json, std::string_view doc) {
  json.begin_object().key("type").string("integer").key("description").string(doc).end_object();
}

void write_instant(engine::JsonWriter& json, std::string_view doc) {
  json.begin_object().key("type").string("string").key("format").string("date-time");
  json.key("description").string(doc).end_object();
}

void write_member(engine::JsonWriter& json, const Member& member) {
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
    case K::day_counters:
      CHECK(false);
  }
  json.key("description").string(member.doc).end_object();
}

void write_members(engine::JsonWriter& json, std::span<const Member> members) {
  json.key("type").string("object").key("required").begin_array();
  for (const Member& member : members) {
    if (member.required) json.string(member.name);
  }
  json.end_array().key("properties").begin_object();
  for (const Member& member : members) {
    if (member.kind != K::counters && member.kind != K::day_counters) {
      json.key(member.name);
      write_member(json, member);
      continue;
    }
    for (const CounterSpec& counter : counters()) {
      if (member.kind == K::day_counters && !counter.counts_by(BucketKind::day)) continue;
      json.key(counter.code);
      write_integer(json, counter.doc);
    }
  }
  json.end_object().key("additionalProperties").boolean(false);
}

}  // namespace

const std::vector<OutputType>& output_types() {
  static const std::vector<OutputType> all = [] {
    std::vector<OutputType> types;
    for (const auto& of_file :
         {area_delta_types, sla_alert_types, sla_storm_types, sla_heartbeat_types, row_types, dead_letter_types}) {
      for (OutputType& type : of_file()) types.push_back(std::move(type));
    }
    return types;
  }();
  return all;
}

const OutputType* find_output_type(std::string_view name) {
  for (const OutputType& type : output_types()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

void write_output_schema(engine::JsonWriter& json, const OutputType& type) {
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
