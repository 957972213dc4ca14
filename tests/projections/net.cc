#include "tests/projections/net.h"

#include <array>
#include <set>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "topics/codec/rfc3339.h"

namespace projections_test {

using topics::AlertKind;
using topics::SlaAlert;

namespace {

constexpr std::array<std::string_view, 4> kCourses = {"untold", "running", "paused", "cancelled"};

[[noreturn]] void refuse(const SlaAlert& alert, std::string_view what) {
  throw std::runtime_error(fmt::format("alert {} ({}): {}", alert.id, name(alert.kind), what));
}

void require(bool holds, const SlaAlert& alert, std::string_view otherwise) {
  if (!holds) refuse(alert, otherwise);
}

void retract(const SlaAlert& alert, Announced& known) {
  require(known.verdict != "running", alert, "nothing holds that could be retracted");
  require(known.verdict == alert.rung, alert, "it retracts what does not hold: " + known.verdict);
  require(known.due == alert.due, alert, "it retracts a verdict of another due time");
  known.verdict = "running";
  known.warnings = known.escalations = 0;
}

void escalate(const SlaAlert& alert, Announced& known) {
  require(known.verdict == "breached", alert, "it escalates what is not breached: " + known.verdict);
  require(known.due == alert.due, alert, "the breach was for another due time");
  require(alert.step > known.escalations, alert, "its step does not ascend");
  known.escalations = alert.step;
}

// Of warned, breached and met.
void judge(const SlaAlert& alert, Announced& known) {
  const bool warned = known.verdict == "warned";
  require(known.verdict == "running" || warned, alert, "it does not follow from what holds: " + known.verdict);
  if (warned) require(known.due == alert.due, alert, "the warning was for another due time");
  if (alert.kind == AlertKind::warned) {
    if (warned) require(alert.step > known.warnings, alert, "its step does not ascend");
    known.warnings = alert.step;
  }
  known.verdict = alert.rung;
  known.due = alert.due;
  if (alert.kind != AlertKind::warned) known.may_have_ended = true;
}

void follow(const SlaAlert& alert, Announced& known) {
  const bool goes_on = known.course == Course::running || known.course == Course::paused;
  switch (alert.kind) {
    case AlertKind::started:
      require(!goes_on || known.may_have_ended, alert, "it has started already");
      known.course = Course::running;
      known.may_have_ended = false;
      break;
    case AlertKind::paused:
      require(known.course == Course::running, alert, "it does not run");
      known.course = Course::paused;
      break;
    case AlertKind::resumed:
      require(known.course == Course::paused, alert, "it is not paused");
      known.course = Course::running;
      break;
    case AlertKind::due_changed:
      require(goes_on, alert, "it neither runs nor is paused");
      require(alert.previous_due == known.course_due, alert, "another due time was told before");
      require(alert.due != known.course_due, alert, "its due time is the one that was told before");
      break;
    case AlertKind::cancelled:
      require(goes_on, alert, "it neither runs nor is paused");
      known.course = Course::cancelled;
      break;
    case AlertKind::warned:
    case AlertKind::breached:
    case AlertKind::escalated:
    case AlertKind::met:
    case AlertKind::retracted:
      refuse(alert, "it is not of a clock's course");
  }
  known.course_due = alert.due;
}

}  // namespace

std::map<ClockName, Announced> net(const std::vector<SlaAlert>& alerts) {
  std::map<ClockName, Announced> all;
  std::set<std::string> ids;
  for (const SlaAlert& alert : alerts) {
    require(ids.insert(alert.id).second, alert, "the id is not unique");
    Announced& known = all[{alert.subject, alert.clock, alert.cycle}];
    if (alert.kind == AlertKind::retracted) {
      retract(alert, known);
      continue;
    }
    require(alert.rung == name(alert.kind), alert, "its rung is another than its kind");
    if (alert.kind == AlertKind::escalated) {
      escalate(alert, known);
    } else if (alert.kind <= AlertKind::met) {
      judge(alert, known);
    } else {
      follow(alert, known);
    }
  }
  return all;
}

bool goes_on(const Announced& said) {
  const bool says_runs = said.course == Course::running || said.course == Course::paused;
  // The end of a clock that has a verdict is not told.
  const bool has_verdict = said.may_have_ended || said.verdict == "breached" || said.verdict == "met";
  return says_runs && !has_verdict;
}

std::string disagreement(const ClockName& which, const Announced& said, const projections::Clock& clock, bool told) {
  const auto wrong = [&](std::string_view what, std::string_view actual, std::string_view announced) {
    return fmt::format("{}: {} {} {}: {}, its alerts say {}\n", what, which.subject, which.clock, which.cycle, actual,
                       announced);
  };
  std::string lines;
  const std::string_view verdict = told ? name(clock.verdict) : "running";
  if (said.verdict != verdict) {
    lines += wrong("verdict", verdict, said.verdict);
  } else if (said.verdict != "running" && said.due != clock.due) {
    lines += wrong("due", topics::format_rfc3339(clock.due), topics::format_rfc3339(said.due));
  }
  if (!told || !projections::runs(clock.course)) {
    if (goes_on(said)) lines += wrong("course", "over", "it goes on");
    return lines;
  }
  const bool paused = clock.course == projections::Course::paused;
  if (said.course != (paused ? Course::paused : Course::running)) {
    lines += wrong("course", paused ? "paused" : "running", kCourses[static_cast<std::size_t>(said.course)]);
  } else if (said.course_due != clock.due) {
    lines += wrong("due, of its course", topics::format_rfc3339(clock.due), topics::format_rfc3339(said.course_due));
  }
  const std::int64_t rungs = clock.verdict == projections::Verdict::warned     ? said.warnings
                             : clock.verdict == projections::Verdict::breached ? said.escalations
                                                                               : 0;
  // Who was told of a breach stays told, also when a late fact says that by another policy nobody had to be.
  if (rungs < clock.step) lines += wrong("rungs", std::to_string(clock.step), std::to_string(rungs));
  return lines;
}

}  // namespace projections_test
