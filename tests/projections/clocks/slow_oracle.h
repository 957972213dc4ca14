#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "projections/clocks/calendar.h"
#include "projections/clocks/limit.h"

namespace calendar_test {

// What is asked of both sides.
struct Question {
  std::vector<projections::Grant> grants;
  projections::LimitRules rules;
  engine::Instant start;
  std::vector<projections::Pause> pauses;  // as they come: in any order, overlapping, empty
  engine::Instant asked;                   // when consumed and remaining are asked for
};

std::string describe(const projections::CalendarRules& rules, const Question& question);

// Deadlines by walking through time, one tick after the other, by code that shares nothing with projections/clocks/limit.h: no
// table of days, no sums of working time, no weeks.
//
// REQUIRES: local midnights are whole ticks, so are starts, pauses and `asked`; all lies in the years 2025 to 2027.
class SlowOracle {
 public:
  explicit SlowOracle(const projections::CalendarRules& rules);

  struct Answer {
    std::optional<engine::Instant> due;  // nothing: a pause without end
    std::optional<projections::LocalDay> due_day;
    std::optional<projections::LocalDay> unknown_from;
    std::optional<engine::Milliseconds> consumed;   // at `asked`; where that was wanted
    std::optional<engine::Milliseconds> remaining;  // same
    bool off_the_map = false;                       // the walk left the years that it knows
  };
  Answer answer(const Question& question, engine::Milliseconds tick, bool times) const;

 private:
  struct Still;
  struct Walk;

  static std::vector<Still> still(const std::vector<projections::Pause>& pauses, std::int64_t zone_ms);
  static const Still* paused(const std::vector<Still>& pauses, std::int64_t at);
  bool works(std::int64_t local_ms) const;
  bool works_on(std::int64_t day) const;
  std::int64_t minutes_on(std::int64_t day) const;
  std::int64_t end_of_work_on(std::int64_t day) const;  // local ms
  Walk walk(const Question& question, const std::vector<projections::Pause>& pauses, std::int64_t tick) const;
  void walk_days(const Question& question, const std::vector<Still>& pauses, std::int64_t tick, Walk& walk) const;

  projections::CalendarRules rules_;
  std::int64_t zone_ms_;
  std::vector<std::uint8_t> minutes_;  // of working time, from the first day on
};

}  // namespace calendar_test
