#include "projections/clocks/clock_calculator.h"

#include <algorithm>

namespace projections {

using engine::Instant;
using engine::Milliseconds;

namespace {

constexpr Milliseconds kLongest = std::chrono::hours(24) * 366 * 100;  // as of a policy's limit

// What an extension adds; nothing when it is not written as a limit, or is longer than any.
std::optional<Grant> grant_of(const Extension& extension) {
  const auto grant = parse_grant(extension.limit);
  if (!grant || grant->count <= 0) return std::nullopt;
  const auto limit = Limit::make(std::span(&*grant, 1));
  if (!limit || limit->fixed() > kLongest || limit->work_days() > kLongest / std::chrono::hours(24))
    return std::nullopt;
  return grant;
}

}  // namespace

bool can_be_suspended(ClockKind kind) {
  return kind == ClockKind::handle || kind == ClockKind::close;
}

// The instants after the basis at which the clock may have to be reckoned anew, up to `until`.
void ClockCalculator::collect_changes(const Span& span, Instant until) {
  changes_.clear();
  upcoming_.reset();
  const Instant from = span.basis->judged;
  // What was told counts, also where the log's clock is ahead of the task's.
  const auto add = [&](Instant at) {
    if (at > from && at <= until) changes_.push_back(at);
  };
  for (std::size_t i = 1; i < subject_.traits.size(); ++i) add(subject_.traits[i].from);
  if (span.of_cycle) {
    for (const ExplicitDue& due : subject_.dues) {
      if (due.cycle == *span.of_cycle) add(due.from);
    }
    for (const Extension& extension : subject_.extensions) {
      if (extension.cycle != *span.of_cycle) continue;
      add(extension.approval.requested.judged);
      for (const ApprovalRequest::Approval& approval : extension.approval.approvals) add(approval.at.judged);
    }
  }
  const auto revisions = rules_.revisions();
  for (auto at = std::ranges::upper_bound(revisions, from); at != revisions.end() && *at <= now_; ++at) add(*at);
  if (const auto at = std::ranges::upper_bound(revisions, now_); at != revisions.end()) upcoming_ = *at;
  if (changes_.size() < 2) return;
  std::ranges::sort(changes_);
  changes_.erase(std::unique(changes_.begin(), changes_.end()), changes_.end());
}

const Policy* ClockCalculator::policy(const Span& span, Instant at) {
  if (!rules_.has_policies(span.kind)) return nullptr;
  auto traits = std::ranges::upper_bound(subject_.traits, at, {}, &TraitsFrom::from);
  if (traits != subject_.traits.begin()) --traits;
  // What it has become goes by the rules of that time.
  const bool became = traits != subject_.traits.begin();
  return rules_.policy(span.kind, sought(traits->traits),
                       became ? std::max(span.basis->judged, traits->from) : span.basis->judged, at);
}

const PolicyBook::Sought& ClockCalculator::sought(const CaseTraits& traits) {
  if (!sought_ || &sought_->traits() != &traits) sought_ = rules_.sought(traits);
  return *sought_;
}

const Moment* ClockCalculator::start(const Span& span, const Policy* policy) const {
  if (policy == nullptr || policy->start == ClockStart::usual) return span.basis;
  const Cycle* cycle = span.of_cycle ? &subject_.cycles[*span.of_cycle] : nullptr;
  const bool later_cycle = span.of_cycle && *span.of_cycle > 0;
  switch (policy->start) {
    case ClockStart::usual:
      break;
    case ClockStart::opened:
    case ClockStart::accepted: {
      if (later_cycle) return &cycle->start;
      if (span.kind == ClockKind::sign && span.cycle > 1) return span.basis;
      const std::optional<Moment>& own = policy->start == ClockStart::opened ? subject_.opened : subject_.accepted();
      const bool inherits =
          std::ranges::any_of(subject_.inherited, [&](const Inherited& one) { return &one.start == span.basis; });
      return inherits && span.basis->judged < own->judged ? span.basis : &*own;
    }
    case ClockStart::sent:
      if (span.kind == ClockKind::sign || cycle == nullptr) return span.basis;
      for (const Hop& hop : subject_.hops) {
        if (!later_cycle || hop.sent.happened >= cycle->start.happened) return &hop.sent;
      }
      return later_cycle ? &cycle->start : nullptr;
    case ClockStart::handled:
      return cycle == nullptr ? span.basis : pointer(cycle->handled);
    case ClockStart::closed:
      return cycle == nullptr ? span.basis : pointer(cycle->closed);
  }
  return span.basis;
}

// What was asked for goes by the rules of that time, whatever they are later.
const Policy* ClockCalculator::policy_when_asked(const Span& span, const ApprovalRequest& request) {
  return policy(span, std::max(request.requested.judged, span.basis->judged));
}

void ClockCalculator::collect_suspended(const Span& span, Clock& clock) {
  suspended_.clear();
  if (subject_.suspensions.empty() || !can_be_suspended(span.kind)) return;
  struct InForce {
    Instant from;
    const Suspension* suspension;
    const Policy* policy;
  };
  std::vector<InForce> in_force;
  for (const Suspension& one : subject_.suspensions) {
    const Policy* policy = policy_when_asked(span, one.approval);
    const auto from = one.approval.in_force(policy == nullptr ? 0 : policy->suspension_approvals);
    if (from && one.until) in_force.push_back({*from, &one, policy});
  }
  std::ranges::stable_sort(in_force, {}, &InForce::from);
  std::int64_t count = 0;
  for (const auto& [begin, suspension, policy] : in_force) {
    const Suspension& one = *suspension;
    Instant from = begin;
    Instant to = one.resumed ? std::min(*one.until, one.resumed->judged) : *one.until;
    if (policy != nullptr && policy->max_suspension_days) {
      const Instant longest = ElapsedTime().after(from, std::chrono::hours(24) * *policy->max_suspension_days);
      if (to > longest) {
        to = longest;
        flag(clock, Anomaly::suspended_too_long, one.approval.requested.fact);
      }
    }
    if (!suspended_.empty()) from = std::max(from, suspended_.back().to);
    if (to <= from || to <= clock.start) continue;
    if (policy != nullptr && policy->max_suspensions && count >= *policy->max_suspensions) {
      flag(clock, Anomaly::suspended_too_often, one.approval.requested.fact);
      continue;
    }
    ++count;
    suspended_.push_back({from, to, one.reason, one.approval.requested.fact});
  }
}

void ClockCalculator::collect_granted(const Span& span, Clock* remarks) {
  granted_.clear();
  if (!span.of_cycle || !can_be_suspended(span.kind)) return;
  std::vector<Granted> in_force;
  for (const Extension& one : subject_.extensions) {
    if (one.cycle != *span.of_cycle) continue;
    const Policy* policy = policy_when_asked(span, one.approval);
    const auto from = one.approval.in_force(policy == nullptr ? 0 : policy->extension_approvals);
    if (!from) continue;
    if (one.due || grant_of(one)) {
      in_force.push_back({*from, &one, policy == nullptr ? std::nullopt : policy->max_extensions});
    } else if (remarks != nullptr) {
      flag(*remarks, Anomaly::extended_unclear, one.approval.requested.fact);
    }
  }
  std::ranges::stable_sort(in_force, {}, &Granted::from);
  for (const Granted& one : in_force) {
    if (!one.most || static_cast<std::int64_t>(granted_.size()) < *one.most) {
      granted_.push_back(one);
    } else if (remarks != nullptr) {
      flag(*remarks, Anomaly::extended_too_often, one.extension->approval.requested.fact);
    }
  }
}

Instant ClockCalculator::used_up(Instant from, Milliseconds amount) const {
  for (const SuspendedInterval& still : suspended_) {
    if (still.to <= from) continue;
    const Milliseconds before = elapsed_.between(from, still.from);
    if (amount <= before) break;
    amount -= before;
    from = still.to;
  }
  return elapsed_.after(from, amount);
}

// The due time that events give, moved by what stood still after it was given, and by what was added to it.
bool ClockCalculator::compute_explicit_due(const Span& span, Instant at, Clock& clock) {
  std::optional<Instant> due = span.given;
  const Extension* last = nullptr;  // that names a due time
  Instant from = span.basis->judged;
  if (span.kind == ClockKind::handle) {
    for (const ExplicitDue& given : subject_.dues) {
      if (given.cycle != *span.of_cycle || given.from > at) continue;
      if (given.carried && clock.policy != nullptr) continue;
      due = given.due;
      from = given.from;
    }
  }
  for (const Granted& granted : granted_) {
    if (granted.from > at || !granted.extension->due || span.kind != ClockKind::handle) continue;
    if (due && granted.from < from) continue;  // what was told later counts
    due = granted.extension->due;
    from = granted.from;
    last = granted.extension;
  }
  if (!due) return false;
  counted_.clear();
  unknown_from_.reset();
  if (last != nullptr) counted_.push_back(last);
  for (const Granted& granted : granted_) {
    if (granted.from > at || granted.from < from || granted.extension->due || granted.extension->limit.empty())
      continue;
    const auto grant = grant_of(*granted.extension);
    if (!grant) {
      flag(clock, Anomaly::extended_unclear, granted.extension->approval.requested.fact);
      continue;
    }
    counted_.push_back(granted.extension);
    const LimitRules rules = clock.policy == nullptr ? LimitRules() : clock.policy->rules;
    due = elapsed_.after(*due, elapsed_.length(*grant, rules, *due));
  }
  for (const SuspendedInterval& still : suspended_) {
    const Instant begins = std::max(still.from, from);
    if (begins >= *due || still.to <= begins) continue;
    due = elapsed_.after(still.to, elapsed_.between(begins, *due));
  }
  begins_ = clock.start;
  clock.due = *due;
  clock.given = true;
  return true;
}

void ClockCalculator::compute_limit_due(Instant at, Clock& clock) {
  const Policy& policy = *clock.policy;
  begins_ = clock.start;
  counted_.clear();
  extended_.reset();
  unknown_from_.reset();
  const bool plain = policy.limit.measure() == Limit::Measure::wall && !policy.rules.end_of_day &&
                     policy.rules.count_from == CountFrom::instant;
  if (plain && suspended_.empty() && granted_.empty()) {
    clock.due = ElapsedTime().after(clock.start, policy.limit.fixed());
    return;
  }
  if (!granted_.empty()) {
    std::vector<Grant> grants{policy.budget};
    for (const Granted& granted : granted_) {
      if (granted.from > at || granted.extension->limit.empty()) continue;
      const auto grant = grant_of(*granted.extension);
      if (grant) grants.push_back(*grant);
      const auto longer = Limit::make(grants, policy.rules);
      if (grant && longer) {
        extended_ = *longer;
        counted_.push_back(granted.extension);
      } else {
        if (grant) grants.pop_back();
        flag(clock, Anomaly::extended_unclear, granted.extension->approval.requested.fact);
      }
    }
  }
  const Limit& limit = extended_ ? *extended_ : policy.limit;
  std::vector<Pause> pauses;
  for (const SuspendedInterval& still : suspended_) pauses.push_back({still.from, still.to});
  const Pauses all(std::move(pauses));
  const WorkingCalendar& calendar = clock.calendar == nullptr ? plain_calendar() : clock.calendar->calendar;
  const auto reckoned = projections::due({calendar, limit, clock.start, all});
  // SuspendedIntervals end, so there is a due time, unless it lies beyond all time.
  clock.due = reckoned && reckoned->due ? *reckoned->due : engine::kMaxInstant;
  if (!reckoned) return;
  begins_ = reckoned->begins;
  clock.provisional = reckoned->provisional();
  unknown_from_ = reckoned->unknown_from;
  clock.ends_day = reckoned->due && reckoned->due_day && calendar.day(*reckoned->due) != *reckoned->due_day;
}

// Whether events give the clock a due time.
bool ClockCalculator::may_be_given(const Span& span) const {
  return span.given || (span.of_cycle && !(subject_.dues.empty() && subject_.extensions.empty()));
}

bool ClockCalculator::may_run(const Span& span) {
  if (may_be_given(span)) return true;
  if (!rules_.has_policies(span.kind)) return false;
  if (subject_.traits.size() > 1) return true;
  return rules_.may_have_policy(span.kind, sought(subject_.traits.front().traits));
}

bool ClockCalculator::compute_due(const Span& span, const Policy* policy, Instant at, Clock& clock) {
  remarks_.clear();
  if (policy == nullptr && !may_be_given(span)) return false;
  clock.kind = span.kind;
  clock.cycle = span.cycle;
  clock.unit = span.unit;
  clock.policy = policy;
  const Moment* start = this->start(span, policy);
  clock.start = start == nullptr ? span.basis->judged : start->judged;
  elapsed_ = ElapsedTime();
  if (policy != nullptr && !policy->calendar.empty()) {
    clock.calendar = rules_.calendar(policy->calendar, at);
    if (clock.calendar != nullptr && policy->limit.measure() == Limit::Measure::work) {
      elapsed_ = ElapsedTime(&clock.calendar->calendar);
    }
  }
  collect_suspended(span, clock);
  collect_granted(span, nullptr);
  if (compute_explicit_due(span, at, clock)) return true;
  if (policy == nullptr || start == nullptr) return false;
  compute_limit_due(at, clock);
  // What is changed leaves no time, and takes none that was there.
  if (at > span.basis->judged && clock.due < at) clock.due = at;
  return true;
}

void ClockCalculator::add(const Span& span) {
  if (!may_run(span)) return;
  // A stop counts at once, also when its time has not come yet, as a trusted source's clock is fast.
  Instant until = span.stop != nullptr ? span.stop->judged : engine::kMaxInstant;
  if (span.cancelled != nullptr) until = std::min(until, span.cancelled->judged);
  std::optional<Instant> retired;
  // What was due before it was known where it starts stays so.
  if (span.before != nullptr && span.before->judged < span.basis->judged) {
    Span early = span;
    early.basis = span.before;
    early.before = nullptr;
    Clock clock;
    if (run(early, std::min(until, span.basis->judged), clock, retired) && !retired && clock.due < span.basis->judged) {
      return finish(early, into_.emplace_back(clock), retired);
    }
    retired.reset();
  }
  Clock& clock = into_.emplace_back();
  if (run(span, until, clock, retired)) {
    finish(span, clock, retired);
  } else {
    into_.pop_back();
  }
}

bool ClockCalculator::run(const Span& span, Instant until, Clock& clock, std::optional<Instant>& retired) {
  collect_changes(span, until);
  bool there = compute_due(span, policy(span, span.basis->judged), span.basis->judged, clock);
  for (const Instant at : changes_) {
    if (there && !retired && clock.due < at) {
      // Its due time is past and moves no more. Who is told of the breach still goes by a policy.
      if (!clock.given && policy(span, at) == nullptr) retired = at;
      if (retired) break;
    } else if (Clock changed; compute_due(span, policy(span, at), at, changed)) {
      clock = changed;
      there = true;
      retired.reset();
    } else if (there && !retired) {
      retired = at;
    }
  }
  return there;
}

void ClockCalculator::finish(const Span& span, Clock& clock, std::optional<Instant> retired) {
  if (span.stop != nullptr) clock.stopped = span.stop->judged;
  if (span.cancelled != nullptr) clock.cancelled = span.cancelled->judged;
  if (retired) clock.cancelled = std::min(*retired, clock.cancelled.value_or(*retired));
  // Whichever comes first counts.
  if (clock.stopped && clock.cancelled) {
    if (*clock.cancelled < *clock.stopped) {
      clock.stopped.reset();
    } else {
      clock.cancelled.reset();
    }
  }
  // What the last look found no clock for, it has not collected.
  if (retired) {
    collect_suspended(span, clock);
    elapsed_ = ElapsedTime(clock.policy != nullptr && clock.policy->limit.measure() == Limit::Measure::work &&
                                   clock.calendar != nullptr
                               ? &clock.calendar->calendar
                               : nullptr);
  }
  judge(clock);
  remark(span, clock);
  if (traces_ != nullptr) traces_->push_back(trace(span, clock));
}

void ClockCalculator::recheck_at(Clock& clock, Instant at) const {
  if (!clock.next || at < *clock.next) clock.next = at;
}

// What begins at an instant holds at that instant already; a deadline is over only after it.
void ClockCalculator::recheck_by(Clock& clock, Instant at) const {
  recheck_at(clock, at - Milliseconds(1));
}

void ClockCalculator::judge(Clock& clock) const {
  if (clock.stopped) {
    if (upcoming_ && *upcoming_ <= *clock.stopped) recheck_by(clock, *upcoming_);
    clock.course = Course::over;
    clock.verdict = *clock.stopped <= clock.due ? Verdict::met : Verdict::breached;
    return;
  }
  const Instant until = clock.cancelled ? std::min(now_, *clock.cancelled) : now_;
  if (until > clock.due) clock.verdict = Verdict::breached;  // a verdict that was reached stays
  if (clock.cancelled && *clock.cancelled <= now_) {
    clock.course = Course::over;  // a warning is of no use any more
    return;
  }
  // At a time that may not have come yet, when a trusted source's clock is fast.
  if (clock.cancelled) recheck_by(clock, *clock.cancelled);
  if (upcoming_) recheck_by(clock, *upcoming_);
  if (clock.verdict == Verdict::breached) return escalate(clock);
  recheck_at(clock, clock.due);
  warn(clock);
  pause(clock);
}

void ClockCalculator::flag(Clock& clock, Anomaly anomaly, std::uint32_t fact) {
  clock.flag(anomaly);
  if (std::ranges::find(remarks_, Remark{anomaly, fact}) == remarks_.end()) remarks_.push_back({anomaly, fact});
}

Milliseconds ClockCalculator::allowed(const Clock& clock) const {
  Milliseconds total = elapsed_.between(begins_, clock.due);
  for (const SuspendedInterval& still : suspended_) {
    total -= elapsed_.between(std::max(still.from, begins_), std::min(still.to, clock.due));
  }
  return total;
}

Instant ClockCalculator::warned_at(const Clock& clock, const WarnRung& rung, Milliseconds allowed) const {
  const std::int64_t ms = allowed.count();
  const Milliseconds used = rung.percent > 0 ? Milliseconds(ms / 100 * rung.percent + ms % 100 * rung.percent / 100)
                                             : allowed - elapsed_.length(rung.before, clock.policy->rules, begins_);
  return used_up(begins_, used);
}

Instant ClockCalculator::escalated_at(const Clock& clock, const EscalationRung& rung, Instant rung_before) const {
  const Instant from = rung.after_previous ? rung_before : clock.due;
  return elapsed_.after(from, elapsed_.length(rung.after, clock.policy->rules, from));
}

void ClockCalculator::warn(Clock& clock) const {
  if (clock.policy == nullptr || clock.policy->warn.empty()) return;
  const Milliseconds total = allowed(clock);
  for (const WarnRung& rung : clock.policy->warn) {
    const Instant at = warned_at(clock, rung, total);
    if (now_ > at) {
      clock.verdict = Verdict::warned;
      ++clock.step;
    } else {
      recheck_at(clock, at);
    }
  }
}

void ClockCalculator::escalate(Clock& clock) const {
  if (clock.policy == nullptr) return;
  Instant rung_before = clock.due;
  for (const EscalationRung& rung : clock.policy->escalate) {
    const Instant at = escalated_at(clock, rung, rung_before);
    if (now_ > at) {
      ++clock.step;
    } else {
      recheck_at(clock, at);
    }
    rung_before = at;
  }
}

void ClockCalculator::pause(Clock& clock) const {
  for (const SuspendedInterval& still : suspended_) {
    if (still.from > clock.due) break;
    if (clock.paused_until == still.from) {
      clock.paused_until = still.to;  // one follows on the other
    } else if (still.from > now_) {
      recheck_by(clock, still.from);
      break;
    } else if (now_ < still.to) {
      clock.course = Course::paused;
      clock.paused_until = still.to;
      clock.reason = still.reason;
    }
  }
  if (clock.paused_until) recheck_by(clock, *clock.paused_until);
}

void ClockCalculator::remark(const Span& span, Clock& clock) {
  if (span.stop != nullptr && clock.stopped && *clock.stopped > clock.due && span.stop->happened <= clock.due) {
    flag(clock, Anomaly::backdated, span.stop->fact);
  }
  if (subject_.status == Status::merged && clock.cancelled && clock.verdict == Verdict::breached) {
    flag(clock, Anomaly::merged_late, span.cancelled != nullptr ? span.cancelled->fact : kNoFact);
  }
  for (const SuspendedInterval& still : suspended_) {
    if (still.from > clock.due) flag(clock, Anomaly::suspended_late, still.fact);
  }
  if (subject_.extensions.empty()) return;
  collect_granted(span, &clock);
  for (const Granted& granted : granted_) {
    const std::uint32_t fact = granted.extension->approval.requested.fact;
    if (granted.from > clock.due) flag(clock, Anomaly::extended_late, fact);
    if (!granted.extension->due && granted.extension->limit.empty()) flag(clock, Anomaly::extended_unclear, fact);
  }
}

}  // namespace projections
