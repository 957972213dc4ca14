// `gridloop tail`: the records of a topic.

#include "ops/commands/tail.h"

#include <fmt/format.h>

#include "engine/json.h"
#include "engine/schedule.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/deployment/deployment.h"
#include "ops/deployment/log_records.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::JsonWriter;
using engine::Partition;
using engine::Result;

std::string schedule_as_json(std::string_view value) {
  const auto record = engine::decode_schedule_record(value, nullptr);
  if (!record) return std::string();
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("step").integer(record->step.number.value);
  json.key("epoch").integer(record->epoch.value).key("logic_version").integer(record->step.logic_version);
  json.key("behind").boolean(record->step.behind).key("ranges").begin_array();
  for (const engine::StepRange& range : record->step.ranges) {
    json.begin_array().integer(range.from.value).integer(range.to.value).end_array();
  }
  json.end_array();
  if (record->step.tick) json.key("tick").string(topics::format_rfc3339(*record->step.tick));
  json.key("fired").integer(static_cast<std::int64_t>(record->step.fired));
  json.key("settled").integer(static_cast<std::int64_t>(record->step.drained));
  json.key("outputs").integer(static_cast<std::int64_t>(record->step.outputs));
  if (const auto* mark = record->step.mark(engine::MarkKind::checkpoint); mark != nullptr) {
    json.key("checkpoint").string(engine::to_hex(engine::digest_of(*mark)));
  }
  json.key("chain").string(engine::to_hex(record->chain)).end_object();
  return out;
}

}  // namespace

Result<int> tail(const TailOptions& options) {
  const auto deployment = TRY(Deployment::open_for_reading(
      {.directory = options.common.data, .kafka = options.common.kafka, .prefix = options.common.prefix}));
  const std::string topic =
      options.topic.starts_with(options.common.prefix) ? options.topic : deployment->topic(options.topic);
  const bool schedule = topic.starts_with(deployment->topic("schedule-"));
  TRY(each_record(deployment->log(), topic, options.last, [&](Partition partition, const engine::Record& record) {
    const std::string value =
        schedule ? schedule_as_json(record.value)
                 : topics::to_structured(record.value, record.headers).value_or(std::string(record.value));
    const std::string time = topics::format_rfc3339(record.timestamp);
    if (!options.common.json) {
      fmt::print("{}/{}  {}  {}  {}\n", partition.value, record.offset.value, time,
                 record.key.empty() ? "–" : printable(record.key), printable(value));
      return;
    }
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("topic").string(topic).key("partition").integer(partition.value);
    json.key("offset").integer(record.offset.value).key("timestamp").string(time);
    json.key("key").string(record.key).key("value").string(value);
    const engine::Headers headers = engine::decode_headers(record.headers);
    if (!headers.empty()) {
      json.key("headers").begin_object();
      for (const auto& [name, text] : headers) json.text_key(name).string(text);
      json.end_object();
    }
    json.end_object();
    fmt::print("{}\n", out);
  }));
  return kOk;
}

void declare_tail(Program& program) {
  Command command = program.command("tail", "Print the records of a topic",
                                    "  gridloop tail requests --data data/town --last 5\n"
                                    "  gridloop tail gridloop.dead-letters --data data/town --json\n");
  auto& options = command.settings<TailOptions>();
  add_log_and_json(command, options.common);
  command.text("topic", options.topic, "TOPIC", "Topic name, with or without the prefix", Command::Need::required);
  command.number("--last", options.last, {}, "N", "Show only the last N of each partition");
  command.runs(on_log(options.common, [&options] { return tail(options); }));
}

}  // namespace ops
