#include "projections/cases/alerts.h"

#include <algorithm>
#include <chrono>

#include "engine/hash.h"
#include "engine/json.h"
#include "projections/clocks/clocks.h"

namespace projections {

using engine::Context;
using topics::AlertKind;

struct Alerts::AlertContext {
  const std::string& subject;
  const Case& folded;
  Context& context;
  bool replayed;
  mutable const std::string* area = nullptr;  // members(area of the case), once it was needed
};

namespace {

constexpr std::size_t kMaxAreas = 65'536;  // about 15 MB

// A clock that no longer exists, as it was announced.
Clock gone(const Sent& sent) {
  Clock clock;
  clock.kind = sent.clock;
  clock.cycle = sent.cycle;
  clock.due = sent.verdict == Verdict::none ? sent.course_due : sent.due;
  clock.course = Course::over;
  clock.cancelled = clock.due;
  return clock;
}

// What the published row of a case shows of a clock beyond what alerts say.
std::uint32_t hash_of_shown(const Clock& clock) {
  engine::Hasher hasher;
  hasher.add(clock.policy == nullptr || clock.given ? std::string_view() : std::string_view(clock.policy->id));
  hasher.add(static_cast<std::uint64_t>(clock.provisional));
  hasher.add(static_cast<std::uint64_t>(clock.anomalies));
  hasher.add(static_cast<std::uint64_t>(engine::to_ms(clock.start)));
  return static_cast<std::uint32_t>(hasher.value().high);
}

}  // namespace

bool Alerts::announce(const std::string& subject, CaseRow& row, const Case& folded, const std::vector<Clock>& now,
                      Context& context, bool replayed) {
  announced_ = false;
  const AlertContext about{subject, folded, context, replayed};
  const auto key = [](const auto& entry) { return std::pair(entry.clock, entry.cycle); };
  for (const Clock& clock : now) {
    const auto at = std::ranges::lower_bound(row.sent, std::pair(clock.kind, clock.cycle), {}, key);
    const bool known = at != row.sent.end() && key(*at) == std::pair(clock.kind, clock.cycle);
    if (!known && clock.verdict == Verdict::none && !runs(clock.course)) continue;
    announce_clock(
        about, known ? *at : *row.sent.insert(at, Sent{.clock = clock.kind, .cycle = clock.cycle, .due = clock.due}),
        clock);
  }
  // A clock whose cycle was undone by a late fact has no verdict and no course.
  for (Sent& sent : row.sent) {
    const bool there = std::ranges::any_of(
        now, [&](const Clock& clock) { return clock.kind == sent.clock && clock.cycle == sent.cycle; });
    if (!there && (sent.verdict != Verdict::none || runs(sent.course))) announce_clock(about, sent, gone(sent));
  }
  return announced_;
}

void Alerts::announce_clock(const AlertContext& about, Sent& sent, const Clock& clock) {
  // A verdict that was announced for another due time is retracted, and announced for the new one.
  if (sent.verdict != Verdict::none && sent.due != clock.due) {
    send_kind(about, sent, clock, AlertKind::retracted, name(sent.verdict), sent.due);
    sent.verdict = Verdict::none;
    sent.step = 0;
  }
  announce_course(about, sent, clock);
  announce_verdict(about, sent, clock);
  announce_rungs(about, sent, clock);
}

void Alerts::announce_course(const AlertContext& about, Sent& sent, const Clock& clock) {
  const auto course = [&](AlertKind kind) { send_kind(about, sent, clock, kind, topics::name(kind), clock.due); };
  if (runs(clock.course) && !runs(sent.course)) {
    course(AlertKind::started);
    sent.course = Course::running;
    sent.course_due = clock.due;
  }
  if (sent.course == Course::running && clock.course == Course::paused) {
    course(AlertKind::paused);
    sent.course_due = clock.due;
  }
  if (sent.course == Course::paused && clock.course == Course::running) {
    course(AlertKind::resumed);
    sent.course_due = clock.due;
  }
  if (runs(sent.course)) {
    const bool pointless = clock.course == Course::over && clock.cancelled;
    if (pointless) {
      course(AlertKind::cancelled);
    } else if (sent.course_due != clock.due) {
      course(AlertKind::due_changed);
    }
  }
  sent.course = runs(sent.course) || runs(clock.course) ? clock.course : sent.course;
  sent.course_due = clock.due;
  const std::uint32_t shown = runs(clock.course) ? hash_of_shown(clock) : 0;
  announced_ = announced_ || shown != sent.shown;
  sent.shown = shown;
}

void Alerts::announce_verdict(const AlertContext& about, Sent& sent, const Clock& clock) {
  for (const Announcement& announcement : announcements(sent.verdict, clock.verdict)) {
    send_kind(about, sent, clock, announcement.kind, name(announcement.rung), clock.due);
    sent.step = announcement.kind == AlertKind::warned ? clock.step : 0;
  }
  sent.verdict = clock.verdict;
  sent.due = clock.due;
}

// Further warnings while it is warned, and each level that a breach is escalated to.
void Alerts::announce_rungs(const AlertContext& about, Sent& sent, const Clock& clock) {
  if (clock.verdict == Verdict::warned && clock.step > sent.step) {
    sent.step = clock.step;
    send_kind(about, sent, clock, AlertKind::warned, topics::name(AlertKind::warned), clock.due);
  }
  if (clock.verdict != Verdict::breached || !runs(clock.course)) return;
  while (sent.step < clock.step) {
    ++sent.step;
    send_kind(about, sent, clock, AlertKind::escalated, topics::name(AlertKind::escalated), clock.due);
  }
}

void Alerts::send_kind(const AlertContext& about, Sent& sent, const Clock& clock, AlertKind kind, std::string_view rung,
                       engine::Instant due) {
  topics::SlaAlertView alert;
  alert.kind = kind;
  alert.rung = rung;
  alert.due = due;
  if (kind == AlertKind::warned) alert.step = clock.step;
  if (kind == AlertKind::breached || kind == AlertKind::escalated) {
    alert.late_seconds = std::chrono::floor<std::chrono::seconds>(about.context.reached() - due).count();
  }
  if (kind == AlertKind::escalated) {
    alert.step = sent.step;
    const EscalationRung& rung_of_policy = clock.policy->escalate[static_cast<std::size_t>(sent.step - 1)];
    alert.level = rung_of_policy.level;
    alert.role = rung_of_policy.role;
  }
  if (kind == AlertKind::paused) {
    alert.until = clock.paused_until;
    alert.reason = clock.reason;
  }
  if (kind == AlertKind::due_changed) alert.previous_due = sent.course_due;
  if (kind != AlertKind::retracted) {
    if (clock.policy != nullptr && !clock.given) {
      alert.policy = clock.policy->id;
      alert.policy_version = clock.policy->version;
    }
    if (clock.calendar != nullptr) {
      alert.calendar = clock.calendar->id;
      alert.calendar_version = clock.calendar->version;
    }
    alert.provisional = clock.provisional;
  }
  send(about, sent, clock, alert);
}

void Alerts::send(const AlertContext& about, Sent& sent, const Clock& clock, topics::SlaAlertView& alert) {
  ++sent.announced;
  announced_ = true;
  if (about.area == nullptr) about.area = &members(about.folded.area);
  id_ = about.subject;
  id_.append("|").append(name(sent.clock)).append("|");
  engine::append_integer(id_, sent.cycle);
  id_.append("|").append(alert.rung).append("|");
  engine::append_integer(id_, sent.announced);
  alert.id = id_;
  alert.subject = about.subject;
  alert.clock = name(sent.clock);
  alert.cycle = sent.cycle;
  alert.unit = clock.unit;
  alert.area_members = *about.area;
  alert.category = about.folded.category;
  if (about.folded.priority != 0) alert.priority = about.folded.priority;
  alert.time = about.context.now();
  alert.replayed = about.replayed;
  json_.clear();
  append(json_, alert);
  about.context.send(output_, about.subject, json_);
  count(about, alert);
}

void Alerts::count(const AlertContext& about, const topics::SlaAlertView& alert) {
  if (alert.unit.empty() || (alert.kind != AlertKind::warned && alert.kind != AlertKind::breached)) return;
  Storm& storm = storms_[{std::string(alert.unit), alert.kind}];
  topics::SlaStorm& summary = storm.summary;
  if (summary.alerts == 0) {
    summary.unit = alert.unit;
    summary.kind = alert.kind;
    summary.first_due = alert.due;
    summary.last_due = alert.due;
  }
  ++summary.alerts;
  storm.cases.insert(about.subject);
  summary.first_due = std::min(summary.first_due, alert.due);
  summary.last_due = std::max(summary.last_due, alert.due);
  summary.replayed = summary.replayed || alert.replayed;
}

void Alerts::end_step(const std::string& task, Context& context) {
  for (auto& [key, storm] : storms_) {
    topics::SlaStorm& summary = storm.summary;
    if (summary.alerts < kStorm) continue;
    summary.cases = static_cast<std::int64_t>(storm.cases.size());
    summary.task = task;
    summary.step = context.step().value;
    summary.time = context.now();
    json_.clear();
    append(json_, summary);
    context.send(output_, summary.unit, json_);
  }
  storms_.clear();
}

const std::string& Alerts::members(std::string_view area) {
  if (areas_.size() >= kMaxAreas) areas_.clear();
  if (const auto known = areas_.find(area); known != areas_.end()) return known->second;
  std::vector<std::string> path = rules_.chain(area);
  std::ranges::reverse(path);
  return areas_.emplace(area, topics::area_members(area, path)).first->second;
}

}  // namespace projections
