#include "projections/clocks/clocks.h"

#include "projections/clocks/clock_calculator.h"

namespace projections {
namespace {

using engine::Instant;

// Moments of the case; nullptr = there is none.

const Moment* first(const Moment* a, const Moment* b) {
  return a != nullptr ? a : b;
}

// Which was known first.
const Moment* earlier(const Moment* a, const Moment* b) {
  if (a == nullptr || b == nullptr) return first(a, b);
  return b->judged < a->judged ? b : a;
}

// The end of the work.
const Moment* done(const Cycle& cycle) {
  return first(pointer(cycle.handled), pointer(cycle.closed));
}

// The clocks of one case, in the order in which clocks() gives them.
class CaseClocks {
 public:
  CaseClocks(const Case& subject, const Directory& rules, Instant now, std::vector<Clock>& into,
             std::vector<ClockTrace>* traces = nullptr)
      : subject_(subject), rules_(rules), calculator_(subject, rules, now, into, traces) {}

  void add_all();

 private:
  bool wanted(ClockKind kind) const { return rules_.has_policies(kind); }
  // What ends a cycle without its being closed.
  const Moment* cut(std::size_t cycle) const;
  const Moment& begin(std::size_t cycle, const Moment* stop) const;
  Span of_cycle(ClockKind kind, std::size_t cycle, const Moment* stop) const;
  static std::int32_t number(std::size_t index) { return static_cast<std::int32_t>(index) + 1; }

  void sign();
  void handle();
  void close();
  void registration();
  void contact();
  void arrive();
  void check();
  void call_back();
  void appeal();
  void report_in();
  void supervise(ClockKind kind);

