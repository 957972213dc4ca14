#include <array>
#include <utility>

#include "topics/encode.h"
#include "topics/json.h"
#include "topics/output_reader.h"
#include "topics/output_text.h"
#include "topics/outputs.h"
#include "topics/rfc3339.h"

namespace topics {

namespace {

constexpr std::string_view kStage = "cases";
constexpr std::string_view kTypePrefix = "sla.";
// In the order of the enum.
constexpr std::array<std::string_view, kAlertKinds> kNames = {
    "warned", "breached", "escalated", "met", "retracted", "started", "paused", "resumed", "due_changed", "cancelled"};

}  // namespace

std::string_view name(AlertKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

void append(std::string& out, const SlaAlert& alert) {
  append(out, SlaAlertView{.id = alert.id,
                           .kind = alert.kind,
                           .subject = alert.subject,
                           .clock = alert.clock,
                           .cycle = alert.cycle,
                           .due = alert.due,
                           .rung = alert.rung,
                           .unit = alert.unit,
                           .area = alert.area,
                           .category = alert.category,
                           .priority = alert.priority,
                           .time = alert.time,
                           .replayed = alert.replayed});
}

void append(std::string& out, const SlaAlertView& alert) {
  constexpr std::array<std::string_view, kAlertKinds> kTypes = {
      "sla.warned",  "sla.breached", "sla.escalated", "sla.met",         "sla.retracted",
      "sla.started", "sla.paused",   "sla.resumed",   "sla.due_changed", "sla.cancelled"};
  begin_output(out, kStage, alert.id, kTypes[static_cast<std::size_t>(alert.kind)], alert.subject, alert.time);
  JsonWriter json(out);
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) json.key(name).string(value);
  };
  json.begin_object();
  json.key("clock").string(alert.clock);
  json.key("cycle").integer(alert.cycle);
  json.key("rung").string(alert.rung);
  json.key("due").raw("\"");
  append_rfc3339(out, alert.due);
  out += '"';
  text("unit", alert.unit);
  text("area", alert.area);
  text("category", alert.category);
  if (alert.priority) json.key("priority").integer(*alert.priority);
  if (alert.replayed) json.key("replayed").boolean(true);
  json.end_object();
  end_output(out);
}

std::expected<SlaAlert, Rejection> decode_sla_alert(std::string_view value) {
  OutputReader reader(value, kTypePrefix);
  SlaAlert alert;
  if (!reader.failed()) {
    const OutputReader::Object event = reader.event();
    const OutputReader::Object data = reader.data();
    const std::string kind = reader.text(event, "type").substr(kTypePrefix.size());
    std::size_t known = 0;
    while (known < kNames.size() && kNames[known] != kind) ++known;
    if (known == kNames.size()) {
      reader.reject(Reason::wrong_type, "there is no alert sla." + kind);
    } else {
      alert.kind = static_cast<AlertKind>(known);
    }
    alert.id = reader.text(event, "id");
    alert.subject = reader.text(event, "subject");
    alert.time = reader.instant(event, "time");
    alert.clock = reader.text(data, "clock");
    alert.cycle = reader.small<std::int32_t>(data, "cycle");
    alert.rung = reader.text(data, "rung");
    alert.due = reader.instant(data, "due");
    alert.unit = reader.text_or_empty(data, "unit");
    alert.area = reader.text_or_empty(data, "area");
    alert.category = reader.text_or_empty(data, "category");
    alert.priority = reader.integer_if_any(data, "priority");
    alert.replayed = reader.boolean_or_false(data, "replayed");
  }
  return reader.finish(std::move(alert));
}

}  // namespace topics
