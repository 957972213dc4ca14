#include <array>
#include <utility>

#include "topics/codec/json.h"
#include "topics/codec/output_reader.h"
#include "topics/codec/output_writer.h"
#include "topics/outputs/output_text.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

constexpr std::string_view kStage = "cases";
constexpr std::string_view kTypePrefix = "sla.";
// In the order of the enum.
constexpr std::array<std::string_view, kAlertKinds> kTypes = {
    "sla.warned",  "sla.breached", "sla.escalated", "sla.met",         "sla.retracted",
    "sla.started", "sla.paused",   "sla.resumed",   "sla.due_changed", "sla.cancelled"};

SlaAlert read_alert(OutputReader& reader, std::string_view type) {
  const OutputReader::Object event = reader.event();
  const OutputReader::Object data = reader.data();
  SlaAlert alert;
  if (const auto kind = find_alert_kind(type.substr(kTypePrefix.size()))) {
    alert.kind = *kind;
  } else {
    reader.reject(Reason::wrong_type, "there is no alert " + std::string(type));
  }
  alert.id = reader.text(event, "id");
  alert.subject = reader.text(event, "subject");
  alert.time = reader.instant(event, "time");
  alert.clock = reader.text(data, "clock");
  alert.cycle = reader.small<std::int32_t>(data, "cycle");
  alert.rung = reader.text(data, "rung");
  alert.step = reader.integer_if_any(data, "step").value_or(0);
  alert.level = reader.text_or_empty(data, "level");
  alert.role = reader.text_or_empty(data, "role");
  alert.due = reader.instant(data, "due");
  alert.previous_due = reader.instant_if_any(data, "previous_due");
  alert.provisional = reader.boolean_or_false(data, "provisional");
  alert.late_seconds = reader.integer_if_any(data, "late_seconds");
  alert.until = reader.instant_if_any(data, "until");
  alert.reason = reader.text_or_empty(data, "reason");
  alert.unit = reader.text_or_empty(data, "unit");
  alert.area = reader.text_or_empty(data, "area");
  alert.area_path = reader.texts_or_none(data, "area_path");
  alert.category = reader.text_or_empty(data, "category");
  alert.priority = reader.integer_if_any(data, "priority");
  alert.policy = reader.text_or_empty(data, "policy");
  alert.policy_version = reader.text_or_empty(data, "policy_version");
  alert.calendar = reader.text_or_empty(data, "calendar");
  alert.calendar_version = reader.text_or_empty(data, "calendar_version");
  alert.replayed = reader.boolean_or_false(data, "replayed");
  return alert;
}

}  // namespace

std::string_view name(AlertKind kind) {
  return kTypes[static_cast<std::size_t>(kind)].substr(kTypePrefix.size());
}

std::optional<AlertKind> find_alert_kind(std::string_view name) {
  for (std::size_t i = 0; i < kAlertKinds; ++i) {
    const auto kind = static_cast<AlertKind>(i);
    if (topics::name(kind) == name) return kind;
  }
  return std::nullopt;
}

std::string area_members(std::string_view area, std::span<const std::string> path) {
  std::string json;
  JsonWriter writer(json);
  if (!area.empty()) writer.text("area", area);
  if (path.empty()) return json;
  writer.key("area_path").begin_array();
  for (const std::string& one : path) writer.string(one);
  writer.end_array();
  return json;
}

void append(std::string& out, const SlaAlert& alert) {
  const std::string area = area_members(alert.area, alert.area_path);
  append(out, SlaAlertView{.id = alert.id,
                           .kind = alert.kind,
                           .subject = alert.subject,
                           .clock = alert.clock,
                           .cycle = alert.cycle,
                           .due = alert.due,
                           .rung = alert.rung,
                           .unit = alert.unit,
                           .area_members = area,
                           .category = alert.category,
                           .priority = alert.priority,
                           .time = alert.time,
                           .replayed = alert.replayed,
                           .step = alert.step,
                           .level = alert.level,
                           .role = alert.role,
                           .policy = alert.policy,
                           .policy_version = alert.policy_version,
                           .calendar = alert.calendar,
                           .calendar_version = alert.calendar_version,
                           .provisional = alert.provisional,
                           .late_seconds = alert.late_seconds,
                           .until = alert.until,
                           .reason = alert.reason,
                           .previous_due = alert.previous_due});
}

void append(std::string& out, const SlaAlertView& alert) {
  OutputWriter(out, kStage, alert.id, kTypes[static_cast<std::size_t>(alert.kind)], alert.subject, alert.time)
      .string("clock", alert.clock)
      .integer("cycle", alert.cycle)
      .string("rung", alert.rung)
      .count("step", alert.step)
      .text("level", alert.level)
      .text("role", alert.role)
      .instant("due", alert.due)
      .instant("previous_due", alert.previous_due)
      .flag("provisional", alert.provisional)
      .integer("late_seconds", alert.late_seconds)
      .instant("until", alert.until)
      .text("reason", alert.reason)
      .text("unit", alert.unit)
      .members(alert.area_members)
      .text("category", alert.category)
      .integer("priority", alert.priority)
      .text("policy", alert.policy)
      .text("policy_version", alert.policy_version)
      .text("calendar", alert.calendar)
      .text("calendar_version", alert.calendar_version)
      .flag("replayed", alert.replayed)
      .end();
}

std::expected<SlaAlert, Rejection> decode_sla_alert(std::string_view value) {
  OutputReader reader(value, kTypePrefix);
  SlaAlert alert;
  if (!reader.failed()) alert = read_alert(reader, reader.text(reader.event(), "type"));
  return reader.finish(std::move(alert));
}

std::expected<std::optional<SlaAlert>, Rejection> decode_if_sla_alert(std::string_view value) {
  OutputReader reader(value, kTypePrefix);
  std::optional<SlaAlert> alert;
  if (!reader.failed()) {
    const std::string type = reader.text(reader.event(), "type");
    if (type != kStormType && type != kBeatType) alert = read_alert(reader, type);
  }
  return reader.finish(std::move(alert));
}

}  // namespace topics
