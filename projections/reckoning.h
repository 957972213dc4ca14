#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/clocks.h"

namespace projections {

// What a clock runs between.
struct Span {
  ClockKind kind = ClockKind::handle;
  std::int32_t cycle = 1;
  const Moment* basis = nullptr;         // where a clock of this kind usually starts; the policies in force then count
  std::optional<Moment> stop;            // what it waits for
  std::optional<Moment> cancelled;       // what makes waiting pointless
  std::string_view unit;                 // that it waits for
  std::optional<engine::Instant> given;  // due time that came with what started it
  std::optional<std::size_t> of_cycle;   // the cycle whose due times, extensions and suspensions count for it
};

// How time passes for a clock: as a working calendar counts it, or all of it.
class Passage {
 public:
  explicit Passage(const WorkingCalendar* working = nullptr) : working_(working) {}
  engine::Milliseconds between(engine::Instant from, engine::Instant to) const;
  // When so much has passed since `from`; kMaxInstant when that is later.
  engine::Instant after(engine::Instant from, engine::Milliseconds amount) const;
  // The length of `grant`, a work day being as long as on the day of `from`.
  engine::Milliseconds length(const Grant& grant, const LimitRules& rules, engine::Instant from) const;

 private:
  const WorkingCalendar* working_;
};

// Reckons the clocks of a case, one after the other, through all that was changed while they ran.
class Reckoning {
 public:
  Reckoning(const Case& subject, const Directory& rules, engine::Instant now, std::vector<Clock>& into)
      : subject_(subject), rules_(rules), now_(now), into_(into) {}

  // Adds the clock, unless it has no due time.
  void add(const Span& span);

 private:
  // An extension that is in force.
  struct Granted {
    engine::Instant from;
    const Extension* extension;
  };

  void collect_changes(const Span& span, engine::Instant until);
  void collect_standstills(const Span& span, const Policy* policy, Clock& clock);
  void collect_granted(const Span& span, const Policy* policy, Clock* remarks);
  const Policy* policy(const Span& span, engine::Instant at) const;
  const Moment* start(const Span& span, const Policy* policy) const;
  std::optional<Clock> reckon(const Span& span, const Policy* policy, engine::Instant at);
  bool reckon_given(const Span& span, engine::Instant at, Clock& clock);
  void reckon_limit(engine::Instant at, Clock& clock);
  void judge(Clock& clock) const;
  void warn(Clock& clock) const;
  void escalate(Clock& clock) const;
  void pause(Clock& clock) const;
  void remark(const Span& span, Clock& clock);
  // When so much of the clock's time has been used, standstills aside.
  engine::Instant used_up(engine::Instant from, engine::Milliseconds amount) const;
  void look_again(Clock& clock, engine::Instant at) const;
  void look_again_at(Clock& clock, engine::Instant at) const;

  const Case& subject_;
  const Directory& rules_;
  engine::Instant now_;
  std::vector<Clock>& into_;

  // Of the clock in hand.
  struct Standstill {
    engine::Instant from;
    engine::Instant to;
    std::string_view reason;
  };
  std::vector<engine::Instant> changes_;
  std::optional<engine::Instant> upcoming_;  // the first change that is not known to count yet, as time has not come
  std::vector<Standstill> standstills_;
  std::vector<Granted> granted_;
  Passage passage_;
  engine::Instant begins_;  // when its time begins to count
};

}  // namespace projections
