// Why a clock stands where it does: the types of an explanation. traces() in clocks.h makes them.
//
// Takes: nothing. Gives: ClockTrace and its parts.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/clocks/clock.h"
#include "projections/clocks/limit_trace.h"

namespace projections {

// A part of a clock's course, [from, to).
struct Stretch {
  enum class Kind : std::uint8_t {
    waiting,  // counting has not begun
    run,
    pause,
  };
  Kind kind = Kind::run;
  engine::Instant from;
  engine::Instant to;
  engine::Milliseconds time{0};       // as the clock counts it: what a run has used; what a pause has taken out
  bool ahead = false;                 // of a pause: it is known, and has not begun
  std::string_view reason;            // of a pause
  std::optional<std::uint32_t> fact;  // that told of the pause
};

// How an extension stands with a clock.
struct TracedExtension {
  enum class Standing : std::uint8_t {
    counted,
    asked,  // not enough persons have agreed
    rejected,
    too_often,   // the policy allows fewer
    late,        // it came into force after the due time
    over,        // it came into force when the clock had ended
    not_for_it,  // it gives a due time, which is for handling alone
    unclear,     // no due time, and no limit that the clock can count
    replaced,    // a due time that was given later took its place
  };
  const Extension* extension = nullptr;
  Standing standing = Standing::counted;
  std::optional<engine::Instant> in_force;
  std::int64_t needed = 0;  // how many persons have to agree
};
std::string_view name(TracedExtension::Standing standing);

// A rung of the policy, when the clock comes to it, and whether it has.
struct TracedRung {
  const WarnRung* warn = nullptr;  // or else:
  const EscalationRung* escalation = nullptr;
  engine::Instant at;
  bool passed = false;
};

// What is odd about a clock, and the fact that made it so.
struct Remark {
  Anomaly anomaly;
  std::uint32_t fact = kNoFact;
  bool operator==(const Remark&) const = default;
};

// Why a clock stands where it does.
struct ClockTrace {
  Clock clock;
  Limit::Measure measure = Limit::Measure::wall;  // how time counts for it
  std::optional<std::uint32_t> started_by;        // facts, by their index; nothing when another case was merged into it
  std::optional<std::uint32_t> ended_by;          // nothing while it runs, and when its policy was retired
  engine::Instant begins;                         // when counting begins
  engine::Instant until;                          // what is told of: its end, or the present
  std::vector<Stretch> course;                    // ascending and without gaps until `until`, then pauses ahead
  engine::Milliseconds allowed{0};                // what it may use, pauses aside
  engine::Milliseconds used{0};                   // until `until`; it goes on after the due time
  engine::Milliseconds left{0};
  engine::Milliseconds late{0};
  std::vector<TracedExtension> extensions;  // of its cycle, in the order in which they were asked for
  std::vector<TracedRung> rungs;            // warnings, then escalations
  std::optional<LimitTrace> days;           // until the due time; nothing when it was given
  std::optional<LocalDay> unknown_from;     // of a provisional one: the first day of which no notice is known
  bool due_by_change = false;               // a change left no time: it is due when that came
  std::vector<Remark> remarks;              // its anomalies
};

}  // namespace projections
