#include "projections/cases/alerts.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "engine/hash.h"
#include "topics/codec/json.h"

namespace projections {

using engine::Context;
using topics::AlertKind;

struct Alerts::Speech {
  const std::string& subject;
  const Case& folded;
  Context& context;
  bool replayed;
  mutable const std::string* area = nullptr;  // what is told of the case's area, once it was asked for
};

namespace {

constexpr std::size_t kMaxAreas = 65'536;  // about 15 MB

// Of a clock that is there no more: what was told of it.
Clock gone(const Sent& sent) {
  Clock clock;
  clock.kind = sent.clock;
  clock.cycle = sent.cycle;
  clock.due = sent.verdict == Verdict::none ? sent.course_due : sent.due;
  clock.course = Course::over;
  clock.cancelled = clock.due;
  return clock;
}

// What the published row of a case tells of a clock and alerts need not.
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
  told_ = false;
  const Speech speech{subject, folded, context, replayed};
  const auto key = [](const auto& entry) { return std::pair(entry.clock, entry.cycle); };
  for (const Clock& clock : now) {
    const auto at = std::ranges::lower_bound(row.sent, std::pair(clock.kind, clock.cycle), {}, key);
    const bool known = at != row.sent.end() && key(*at) == std::pair(clock.kind, clock.cycle);
    if (!known && clock.verdict == Verdict::none && !runs(clock.course)) continue;
    tell(speech, known ? *at : *row.sent.insert(at, Sent{.clock = clock.kind, .cycle = clock.cycle, .due = clock.due}),
         clock);
  }
  // A clock that is gone, because a late fact undid its cycle, has no verdict and no course any more.
  for (Sent& sent : row.sent) {
    const bool there = std::ranges::any_of(
        now, [&](const Clock& clock) { return clock.kind == sent.clock && clock.cycle == sent.cycle; });
    if (!there && (sent.verdict != Verdict::none || runs(sent.course))) tell(speech, sent, gone(sent));
  }
  return told_;
}

void Alerts::tell(const Speech& speech, Sent& sent, const Clock& clock) {
  // A verdict that was told for another due time is taken back, and given for the new one.
  if (sent.verdict != Verdict::none && sent.due != clock.due) {
    say(speech, sent, clock, AlertKind::retracted, name(sent.verdict), sent.due);
    sent.verdict = Verdict::none;
    sent.step = 0;
  }
  tell_course(speech, sent, clock);
  tell_verdict(speech, sent, clock);
  tell_rungs(speech, sent, clock);
}

void Alerts::tell_course(const Speech& speech, Sent& sent, const Clock& clock) {
  const auto course = [&](AlertKind kind) { say(speech, sent, clock, kind, topics::name(kind), clock.due); };
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
  told_ = told_ || shown != sent.shown;
  sent.shown = shown;
}

void Alerts::tell_verdict(const Speech& speech, Sent& sent, const Clock& clock) {
  for (const Announcement& announcement : announcements(sent.verdict, clock.verdict)) {
    say(speech, sent, clock, announcement.kind, name(announcement.rung), clock.due);
    sent.step = announcement.kind == AlertKind::warned ? clock.step : 0;
  }
  sent.verdict = clock.verdict;
  sent.due = clock.due;
}

// More warnings while it is warned, and each level that is told of a breach.
void Alerts::tell_rungs(const Speech& speech, Sent& sent, const Clock& clock) {
  if (clock.verdict == Verdict::warned && clock.step > sent.step) {
    sent.step = clock.step;
    say(speech, sent, clock, AlertKind::warned, topics::name(AlertKind::warned), clock.due);
  }
  if (clock.verdict != Verdict::breached || !runs(clock.course)) return;
  while (sent.step < clock.step) {
    ++sent.step;
    say(speech, sent, clock, AlertKind::escalated, topics::name(AlertKind::escalated), clock.due);
  }
}

void Alerts::say(const Speech& speech, Sent& sent, const Clock& clock, AlertKind kind, std::string_view rung,
                 engine::Instant due) {
  topics::SlaAlertView alert;
  alert.kind = kind;
  alert.rung = rung;
  alert.due = due;
  if (kind == AlertKind::warned) alert.step = clock.step;
  if (kind == AlertKind::breached || kind == AlertKind::escalated) {
    alert.late_seconds = std::chrono::floor<std::chrono::seconds>(speech.context.reached() - due).count();
  }
  if (kind == AlertKind::escalated) {
    alert.step = sent.step;
    const EscalationRung& told = clock.policy->escalate[static_cast<std::size_t>(sent.step - 1)];
    alert.level = told.level;
    alert.role = told.role;
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
  send(speech, sent, clock, alert);
}

void Alerts::send(const Speech& speech, Sent& sent, const Clock& clock, topics::SlaAlertView& alert) {
  ++sent.announced;
  told_ = true;
  if (speech.area == nullptr) speech.area = &members(speech.folded.area);
  id_ = speech.subject;
  id_.append("|").append(name(sent.clock)).append("|");
  topics::append_integer(id_, sent.cycle);
  id_.append("|").append(alert.rung).append("|");
  topics::append_integer(id_, sent.announced);
  alert.id = id_;
  alert.subject = speech.subject;
  alert.clock = name(sent.clock);
  alert.cycle = sent.cycle;
  alert.unit = clock.unit;
  alert.area_members = *speech.area;
  alert.category = speech.folded.category;
  if (speech.folded.priority != 0) alert.priority = speech.folded.priority;
  alert.time = speech.context.now();
  alert.replayed = speech.replayed;
  json_.clear();
  append(json_, alert);
  speech.context.send(output_, speech.subject, json_);
  count(speech, alert);
}

void Alerts::count(const Speech& speech, const topics::SlaAlertView& alert) {
  if (alert.unit.empty() || (alert.kind != AlertKind::warned && alert.kind != AlertKind::breached)) return;
  topics::SlaStorm& storm = storms_[{std::string(alert.unit), alert.kind}];
  if (storm.alerts == 0) {
    storm.unit = alert.unit;
    storm.kind = alert.kind;
    storm.first_due = alert.due;
    storm.last_due = alert.due;
  }
  ++storm.alerts;
  if (storm.task != speech.subject) ++storm.cases;
  storm.task = speech.subject;  // until end_step(): the case that was counted last
  storm.first_due = std::min(storm.first_due, alert.due);
  storm.last_due = std::max(storm.last_due, alert.due);
  storm.replayed = storm.replayed || alert.replayed;
}

void Alerts::end_step(Context& context) {
  for (auto& [key, storm] : storms_) {
    if (storm.alerts < kStorm) continue;
    storm.task = fmt::format("cases-{}", context.partition().value);
    storm.step = context.step().value;
    storm.time = context.now();
    json_.clear();
    append(json_, storm);
    context.send(output_, storm.unit, json_);
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
