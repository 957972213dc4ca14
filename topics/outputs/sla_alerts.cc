#include <array>
#include <utility>

#include "topics/outputs/members.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

constexpr std::string_view kStage = "cases";
constexpr std::string_view kTypePrefix = "sla.";

struct KindOfAlert {
  std::string_view type;
  std::string_view doc;
};
// In the order of the enum.
constexpr std::array<KindOfAlert, kAlertKinds> kKinds = {{
    {"sla.warned", "A clock of a case is close to its due time."},
    {"sla.breached", "A clock of a case ran past its due time."},
    {"sla.escalated", "A breach lasts: the next level is informed."},
    {"sla.met", "A clock of a case was stopped in time."},
    {"sla.retracted", "What was announced about a clock turned out to be wrong."},
    {"sla.started", "A clock of a case runs."},
    {"sla.paused", "A clock of a case is paused."},
    {"sla.resumed", "A clock of a case runs again after a pause."},
    {"sla.due_changed", "A clock of a case has another due time than was announced before."},
    {"sla.cancelled", "A clock of a case ended early: there is nothing to wait for."},
}};

std::string_view type_of(AlertKind kind) {
  return kKinds[static_cast<std::size_t>(kind)].type;
}

template <class Visitor, class Area, class Path>
void members_of_area(Visitor& visit, Area& area, Path& path) {
  visit("area", kIfAny, area, "id of the area of the case");
  visit("area_path", kIfAny, path, "ids of the areas from the top down to that of the case");
}

// Alert: SlaAlert or SlaAlertView.
template <class Visitor, class Alert>
void members(Visitor& visit, Alert& alert) {
  visit("clock", kAlways, alert.clock, "what is measured: sign, handle, close ...");
  visit("cycle", kAlways, alert.cycle,
        "cycle of the clock; grows when the case is reopened, of a hop's clock with each hop");
  visit("transition", kAlways, alert.rung,
        "the transition of the clock that is announced or, by sla.retracted, taken back: warned, breached, met, "
        "started ...");
  visit("threshold", kIfAny, alert.step, "of warned and escalated: which of the policy's thresholds, from 1");
  visit("level", kIfAny, alert.level, "of escalated: level of those whom it is for");
  visit("role", kIfAny, alert.role, "of escalated: their role");
  visit("due", kAlways, alert.due, "due time of the clock; on time includes that instant");
  visit("previous_due", kIfAny, alert.previous_due, "of due_changed: the due time that held until then");
  visit("provisional", kIfAny, alert.provisional,
        "the due time lies beyond the known calendar: a later notice may move it");
  visit("late_seconds", kIfAny, alert.late_seconds,
        "of breached and escalated: how long after it was so this was announced");
  visit("until", kIfAny, alert.until, "of paused: when the clock goes on by itself");
  visit("reason", kIfAny, alert.reason, "of paused: why");
  visit("unit", kIfAny, alert.unit, "id of the unit that the clock waits for");
  if constexpr (requires { alert.area_members; }) {
    visit.written(alert.area_members);
  } else {
    members_of_area(visit, alert.area, alert.area_path);
  }
  visit("category", kIfAny, alert.category, "id of the category of the case");
  visit("priority", kIfAny, alert.priority, "1 is the most urgent");
  visit("policy", kIfAny, alert.policy, "id of the policy that gave the due time; absent when an event gave it");
  visit("policy_version", kIfAny, alert.policy_version, "its version");
  visit("calendar", kIfAny, alert.calendar, "id of the calendar that the clock runs on");
  visit("calendar_version", kIfAny, alert.calendar_version, "its version");
  visit("replayed", kIfAny, alert.replayed, "announced after a backlog or a backfill");
}

template <class Alert>
void append_alert(std::string& out, const Alert& alert) {
  OutputWriter event(out, kStage, alert.id, type_of(alert.kind), alert.subject, alert.time);
  MemberWriter writer(event);
  members(writer, alert);
  event.end();
}

SlaAlert read_alert(OutputReader& reader, std::string_view type) {
  SlaAlert alert;
  if (const auto kind = find_alert_kind(type.substr(kTypePrefix.size()))) {
    alert.kind = *kind;
  } else {
    reader.reject(Reason::wrong_type, "there is no alert " + std::string(type));
  }
  alert.id = reader.text(reader.event(), "id");
  alert.subject = reader.text(reader.event(), "subject");
  alert.time = reader.instant(reader.event(), "time");
  MemberReader data(reader, reader.data());
  members(data, alert);
  return alert;
}

}  // namespace

std::string_view name(AlertKind kind) {
  return type_of(kind).substr(kTypePrefix.size());
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
  OutputWriter out(json);
  MemberWriter writer(out);
  members_of_area(writer, area, path);
  out.end_members();
  return json;
}

void append(std::string& out, const SlaAlert& alert) {
  append_alert(out, alert);
}

void append(std::string& out, const SlaAlertView& alert) {
  append_alert(out, alert);
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
    if (type != kStormType && type != kHeartbeatType) alert = read_alert(reader, type);
  }
  return reader.finish(std::move(alert));
}

std::vector<OutputType> sla_alert_types() {
  const std::vector<Member> listed = members_listed<SlaAlert>([](auto& visit, auto& alert) { members(visit, alert); });
  std::vector<OutputType> types;
  for (const KindOfAlert& kind : kKinds) types.push_back({kind.type, "sla-alerts", "case", kind.doc, listed});
  return types;
}

}  // namespace topics
