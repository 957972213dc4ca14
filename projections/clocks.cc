#include "projections/clocks.h"

namespace projections {
namespace {

using engine::Instant;

Verdict verdict_at(const Clock& clock, Instant now) {
  if (clock.stopped) return *clock.stopped <= clock.due ? Verdict::met : Verdict::breached;
  const Instant until = clock.cancelled ? std::min(now, *clock.cancelled) : now;
  if (until > clock.due) return Verdict::breached;  // a verdict that was reached stays
  if (clock.cancelled) return Verdict::none;        // but a warning is of no use any more
  if (clock.warn_at && now > *clock.warn_at) return Verdict::warned;
  return Verdict::none;
}

}  // namespace

std::optional<Instant> Clock::next() const {
  if (stopped) return std::nullopt;
  if (cancelled) {  // at a time that may not have come yet, when a trusted source's clock is fast
    if (verdict == Verdict::breached || *cancelled <= due) return std::nullopt;
    return due;
  }
  if (verdict == Verdict::none && warn_at) return warn_at;
  if (verdict == Verdict::none || verdict == Verdict::warned) return due;
  return std::nullopt;
}

namespace {

// What a clock runs between.
struct Span {
  const Moment* start = nullptr;    // nullptr: it cannot start
  std::optional<Instant> due;       // when an event gives it
  std::optional<Moment> stop;       // what it waits for
  std::optional<Moment> cancelled;  // what makes waiting pointless
};

void add(ClockKind kind, std::int32_t cycle, const Span& span, const Policy* policy, Instant now,
         std::vector<Clock>& all) {
  Clock clock;
  clock.kind = kind;
  clock.cycle = cycle;
  if (span.due) {
    clock.due = *span.due;
  } else if (policy != nullptr && span.start != nullptr) {
    clock.due = span.start->judged + policy->limit.fixed();
  } else {
    return;
  }
  if (policy != nullptr && !policy->warn.empty() && policy->warn.front().percent == 0) {
    clock.warn_at = clock.due - std::chrono::seconds(policy->warn.front().before.count);
  }
  if (span.stop) clock.stopped = span.stop->judged;
  if (!span.stop && span.cancelled) clock.cancelled = span.cancelled->judged;
  clock.verdict = verdict_at(clock, now);
  all.push_back(clock);
}

// The first hop of a cycle, for policies that start at the sending.
const Moment* first_sent(const Case& subject, const Cycle& cycle) {
  for (const Hop& hop : subject.hops) {
    if (hop.sent.happened >= cycle.start.happened) return &hop.sent;
  }
  return nullptr;
}

}  // namespace

std::vector<Clock> clocks(const Case& subject, const Directory& rules, Instant now) {
  std::vector<Clock> all;
  clocks(subject, rules, now, all);
  return all;
}

void clocks(const Case& subject, const Directory& rules, Instant now, std::vector<Clock>& all) {
  all.clear();
  if (!subject.opened) return;
  const CaseTraits traits{.category = subject.category,
                          .channel = subject.channel,
                          .area = subject.area,
                          .level = rules.category_level(subject.category),
                          .priority = subject.priority};
  const auto policy_of = [&](ClockKind kind) {
    return rules.policy(kind, traits, subject.opened->judged, subject.opened->judged);
  };
  if (const Policy* policy = policy_of(ClockKind::sign); policy != nullptr) {
    // A case that nobody sends waits for its signature all the same; who deals with it unsent ends that.
    if (subject.hops.empty() && policy->start != ClockStart::sent) {
      Span span{&*subject.opened, {}, {}, subject.given_up};
      if (!span.cancelled) span.cancelled = subject.cycles.front().handled;
      if (!span.cancelled) span.cancelled = subject.cycles.front().closed;
      add(ClockKind::sign, 1, span, policy, now, all);
    }
    for (std::size_t i = 0; i < subject.hops.size(); ++i) {
      const Hop& hop = subject.hops[i];
      Span span{policy->start == ClockStart::sent ? &hop.sent : &*subject.opened, {}, hop.signed_for, hop.returned};
      if (!span.cancelled && i + 1 < subject.hops.size()) span.cancelled = subject.hops[i + 1].sent;
      if (!span.cancelled) span.cancelled = subject.ended();
      add(ClockKind::sign, static_cast<std::int32_t>(i + 1), span, policy, now, all);
    }
  }
  for (const ClockKind kind : {ClockKind::handle, ClockKind::close}) {
    const Policy* policy = policy_of(kind);
    for (std::size_t i = 0; i < subject.cycles.size(); ++i) {
      const Cycle& cycle = subject.cycles[i];
      Span span;
      span.start = policy != nullptr && policy->start == ClockStart::sent ? first_sent(subject, cycle) : &cycle.start;
      span.cancelled = subject.given_up;
      if (kind == ClockKind::handle) {
        span.due = cycle.due;
        span.stop = cycle.handled ? cycle.handled : cycle.closed;
      } else {
        span.stop = cycle.closed;
        if (i + 1 < subject.cycles.size()) span.cancelled = subject.cycles[i + 1].start;
      }
      add(kind, static_cast<std::int32_t>(i + 1), span, policy, now, all);
    }
  }
}

std::vector<Announcement> announcements(Verdict sent, Verdict verdict) {
  using topics::AlertKind;
  std::vector<Announcement> all;
  if (sent == verdict) return all;
  // Warned is the way to breached and met: it need not be taken back for them.
  if (sent != Verdict::none && !(sent == Verdict::warned && verdict > Verdict::warned)) {
    all.push_back({AlertKind::retracted, sent});
  }
  switch (verdict) {
    case Verdict::none:
      break;
    case Verdict::warned:
      all.push_back({AlertKind::warned, verdict});
      break;
    case Verdict::breached:
      all.push_back({AlertKind::breached, verdict});
      break;
    case Verdict::met:
      all.push_back({AlertKind::met, verdict});
      break;
  }
  return all;
}

}  // namespace projections