  const Case& subject_;
  const Directory& rules_;
  ClockCalculator calculator_;
};

const Moment* CaseClocks::cut(std::size_t cycle) const {
  if (cycle + 1 < subject_.cycles.size()) return &subject_.cycles[cycle + 1].start;
  return pointer(subject_.ended_early);
}

// Merging hides no lateness: a case that took others over counts from the earliest of them, unless it was done before.
const Moment& CaseClocks::begin(std::size_t cycle, const Moment* stop) const {
  if (cycle > 0) return subject_.cycles[cycle].start;
  const Moment* end = earlier(stop, cut(cycle));
  for (const Inherited& one : subject_.inherited) {
    if (end == nullptr || one.since <= end->judged) return one.start;
  }
  return *subject_.accepted();
}

Span CaseClocks::of_cycle(ClockKind kind, std::size_t cycle, const Moment* stop) const {
  Span span;
  span.kind = kind;
  span.cycle = number(cycle);
  span.basis = &begin(cycle, stop);
  if (cycle == 0 && subject_.registered && span.basis == &*subject_.registered) span.before = &*subject_.opened;
  span.stop = stop;
  span.cancelled = cut(cycle);
  span.unit = subject_.unit;
  span.of_cycle = cycle;
  return span;
}

void CaseClocks::sign() {
  if (!wanted(ClockKind::sign)) return;
  // A case that nobody sends waits for its signature all the same, where a policy says so; who deals with it unsent
  // ends that.
  if (subject_.hops.empty()) {
    Span span;
    span.kind = ClockKind::sign;
    span.basis = &*subject_.opened;
    span.cancelled = first(pointer(subject_.ended_early), done(subject_.cycles.front()));
    const Policy* policy =
        rules_.policy(ClockKind::sign, subject_.traits.back().traits, subject_.opened->judged, subject_.opened->judged);
    if (policy != nullptr && (policy->start == ClockStart::opened || policy->start == ClockStart::accepted)) {
      calculator_.add(span);
    }
  }
  for (std::size_t i = 0; i < subject_.hops.size(); ++i) {
    const Hop& hop = subject_.hops[i];
    Span span;
    span.kind = ClockKind::sign;
    span.cycle = number(i);
    span.basis = &hop.sent;
    span.stop = pointer(hop.signed_for);
    span.cancelled = earlier(earlier(pointer(hop.returned), pointer(hop.superseded)),
                             earlier(pointer(hop.done), pointer(subject_.ended_early)));
    span.unit = hop.unit;
    calculator_.add(span);
  }
}

void CaseClocks::handle() {
  for (std::size_t i = 0; i < subject_.cycles.size(); ++i) {
    const Cycle& cycle = subject_.cycles[i];
    Span span = of_cycle(ClockKind::handle, i, earlier(pointer(cycle.handled), pointer(cycle.closed)));
    calculator_.add(span);
  }
}

void CaseClocks::close() {
  if (!wanted(ClockKind::close)) return;
  for (std::size_t i = 0; i < subject_.cycles.size(); ++i) {
    Span span = of_cycle(ClockKind::close, i, pointer(subject_.cycles[i].closed));
    calculator_.add(span);
  }
}

void CaseClocks::registration() {
  if (!wanted(ClockKind::registration)) return;
  Span span;
  span.kind = ClockKind::registration;
  span.basis = &*subject_.opened;
  span.stop = pointer(subject_.registered);
  const Cycle& cycle = subject_.cycles.front();
  if (span.stop == nullptr && !subject_.hops.empty()) span.stop = &subject_.hops.front().sent;
  if (span.stop == nullptr && (subject_.status == Status::declined || subject_.status == Status::answered)) {
    span.stop = pointer(subject_.ended_early);
  }
  if (span.stop == nullptr) span.cancelled = first(pointer(subject_.ended_early), done(cycle));
  calculator_.add(span);
}

void CaseClocks::contact() {
  if (!wanted(ClockKind::contact)) return;
  for (std::size_t i = 0; i < subject_.cycles.size(); ++i) {
    Span span = of_cycle(ClockKind::contact, i, pointer(subject_.cycles[i].contacted));
    span.cancelled = earlier(pointer(subject_.cycles[i].closed), span.cancelled);
    calculator_.add(span);
  }
}

void CaseClocks::arrive() {
  if (!wanted(ClockKind::arrive)) return;
  for (std::size_t i = 0; i < subject_.cycles.size(); ++i) {
    Span span = of_cycle(ClockKind::arrive, i, pointer(subject_.cycles[i].arrived));
    span.cancelled = earlier(pointer(subject_.cycles[i].closed), span.cancelled);
    calculator_.add(span);
  }
}

void CaseClocks::check() {
  if (!wanted(ClockKind::check)) return;
  for (std::size_t i = 0; i < subject_.cycles.size(); ++i) {
    const Cycle& cycle = subject_.cycles[i];
    if (!cycle.handled) continue;
    Span span = of_cycle(ClockKind::check, i, pointer(cycle.checked));
    span.basis = &*cycle.handled;
    span.cancelled = earlier(pointer(cycle.closed), span.cancelled);
    span.unit = {};
    calculator_.add(span);
  }
}

void CaseClocks::call_back() {
  if (!wanted(ClockKind::callback)) return;
  for (std::size_t i = 0; i < subject_.cycles.size(); ++i) {
    const Cycle& cycle = subject_.cycles[i];
    const Moment* basis = done(cycle);
    if (basis == nullptr) continue;
    Span span = of_cycle(ClockKind::callback, i, pointer(cycle.reached));
    span.basis = basis;
    span.unit = {};
    calculator_.add(span);
  }
}

void CaseClocks::appeal() {
  for (std::size_t i = 0; i < subject_.appeals.size(); ++i) {
    const Appeal& appeal = subject_.appeals[i];
    Span span;
    span.kind = ClockKind::appeal;
    span.cycle = number(i);
    span.basis = &appeal.filed;
    span.stop = pointer(appeal.decided);
    span.given = appeal.due;
    calculator_.add(span);
  }
}

void CaseClocks::report_in() {
  for (std::size_t i = 0; i < subject_.callouts.size(); ++i) {
    const Callout& callout = subject_.callouts[i];
    Span span;
    span.kind = ClockKind::report_in;
    span.cycle = number(i);
    span.basis = &callout.whistled;
    span.stop = pointer(callout.reported_in);
    span.cancelled = earlier(pointer(callout.ended), pointer(subject_.ended_early));
    span.unit = callout.unit;
    span.given = callout.due;
    calculator_.add(span);
  }
}

void CaseClocks::supervise(ClockKind kind) {
  for (std::size_t i = 0; i < subject_.supervisions.size(); ++i) {
    const Supervision& supervision = subject_.supervisions[i];
    if (supervision.urge != (kind == ClockKind::urge)) continue;
    Span span;
    span.kind = kind;
    span.cycle = number(i);
    span.basis = &supervision.told;
    span.stop = pointer(supervision.answered);
    span.cancelled = pointer(subject_.ended_early);
    span.unit = supervision.unit.empty() ? subject_.unit : supervision.unit;
    span.given = supervision.due;
    calculator_.add(span);
  }
}

void CaseClocks::add_all() {
  sign();
  handle();
  close();
  registration();
  contact();
  arrive();
  check();
  call_back();
  appeal();
  report_in();
  supervise(ClockKind::supervise);
  supervise(ClockKind::urge);
}

}  // namespace

std::string_view state_of(const Clock& clock) {
  if (clock.course == Course::paused) return "paused";
  if (clock.course == Course::running) return "running";
  return clock.stopped ? "stopped" : "cancelled";
}

std::vector<Clock> clocks(const Case& subject, const Directory& rules, Instant now) {
  std::vector<Clock> all;
  clocks(subject, rules, now, all);
  return all;
}

void clocks(const Case& subject, const Directory& rules, Instant now, std::vector<Clock>& all) {
  all.clear();
  if (!subject.opened) return;
  CaseClocks(subject, rules, now, all).add_all();
}

std::vector<ClockTrace> traces(const Case& subject, const Directory& rules, Instant now) {
  std::vector<Clock> all;
  std::vector<ClockTrace> traced;
  if (subject.opened) CaseClocks(subject, rules, now, all, &traced).add_all();
  return traced;
}

std::vector<Anomaly> anomalies(const Case& subject, const std::vector<Clock>& clocks) {
  std::uint32_t all = 0;
  for (const Flag& flag : subject.flags) all |= 1u << static_cast<unsigned>(flag.anomaly);
  for (const Clock& clock : clocks) all |= clock.anomalies;
  std::vector<Anomaly> found;
  for (std::size_t i = 0; all != 0 && i < kAnomalies; ++i) {
    if (all >> i & 1) found.push_back(static_cast<Anomaly>(i));
  }
  return found;
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
