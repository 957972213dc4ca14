#include "projections/clocks/clock_trace.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/projections/facts.h"
#include "tests/projections/law.h"

namespace projections_test {
namespace {

using engine::Instant;
using engine::Milliseconds;
using projections::Clock;
using projections::ClockTrace;
using projections::Stretch;
using projections::Verdict;

void check_course(const ClockTrace& trace) {
  Instant at = trace.clock.start;
  Milliseconds used{0};
  for (const Stretch& stretch : trace.course) {
    RC_ASSERT(stretch.from < stretch.to);
    if (stretch.ahead) {
      RC_ASSERT(stretch.from >= trace.until);
      RC_ASSERT(at == trace.until || at <= stretch.from);
    } else {
      RC_ASSERT(stretch.from == at);
      RC_ASSERT(stretch.kind != Stretch::Kind::waiting || stretch.to <= trace.begins);
    }
    at = stretch.to;
    if (stretch.kind == Stretch::Kind::run) used += stretch.time;
  }
  RC_ASSERT(at >= trace.until);
  RC_ASSERT(used == trace.used);
  if (trace.until <= trace.clock.due) {
    RC_ASSERT(trace.used + trace.left == trace.allowed);
    RC_ASSERT(trace.late == Milliseconds(0));
  } else {
    RC_ASSERT(trace.left == Milliseconds(0));
  }
}

void check_rungs(const ClockTrace& trace) {
  const Clock& clock = trace.clock;
  if (!projections::runs(clock.course)) return;
  const bool breached = clock.verdict == Verdict::breached;
  const auto told = std::ranges::count_if(trace.rungs, [&](const projections::TracedRung& rung) {
    return rung.passed && (rung.escalation != nullptr) == breached;
  });
  RC_ASSERT(told == clock.step);
  for (const projections::TracedRung& rung : trace.rungs) {
    if (!rung.passed && (rung.escalation != nullptr) == breached) RC_ASSERT(clock.next && *clock.next <= rung.at);
  }
}

TEST(ClockTrace, TellsTheClocksAsTheyStand) {
  EXPECT_TRUE(law("a trace has the clock's own verdict, time without gaps, and the rungs that were told", 150, [] {
    const auto facts = facts_of(*case_histories());
    const RuleBook book(*rule_books());
    const projections::Case subject = projections::fold(facts, book.rules());
    for (int batch = 0; batch < 3 * kBatches; ++batch) {
      const Instant now = batch_time(batch);
      const std::vector<Clock> clocks = projections::clocks(subject, book.rules(), now);
      const std::vector<ClockTrace> traces = projections::traces(subject, book.rules(), now);
      RC_ASSERT(traces.size() == clocks.size());
      for (std::size_t i = 0; i < clocks.size(); ++i) {
        RC_ASSERT(std::tuple(traces[i].clock.kind, traces[i].clock.cycle, traces[i].clock.verdict, traces[i].clock.due,
                             traces[i].clock.step) ==
                  std::tuple(clocks[i].kind, clocks[i].cycle, clocks[i].verdict, clocks[i].due, clocks[i].step));
        check_course(traces[i]);
        check_rungs(traces[i]);
        for (const projections::Remark& remark : traces[i].remarks) {
          RC_ASSERT((clocks[i].anomalies >> static_cast<unsigned>(remark.anomaly) & 1) == 1u);
        }
      }
    }
  }));
}

}  // namespace
}  // namespace projections_test
