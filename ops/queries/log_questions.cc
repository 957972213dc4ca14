// `gridloop tail`, `alerts` and `topics list`: answers from the log alone.

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/schedule.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"
#include "ops/commands/commands.h"
#include "ops/deployment/deployment.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/json.h"
#include "topics/codec/rfc3339.h"
#include "topics/outputs/outputs.h"
#include "topics/topology.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Offset;
using engine::Partition;
using engine::Result;
using topics::AlertKind;
using topics::JsonWriter;

// Calls visit(record) for all records of a partition from `from` on.
template <class Visit>
Result<> each_record(engine::Log& log, const engine::TopicPartition& at, Offset from, Visit&& visit) {
  const auto reader = TRY(log.reader(at, from));
  engine::Batch batch;
  while (true) {
    batch.clear();
    TRY(reader->read(batch, 1u << 20));
    if (batch.empty()) return {};
    for (const engine::Record& record : batch.records()) visit(record);
  }
}

// Where the last `count` records begin. Not all offsets have a record: on Kafka, the marks of transactions take some.
Result<Offset> begin_of_last(engine::Log& log, const engine::TopicPartition& at, std::uint64_t count) {
  const engine::Bounds bounds = TRY(log.bounds(at));
  const std::int64_t all = bounds.end - bounds.begin;
  if (count == 0) return bounds.end;
  for (auto window = static_cast<std::int64_t>(std::min<std::uint64_t>(count, static_cast<std::uint64_t>(all)));;
       window = std::min(window * 2, all)) {
    std::vector<Offset> offsets;
    TRY(each_record(log, at, bounds.end + -window,
                    [&](const engine::Record& record) { offsets.push_back(record.offset); }));
    if (offsets.size() >= count) return offsets[offsets.size() - count];
    if (window == all) return bounds.begin;
  }
}

// Calls visit(partition, record) for the records of a topic, partition by partition, from the last `last` of each.
template <class Visit>
Result<> each_record(engine::Log& log, const std::string& topic, std::optional<std::uint64_t> last, Visit&& visit) {
  const auto spec = log.topic(topic);
  if (!spec)
    return fail(Action::invalid, fmt::format("unknown topic {}; `gridloop topics list` shows all topics", topic));
  for (std::uint32_t p = 0; p < spec->partitions; ++p) {
    const engine::TopicPartition at{topic, Partition{p}};
    const Offset from = last ? TRY(begin_of_last(log, at, *last)) : TRY(log.bounds(at)).begin;
    TRY(each_record(log, at, from, [&](const engine::Record& record) { visit(Partition{p}, record); }));
  }
  return {};
}

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

namespace {

bool is_verdict(AlertKind kind) {
  return kind == AlertKind::warned || kind == AlertKind::breached || kind == AlertKind::met;
}

bool is_of_course(AlertKind kind) {
  return !is_verdict(kind) && kind != AlertKind::escalated && kind != AlertKind::retracted;
}

// "retracted breached", "due changed", "breached (replayed)"
std::string told(const topics::SlaAlert& alert) {
  std::string text(name(alert.kind));
  std::ranges::replace(text, '_', ' ');
  if (alert.kind == AlertKind::retracted) text += " " + alert.rung;
  return alert.replayed ? text + " (replayed)" : text;
}

void show_net(const std::vector<topics::SlaAlert>& all, bool json_wanted) {
  // In the order of their numbers, announcements and retractions of a clock cancel out.
  std::map<std::tuple<std::string, std::string, std::int32_t>, const topics::SlaAlert*> standing;
  for (const topics::SlaAlert& alert : all) {
    const std::tuple key(alert.subject, alert.clock, alert.cycle);
    if (alert.kind == AlertKind::retracted) {
      standing.erase(key);
    } else if (is_verdict(alert.kind)) {
      standing[key] = &alert;
    }
  }
  std::map<std::string, std::int64_t> counts;
  TextTable table({{"Case"}, {"Clock"}, {"Verdict"}, {"Due"}, {"Unit"}});
  for (const auto& [key, alert] : standing) {
    ++counts[alert->rung];
    if (!json_wanted) {
      table.add({alert->subject, alert->clock, alert->rung, topics::format_rfc3339(alert->due), alert->unit});
      continue;
    }
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("case").string(alert->subject).key("clock").string(alert->clock);
    json.key("cycle").integer(alert->cycle).key("verdict").string(alert->rung);
    json.key("due").string(topics::format_rfc3339(alert->due)).end_object();
    fmt::print("{}\n", out);
  }
  if (json_wanted) return;
  fmt::print("{}", table.text());
  for (const auto& [verdict, n] : counts) say(fmt::format("{} {}", with_commas(n), verdict));
}

}  // namespace

