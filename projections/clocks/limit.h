#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/types.h"
#include "projections/clocks/calendar.h"

// The arithmetic of limits (时限): when a clock is due that may run for so long, on a working calendar, with pauses.
// A clock is a ledger: its start, its grants and its pauses; a due instant follows from them and is never an input.
//
// Source: the units of CJ/T 315-2009 as deployed city management systems (数字城管) have them.

namespace projections {

// Wall clock: second, minute, urgent_hour, natural_day. On the calendar: work_hour, work_day. The numbers are part of
// the format of policies.
enum class TimeUnit : std::uint8_t {
  second,
  minute,
  urgent_hour,  // 紧急工作时: runs through nights, weekends and holidays
  work_hour,    // 工作时
  work_day,     // 工作日: the hours of a work day, not the same time some days later
  natural_day,  // 自然日
};

std::string_view name(TimeUnit unit);
std::optional<TimeUnit> time_unit(std::string_view name);

// A budget, or an extension (延期): so many of a unit, none or more.
struct Grant {
  std::int64_t count = 0;
  TimeUnit unit = TimeUnit::work_hour;
  bool operator==(const Grant&) const = default;
};

// "5 work_day", as events write it: digits, one blank and the name of a unit. Nothing for whatever is written
// otherwise.
std::optional<Grant> parse_grant(std::string_view text);
std::string text(const Grant& grant);  // the same way round

// When counting starts, by the local day of the clock's start.
enum class CountFrom : std::uint8_t {
  instant,
  next_day,       // 次日起算: at 00:00 of the next day
  next_work_day,  // at 00:00 of the next work day
};

std::string_view name(CountFrom from);
std::optional<CountFrom> count_from(std::string_view name);

// How a limit is counted.
struct LimitRules {
  CountFrom count_from = CountFrom::instant;
  // The limit is so many days and ends with the last of them: work days at the end of work ("the end of the Nth work
  // day"), natural days at 24:00. The day on which counting begins is the first when counting begins with it, else the
  // next one is. A day counts unless the clock stood still for all of it, for all of its working time where work days
  // count: so a pause moves the limit by the days that it takes whole, and by no less and no more. One of a second
  // moves nothing, and no day is won by it. Where the clock stands still at the end of the last day and for all of the
  // next one, the day on which it goes on is the last: a suspension for days in which the limit would end is no breach.
  bool end_of_day = false;
  // The hours of a work day (工作日). Without them: those of the sessions on the day when counting begins, for all work
  // days of the limit, also where the hours change on the way. Of no effect with end_of_day.
  std::optional<engine::Milliseconds> work_day;
};

// The sum of grants, on one measure. A limit of nothing is one, too: it can be what is left of another; a policy that
// gives no time at all is wrong, and whoever reads policies has to refuse it.
//
// Threads: any; it never changes.
class Limit {
 public:
  enum class Measure : std::uint8_t {
    wall,  // all time
    work,  // working time
  };

  // Errors: invalid, with what is wrong: no grants, a negative one, wall-clock and working units in one limit,
  // end_of_day with a unit that is no day, work days of no or more than 24 hours, a sum that no number holds.
  static engine::Result<Limit> make(std::span<const Grant> grants, const LimitRules& rules = {});

  Measure measure() const { return measure_; }
  const LimitRules& rules() const { return rules_; }
  engine::Milliseconds fixed() const { return fixed_; }  // of minutes, hours, natural days and work days of given hours
  std::int64_t work_days() const { return work_days_; }  // of the calendar's hours

 private:
  Measure measure_ = Measure::wall;
  LimitRules rules_;
  engine::Milliseconds fixed_{0};
  std::int64_t work_days_ = 0;
};

// A stretch in which a clock stands still (挂账, 缓办), [from, to); without `to` it has not ended.
struct Pause {
  engine::Instant from;
  std::optional<engine::Instant> to;
  bool operator==(const Pause&) const = default;
};

// Pauses, ascending and apart: those that overlap or touch are joined, empty ones left out.
class Pauses {
 public:
  Pauses() = default;
  explicit Pauses(std::vector<Pause> pauses);
  std::span<const Pause> all() const { return pauses_; }

  // As they are known at `time`: those that began before it; the one that lasts then ends at it.
  Pauses ended_by(engine::Instant time) const;

 private:
  std::vector<Pause> pauses_;
};

// What a clock is reckoned from. Ownership: all that it refers to belongs to the caller and has to outlive it.
struct Ledger {
  const WorkingCalendar& calendar;
  const Limit& limit;
  engine::Instant start;
  const Pauses& pauses;
};

// When a clock is due. Deadlines are inclusive: at `due` itself everything is still on time.
struct Due {
  // The first instant that counts, pauses aside: of working time, the begin of the next session when the start lies
  // outside one.
  engine::Instant begins;
  // The earliest instant at which the limit is used up outside pauses: so at the end of a session, not at the begin of
  // the next. With end_of_day the end of the last day, as LimitRules says. A limit of nothing is due when counting
  // begins, outside pauses, or with that day. Nothing while a pause that has not ended keeps the limit from being used
  // up.
  std::optional<engine::Instant> due;
  // The day that `due` ends or lies in: that of a due time at 24:00, which is 00:00 of the next day. Days and months
  // are counted by it.
  std::optional<LocalDay> due_day;
  // The first day that the answer depends on and of which no notice is known: a later notice may move the deadline.
  // Those are the days from the one on which counting may begin to due_day; with no due time, until the pause that has
  // not ended.
  std::optional<LocalDay> unknown_from;

  bool provisional() const { return unknown_from.has_value(); }
};

// Errors of all below: invalid when an instant lies beyond engine's kMinInstant and kMaxInstant, or the due time would.

engine::Result<Due> due(const Ledger& ledger);

// What the clock has counted until `time`, outside pauses: working time, of a limit on the wall clock all time. It goes
// on after the due time.
engine::Result<engine::Milliseconds> consumed(const Ledger& ledger, engine::Instant time);

// What the clock may still count after `time`, of the same kind, until it is due; a pause that lasts at `time` is taken
// to end there, and later ones are not looked at. Zero once it was due.
engine::Result<engine::Milliseconds> remaining(const Ledger& ledger, engine::Instant time);

}  // namespace projections
