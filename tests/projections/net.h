#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "projections/clocks/clocks.h"
#include "topics/outputs/outputs.h"

namespace projections_test {

// Where a clock of a case stands, as the alerts tell it.
struct ClockName {
  std::string subject;
  std::string clock;
  std::int32_t cycle = 0;
  auto operator<=>(const ClockName&) const = default;
};

enum class Course : std::uint8_t { untold, running, paused, cancelled };

struct Announced {
  std::string verdict = "running";
  engine::Instant due;           // of the verdict
  std::int64_t warnings = 0;     // step of the last warning, while warned
  std::int64_t escalations = 0;  // step of the last escalation, while breached
  Course course = Course::untold;
  engine::Instant course_due;   // that was told last
  bool may_have_ended = false;  // a verdict was told since it started: it runs on, or has ended
};

// The net of `alerts`: what a reader who does as they say holds for true. Throws when one has the id of another, or
// does not follow from what was told before of the same clock and cycle:
//
//   verdicts   running → warned → breached | met, running → breached | met; warned again at a higher step. All of one
//              due time: for another one, what holds is retracted first. A breach is escalated at ascending steps of
//              the same due time; its retraction takes the escalations with it.
//   course     started → paused → resumed → paused ...; cancelled from either. Until then due_changed tells another due
//              time, and which one it was. Started again when cancelled, or when a verdict was told: that of a clock
//              that ended late is told before its end, which is not told.
std::map<ClockName, Announced> net(const std::vector<topics::SlaAlert>& alerts);

// Whether its alerts say that it has not ended, though it was told no verdict.
bool goes_on(const Announced& said);

// In what the alerts of a clock differ from the clock itself, a line each; empty when in nothing. `told` = its case
// announces anything: no backfill holds it back.
std::string disagreement(const ClockName& which, const Announced& said, const projections::Clock& clock, bool told);

}  // namespace projections_test
