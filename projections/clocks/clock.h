// The types of a clock of a case, and nothing else: what computes clocks (clocks.h), what explains them (clock_trace.h)
// and what announces them (cases/alerts.h) share them.
//
// Takes: nothing. Gives: Clock, state_of().

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "projections/cases/case_fold.h"

namespace projections {

// A clock of a case: what it measures and where it stands. A pure function of the case, the rules and the time.
//
//   kind       starts with (by itself)      waits for                       one for each
//   register   the report                   registration or an end          case
//   sign       the sending                  signature                       hop
//   contact    acceptance                   first contact                   cycle
//   arrive     acceptance                   arrival                         cycle
//   handle     acceptance                   handling, or closing            cycle
//   check      handling                     a check                         cycle that was handled
//   callback   handling, or closing         a call-back that reaches        cycle that was handled or closed
//   close      acceptance                   closing                         cycle
//   appeal     the appeal                   the decision                    appeal
//   report_in  the whistle                  the unit's coming               unit that was whistled for
//   supervise  supervision                  handling, or closing            supervision
//   urge       urging                       any sign of work                urging
//
// A cycle after the first starts when the case is opened again, or raised. A policy may start a clock elsewhere. A sign
// clock that starts at opening runs also before there is a hop, and is then that of the first.
//
// A clock is a ledger and not a due instant: where it starts, what it may use, what stood still, and when that was
// known. Its due time is the one that was reached first while it was the one known: what comes later (an extension, a
// suspension, another category, another version of a policy or a calendar) moves a due time that lies ahead and never
// one that is past. If a change leaves no time, the
// clock is due at the instant of the change.
//
//   handle   the due time that events give counts before a policy's; a suspension that begins before it moves it by the
//            time that it takes, as the policy's calendar counts it, or else the wall clock
//
// Deadlines are inclusive: at the due time itself everything is still on time.
struct Clock {
  ClockKind kind = ClockKind::handle;
  std::int32_t cycle = 1;  // the number of the hop, cycle, appeal ..., from 1
  engine::Instant start;   // judged
  engine::Instant due;
  bool ends_day = false;                     // it is due at 24:00: `due` is 00:00 of the next day
  bool provisional = false;                  // a notice to come may move it
  std::optional<engine::Instant> stopped;    // judged time of what it waits for
  std::optional<engine::Instant> cancelled;  // judged time at which waiting became pointless
  Verdict verdict = Verdict::none;
  std::uint8_t step = 0;  // of warned: rungs that were passed; of breached: escalations
  Course course = Course::running;
  std::optional<engine::Instant> paused_until;  // while it is paused
  std::string_view reason;                      // the same
  std::optional<engine::Instant> next;          // the next instant after which time alone changes something
  std::string_view unit;                        // that it waits for; empty when nobody has the case
  const Policy* policy = nullptr;               // nullptr when an event gave the due time and none matches
  const CalendarVersion* calendar = nullptr;    // that counted; nullptr when none did
  bool given = false;                           // an event gave the due time
  std::uint32_t anomalies = 0;                  // bits by Anomaly

  void flag(Anomaly anomaly) { anomalies |= 1u << static_cast<unsigned>(anomaly); }
  // An instant of the day and month for which the due time counts.
  engine::Instant counted() const { return ends_day ? due - engine::Milliseconds(1) : due; }
};

// Where its course stands, in words of the contract: "running", "paused", "stopped" or "cancelled".
std::string_view state_of(const Clock& clock);

}  // namespace projections
