// The part of ClockCalculator that explains the clock in hand by the figures from which it was computed.

#include "projections/clocks/clock_calculator.h"

#include <algorithm>

namespace projections {

using engine::Instant;
using engine::Milliseconds;
using Standing = TracedExtension::Standing;

namespace {

std::optional<std::uint32_t> fact_of(const Moment& moment) {
  return moment.fact == kNoFact ? std::nullopt : std::optional(moment.fact);
}

}  // namespace

ClockTrace ClockCalculator::trace(const Span& span, const Clock& clock) {
  ClockTrace trace;
  trace.clock = clock;
  trace.measure = elapsed_.measure();
  const Moment* started = start(span, clock.policy);
  trace.started_by = fact_of(started == nullptr ? *span.basis : *started);
  trace.until = now_;
  if (clock.stopped) {
    trace.ended_by = fact_of(*span.stop);
    trace.until = std::min(now_, *clock.stopped);
  } else if (clock.cancelled) {
    if (span.cancelled != nullptr && span.cancelled->judged == *clock.cancelled)
      trace.ended_by = fact_of(*span.cancelled);
    trace.until = std::min(now_, *clock.cancelled);
  }
  trace.until = std::max(trace.until, clock.start);
  trace.begins = begins_;
  trace.unknown_from = unknown_from_;
  trace.remarks = remarks_;
  trace_course(trace);
  trace_extensions(span, trace);
  trace_rungs(trace);
  trace_days(trace);
  return trace;
}

void ClockCalculator::trace_course(ClockTrace& trace) const {
  Instant at = trace.clock.start;
  const auto add = [&](Stretch::Kind kind, Instant to) -> Stretch* {
    if (to <= at) return nullptr;
    const Milliseconds time = elapsed_.between(std::max(at, begins_), to);
    trace.course.push_back({.kind = kind, .from = at, .to = to, .time = time, .reason = {}, .fact = {}});
    at = to;
    if (kind == Stretch::Kind::run) trace.used += time;
    return &trace.course.back();
  };
  const auto go_on = [&](Instant to) {
    add(Stretch::Kind::waiting, std::min(begins_, to));
    add(Stretch::Kind::run, to);
  };
  for (const SuspendedInterval& still : suspended_) {
    if (still.from >= trace.clock.due) break;
    const bool ahead = still.from >= trace.until;
    if (ahead && !runs(trace.clock.course)) break;
    go_on(std::min(still.from, trace.until));
    if (ahead) at = still.from;
    Stretch* pause = add(Stretch::Kind::pause, ahead ? still.to : std::min(still.to, trace.until));
    if (pause == nullptr) continue;
    pause->ahead = ahead;
    pause->reason = still.reason;
    pause->fact = still.fact;
  }
  go_on(trace.until);
  trace.allowed = allowed(trace.clock);
  if (trace.until > trace.clock.due) {
    trace.late = elapsed_.between(trace.clock.due, trace.until);
  } else {
    trace.left = std::max(Milliseconds(0), trace.allowed - trace.used);
  }
}

void ClockCalculator::trace_extensions(const Span& span, ClockTrace& trace) {
  if (!span.of_cycle || !can_be_suspended(span.kind)) return;
  const Clock& clock = trace.clock;
  collect_granted(span, nullptr);
  for (const Extension& one : subject_.extensions) {
    if (one.cycle != *span.of_cycle) continue;
    const Policy* policy = policy_when_asked(span, one.approval);
    const std::int64_t needed = policy == nullptr ? 0 : policy->extension_approvals;
    TracedExtension traced{.extension = &one, .in_force = one.approval.in_force(needed), .needed = needed};
    const auto is_it = [&](const Granted& granted) { return granted.extension == &one; };
    if (std::ranges::find(counted_, &one) != counted_.end()) {
      traced.standing = Standing::counted;
    } else if (!traced.in_force) {
      traced.standing = one.approval.rejected ? Standing::rejected : Standing::asked;
    } else if (std::ranges::none_of(granted_, is_it)) {
      traced.standing = Standing::too_often;
    } else if (*traced.in_force > clock.due) {
      traced.standing = Standing::late;
    } else if (*traced.in_force > trace.until) {
      traced.standing = Standing::over;
    } else if (one.limit.empty() && one.due && clock.kind != ClockKind::handle) {
      traced.standing = Standing::not_for_it;
    } else if ((one.limit.empty() && !one.due) || (!one.limit.empty() && (!clock.given || !parse_grant(one.limit)))) {
      traced.standing = Standing::unclear;
    } else {
      traced.standing = Standing::replaced;
    }
    trace.extensions.push_back(traced);
  }
}

void ClockCalculator::trace_rungs(ClockTrace& trace) const {
  const Policy* policy = trace.clock.policy;
  if (policy == nullptr) return;
  for (const WarnRung& rung : policy->warn) {
    const Instant at = warned_at(trace.clock, rung, trace.allowed);
    trace.rungs.push_back({.warn = &rung, .at = at, .passed = std::min(trace.until, now_) > at});
  }
  Instant rung_before = trace.clock.due;
  for (const EscalationRung& rung : policy->escalate) {
    const Instant at = escalated_at(trace.clock, rung, rung_before);
    trace.rungs.push_back({.escalation = &rung, .at = at, .passed = std::min(trace.until, now_) > at});
    rung_before = at;
  }
}

void ClockCalculator::trace_days(ClockTrace& trace) const {
  const Clock& clock = trace.clock;
  if (clock.given || clock.policy == nullptr || clock.due == engine::kMaxInstant) return;
  std::vector<Pause> still;
  for (const SuspendedInterval& one : suspended_) still.push_back({one.from, one.to});
  const Pauses pauses(std::move(still));
  const Ledger ledger{clock.calendar == nullptr ? plain_calendar() : clock.calendar->calendar,
                      extended_ ? *extended_ : clock.policy->limit, clock.start, pauses};
  const auto reckoned = projections::due(ledger);
  if (!reckoned || !reckoned->due) return;
  trace.due_by_change = *reckoned->due < clock.due;
  trace.days = projections::trace(ledger, clock.due);
}

}  // namespace projections
