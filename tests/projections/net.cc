#include "tests/projections/net.h"

#include <set>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace projections_test {

using topics::AlertKind;
using topics::SlaAlert;

namespace {

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

}  // namespace projections_test