Result<int> alerts(const AlertsOptions& options) {
  const auto deployment = TRY(Deployment::open_for_reading(
      {.directory = options.common.data, .kafka = options.common.kafka, .prefix = options.common.prefix}));
  std::vector<topics::SlaAlert> all;
  std::vector<std::string> lines;
  std::optional<engine::Error> bad;
  TRY(each_record(deployment->log(), deployment->topic("sla-alerts"), std::nullopt,
                  [&](Partition, const engine::Record& record) {
                    if (!options.subject.empty() && record.key != options.subject) return;
                    auto alert = topics::decode_if_sla_alert(record.value);
                    if (!alert) {
                      bad = engine::Error{Action::corrupt, "cannot decode an alert: " + alert.error().detail};
                      return;
                    }
                    if (!*alert || (!options.course && is_of_course((*alert)->kind))) return;
                    all.push_back(std::move(**alert));
                    lines.emplace_back(record.value);
                  }));
  if (bad) return std::unexpected(*bad);
  if (options.net) {
    show_net(all, options.common.json);
    return kOk;
  }
  // By time; those of one case keep their order.
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return std::pair(all[i].time, all[i].subject); });
  if (options.last && order.size() > *options.last) {
    order.erase(order.begin(), order.end() - static_cast<std::ptrdiff_t>(*options.last));
  }
  TextTable table({{"Time"}, {"Alert"}, {"Case"}, {"Clock"}, {"Due"}, {"Unit"}, {"Area"}});
  for (const std::size_t i : order) {
    const topics::SlaAlert& alert = all[i];
    if (options.common.json) {
      fmt::print("{}\n", lines[i]);
      continue;
    }
    table.add({topics::format_rfc3339(alert.time), told(alert), alert.subject, alert.clock,
               topics::format_rfc3339(alert.due), alert.unit, alert.area});
  }
  if (!options.common.json) fmt::print("{}", table.text());
  return kOk;
}

Result<int> list_topics(const CommonOptions& common) {
  std::unique_ptr<Deployment> deployment;
  if (!common.data.empty() || !common.kafka.brokers.empty()) {
    deployment =
        TRY(Deployment::open_for_reading({.directory = common.data, .kafka = common.kafka, .prefix = common.prefix}));
  }
  TextTable table({{"Topic"},
                   {"Partitions", TextTable::Align::right},
                   {"Records", TextTable::Align::right},
                   {"Key"},
                   {"Kind"},
                   {"Holds"}});
  for (const topics::TopicDoc& doc : topics::topology()) {
    const std::string name = topics::topic_name(common.prefix, doc.suffix);
    std::int64_t records = 0;
    std::uint32_t partitions = doc.partitioned ? 0 : 1;
    if (deployment != nullptr) {
      const auto spec = deployment->log().topic(name);
      partitions = spec ? spec->partitions : 0;
      for (std::uint32_t p = 0; p < partitions; ++p) {
        const engine::Bounds bounds = TRY(deployment->log().bounds({name, Partition{p}}));
        records += bounds.end - bounds.begin;
      }
    }
    if (common.json) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("topic").string(name).key("kind").string(topics::name(doc.kind));
      json.key("key").string(doc.key).key("written_by").string(doc.written_by).key("holds").string(doc.holds);
      json.key("partitioned").boolean(doc.partitioned).key("compacted").boolean(doc.compacted);
      if (deployment != nullptr) json.key("partitions").integer(partitions).key("records").integer(records);
      json.end_object();
      fmt::print("{}\n", out);
    } else {
      table.add({name, partitions == 0 ? "n" : std::to_string(partitions),
                 deployment == nullptr ? "" : with_commas(records), std::string(doc.key),
                 std::string(topics::name(doc.kind)), std::string(doc.holds)});
    }
  }
  if (!common.json) fmt::print("{}", table.text());
  return kOk;
}

}  // namespace ops
