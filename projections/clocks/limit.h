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

// The arithmetic of limits (时限): when a clock with a limit is due, on a working calendar, with pauses. A clock is a
// ledger: its start, its grants and its pauses. The due instant follows from them and is never an input.
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

// A budget, or an extension (延期): a number of units, 0 or more.
struct Grant {
  std::int64_t count = 0;
  TimeUnit unit = TimeUnit::work_hour;
  bool operator==(const Grant&) const = default;
};

// "5 work_day", the form of events: digits, one blank and the name of a unit. Nothing for any other form.
std::optional<Grant> parse_grant(std::string_view text);
std::string text(const Grant& grant);  // the inverse

// When counting starts, relative to the local day of the clock's start.
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
  // The limit is a number of days and ends with the last of them: work days at the end of work ("the end of the Nth
  // work day"), natural days at 24:00. The day on which counting begins is the first day if counting begins at its
  // start, otherwise the next day is. A day counts unless the clock stood still for all of it; for work days, for all
  // of its working time. So a pause moves the limit by exactly the days that it covers completely: a pause of a second
  // moves nothing and wins no day. If the clock stands still at the end of the last day and for all of the next one,
  // the day on which it resumes is the last: a limit that would end within a suspension is not breached.
  bool end_of_day = false;
  // The hours of a work day (工作日). Without them: those of the sessions on the day when counting begins, for all work
  // days of the limit, even if the hours change later. No effect with end_of_day.
  std::optional<engine::Milliseconds> work_day;
};

// The sum of grants, on one measure. A limit of nothing is valid: it can be the rest of another limit. A policy without
// any time is invalid, and the reader of policies has to refuse it.
//
// Threads: any; it never changes.
class Limit {
 public:
  enum class Measure : std::uint8_t {
    wall,  // all time
    work,  // working time
  };

  // Errors: invalid, with the fault: no grants, a negative one, wall-clock and working units in one limit, end_of_day
  // with a unit that is not a day, work days of no or more than 24 hours, a sum beyond 64 bits.
  static engine::Result<Limit> make(std::span<const Grant> grants, const LimitRules& rules = {});

  Measure measure() const { return measure_; }
  const LimitRules& rules() const { return rules_; }
  engine::Milliseconds fixed() const { return fixed_; }  // minutes, hours, natural days and work days with given hours
  std::int64_t work_days() const { return work_days_; }  // with the calendar's hours

 private:
  Measure measure_ = Measure::wall;
  LimitRules rules_;
  engine::Milliseconds fixed_{0};
  std::int64_t work_days_ = 0;
};

// An interval in which a clock stands still (挂账, 缓办), [from, to); without `to` it is open.
struct Pause {
  engine::Instant from;
  std::optional<engine::Instant> to;
  bool operator==(const Pause&) const = default;
};

// Pauses, ascending and disjoint: overlapping or adjacent ones are joined, empty ones left out.
class Pauses {
 public:
  Pauses() = default;
  explicit Pauses(std::vector<Pause> pauses);
  std::span<const Pause> all() const { return pauses_; }

  // The pauses as known at `time`: those that began before it; a pause that is open then ends at it.
  Pauses ended_by(engine::Instant time) const;

 private:
  std::vector<Pause> pauses_;
};

// The inputs of a clock. Ownership: the caller owns everything that it refers to and keeps it alive.
struct Ledger {
  const WorkingCalendar& calendar;
  const Limit& limit;
  engine::Instant start;
  const Pauses& pauses;
};

// When a clock is due. Deadlines are inclusive: at `due` itself everything is still on time.
struct Due {
  // The first instant that counts, pauses aside. If working time counts and the start lies outside a session, this is
  // the begin of the next one.
  engine::Instant begins;
  // The earliest instant at which the limit is used up outside pauses: so at the end of a session, not at the begin of
  // the next. With end_of_day the end of the last day, as LimitRules says. A limit of nothing is due when counting
  // begins, outside pauses, or with that day. Nothing while an open pause keeps the limit from being used up.
  std::optional<engine::Instant> due;
  // The day that `due` ends or lies in. A due time at 24:00 is 00:00 of the next day, but belongs to the day that ends.
  // Counters of days and months use this day.
  std::optional<LocalDay> due_day;
  // The first day without a known notice on which the answer depends: a later notice may move the deadline. The answer
  // depends on the days from the one on which counting may begin to due_day; without a due time, to the open pause.
  std::optional<LocalDay> unknown_from;

  bool provisional() const { return unknown_from.has_value(); }
};

// Errors of all functions below: invalid if an instant or the due time lies beyond engine::kMinInstant or kMaxInstant.

engine::Result<Due> due(const Ledger& ledger);

// The time that the clock has counted until `time`, outside pauses: working time, or all time if the limit is on the
// wall clock. Counting continues after the due time.
engine::Result<engine::Milliseconds> consumed(const Ledger& ledger, engine::Instant time);

// The time, of the same kind, that the clock can still count after `time` until it is due. A pause that is open at
// `time` is taken to end there, and later pauses are ignored. Zero after the due time.
engine::Result<engine::Milliseconds> remaining(const Ledger& ledger, engine::Instant time);

}  // namespace projections
