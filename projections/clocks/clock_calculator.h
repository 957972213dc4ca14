// The clocks of one case, one after the other, through everything that was changed while they ran.
//
// Takes: a folded case, the rules, the time, and what each clock runs between (Span). Gives: Clock, and ClockTrace for
// whoever asks why. clocks.h says which clocks there are.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/clocks/clock.h"
#include "projections/clocks/clock_trace.h"
#include "projections/clocks/elapsed_time.h"

namespace projections {

// What a clock runs between. The moments and the unit belong to the case; nullptr = there is none.
struct Span {
  ClockKind kind = ClockKind::handle;
  std::int32_t cycle = 1;
  const Moment* before = nullptr;        // from where it ran until `basis` was known
  const Moment* basis = nullptr;         // where a clock of this kind usually starts; the policies in force then count
  const Moment* stop = nullptr;          // what it waits for
  const Moment* cancelled = nullptr;     // what makes waiting pointless
  std::string_view unit;                 // that it waits for
  std::optional<engine::Instant> given;  // due time that came with what started it
  std::optional<std::size_t> of_cycle;   // the cycle whose due times, extensions and suspensions count for it
};

// Whether suspensions and extensions count for such clocks: they are about the work itself.
bool can_be_suspended(ClockKind kind);

// Computes the clocks of a case, one after the other, through all changes that came while they ran.
class ClockCalculator {
 public:
  // With `traces`, each clock's trace is added to them, too.
  ClockCalculator(const Case& subject, const Directory& rules, engine::Instant now, std::vector<Clock>& into,
                  std::vector<ClockTrace>* traces = nullptr)
      : subject_(subject), rules_(rules), now_(now), into_(into), traces_(traces) {}

  // Adds the clock, unless it has no due time.
  void add(const Span& span);

 private:
  // An extension that is in force.
  struct Granted {
    engine::Instant from;
    const Extension* extension;
    std::optional<std::int64_t> most;  // that are allowed
  };

  // What the clock is by all changes up to `until`; when the policy that gave it counted no more. False: there is none.
  bool run(const Span& span, engine::Instant until, Clock& clock, std::optional<engine::Instant>& retired);
  void finish(const Span& span, Clock& clock, std::optional<engine::Instant> retired);
  // Whether anything may give it a due time; told quickly where nothing can.
  bool may_run(const Span& span);
  const PolicyBook::Sought& sought(const CaseTraits& traits);
  void collect_changes(const Span& span, engine::Instant until);
  void collect_suspended(const Span& span, Clock& clock);
  void collect_granted(const Span& span, Clock* remarks);
  const Policy* policy_when_asked(const Span& span, const ApprovalRequest& request);
  const Policy* policy(const Span& span, engine::Instant at);
  const Moment* start(const Span& span, const Policy* policy) const;
  bool may_be_given(const Span& span) const;
  // False: it has no due time. REQUIRES: `clock` is as new.
  bool compute_due(const Span& span, const Policy* policy, engine::Instant at, Clock& clock);
  bool compute_explicit_due(const Span& span, engine::Instant at, Clock& clock);
  void compute_limit_due(engine::Instant at, Clock& clock);
  void judge(Clock& clock) const;
  void warn(Clock& clock) const;
  void escalate(Clock& clock) const;
  void pause(Clock& clock) const;
  void remark(const Span& span, Clock& clock);
  void flag(Clock& clock, Anomaly anomaly, std::uint32_t fact);
  // What the clock may use, suspended intervals aside.
  engine::Milliseconds allowed(const Clock& clock) const;
  engine::Instant warned_at(const Clock& clock, const WarnRung& rung, engine::Milliseconds allowed) const;
  engine::Instant escalated_at(const Clock& clock, const EscalationRung& rung, engine::Instant rung_before) const;
  // When so much of the clock's time has been used, suspended intervals aside.
  engine::Instant used_up(engine::Instant from, engine::Milliseconds amount) const;
  void recheck_at(Clock& clock, engine::Instant at) const;
  void recheck_by(Clock& clock, engine::Instant at) const;

  // See clock_calculator_trace.cc.
  ClockTrace trace(const Span& span, const Clock& clock);
  void trace_course(ClockTrace& trace) const;
  void trace_extensions(const Span& span, ClockTrace& trace);
  void trace_rungs(ClockTrace& trace) const;
  void trace_days(ClockTrace& trace) const;

  const Case& subject_;
  const Directory& rules_;
  engine::Instant now_;
  std::vector<Clock>& into_;
  std::vector<ClockTrace>* traces_;
  std::optional<PolicyBook::Sought> sought_;  // traits of the case

  // Of the clock in hand.
  struct SuspendedInterval {
    engine::Instant from;
    engine::Instant to;
    std::string_view reason;
    std::uint32_t fact;
  };
  std::vector<engine::Instant> changes_;
  std::optional<engine::Instant> upcoming_;  // the first change that is not known to count yet, as time has not come
  std::vector<SuspendedInterval> suspended_;
  std::vector<Granted> granted_;
  ElapsedTime elapsed_;
  engine::Instant begins_;  // when its time begins to count
  std::vector<const Extension*> counted_;
  std::optional<Limit> extended_;         // the policy's limit with what was granted
  std::optional<LocalDay> unknown_from_;  // the first day that it depends on and of which no notice is known
  std::vector<Remark> remarks_;
};

}  // namespace projections
