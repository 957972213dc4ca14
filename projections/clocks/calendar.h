#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "engine/types.h"

namespace projections {

using LocalDay = std::chrono::local_days;

// A stretch of work within a day, [from, to) in minutes of the local day; `to` is at most 24 h.
struct Session {
  std::chrono::minutes from;
  std::chrono::minutes to;
  bool operator==(const Session&) const = default;
};

// The sessions of each work day from `from` on, until the next season: summer and winter hours.
struct Season {
  LocalDay from;
  std::vector<Session> sessions;  // ascending
};

// A day that a notice names: off (放假), or a work day on a weekly day off (调休上班日).
struct NamedDay {
  LocalDay day;
  bool off = true;
  std::string name;  // of the holiday, such as 春节
};

// Days [begin, end).
struct DayRange {
  LocalDay begin;
  LocalDay end;
  bool operator==(const DayRange&) const = default;
};

// The parts of a working calendar.
struct CalendarRules {
  std::chrono::seconds zone{8 * 3600};        // local time = UTC + this, all year
  std::vector<Season> seasons;                // ascending; the first one also holds before its `from`
  std::bitset<7> weekly_days_off{0b1000001};  // by std::chrono::weekday::c_encoding(): 0 is Sunday
  std::vector<NamedDay> days;                 // in any order, each day once
  std::vector<DayRange> known;                // days whose notices are known; in any order
};

// 08:00 to 12:00 and 14:00 to 18:00. Source: the default of deployed city management systems (数字城管).
std::vector<Session> default_sessions();

// A working calendar (工作日历): the instants that are working time. It uses integer arithmetic on UTC instants only; local
// time is at a fixed distance from UTC, as it is in China.
//
// The cost of a call does not depend on the distance between two instants: a table holds the days that notices name,
// and weeks count the work days before and after the table.
//
// Working time is half-open: at 12:00 the morning's session is over. The instant after some working time is the
// earliest possible one, so it lies at the end of a session (12:00), not at the beginning of the next (14:00).
//
// REQUIRES, for all functions: instants lie in [engine::kMinInstant, engine::kMaxInstant], days are those of such
// instants.
// Threads: any; it never changes.
class WorkingCalendar {
 public:
  // Errors: invalid, with the fault: no season, a season without sessions, sessions that are empty, overlap, are out of
  // order or leave the day, seasons out of order, a week without a work day, a day that is named twice, a day outside
  // the years 1900 to 2200, a zone beyond 14 hours or not of whole minutes.
  static engine::Result<WorkingCalendar> make(CalendarRules rules);

  LocalDay day(engine::Instant time) const;
  engine::Instant begin(LocalDay day) const;  // 00:00 local

  bool is_work_day(LocalDay day) const;
  bool is_weekly_day_off(LocalDay day) const;         // by the week only, without notices
  const NamedDay* named(LocalDay day) const;          // nullptr if no notice names it
  engine::Milliseconds hours_of(LocalDay day) const;  // the sessions of a work day at that time of the year
  engine::Instant end_of_work(LocalDay day) const;    // of the last session. REQUIRES: is_work_day(day)

  // Work days in [from, to). REQUIRES: from <= to.
  std::int64_t work_days(LocalDay from, LocalDay to) const;
  // The end of work of the count-th work day from `first` on. Nothing if that is after kMaxInstant. REQUIRES: count >
  // 0.
  std::optional<engine::Instant> end_of_work_days(LocalDay first, std::int64_t count) const;
  // The first work day that is not before `day`.
  LocalDay work_day_from(LocalDay day) const;

  // Working time in [from, to). REQUIRES: from <= to.
  engine::Milliseconds worked(engine::Instant from, engine::Instant to) const;
  // The first instant of working time that is not before `time`.
  engine::Instant next(engine::Instant time) const;
  // The earliest instant t with worked(from, t) == amount. Nothing if that is after kMaxInstant. REQUIRES: amount > 0.
  std::optional<engine::Instant> after(engine::Instant from, engine::Milliseconds amount) const;

  // The first of the days [first, last] without a known notice; nothing if all have one.
  std::optional<LocalDay> first_unknown(LocalDay first, LocalDay last) const;

  const CalendarRules& rules() const { return rules_; }

 private:
  // A session in milliseconds of the day, and the working time of that day before it.
  struct Stretch {
    std::int64_t from;
    std::int64_t to;
    std::int64_t before;
  };
  // A season, with the work days and the working time before its first day, counted from an origin that all seasons
  // share: the begin of the second one.
  struct Hours {
    std::int64_t first_day;
    std::int64_t work_days_before = 0;
    std::int64_t worked_before = 0;
    std::int64_t ms_of_day = 0;
    std::vector<Stretch> stretches;
  };
  struct Place {
    std::int64_t day;
    std::int64_t ms;  // of the local day
  };

  explicit WorkingCalendar(CalendarRules rules) : rules_(std::move(rules)) {}

  engine::Result<> check_and_sort();
  void add_hours();
  void index_weeks();
  void index_days();
  void index_seasons();

  Place place(engine::Instant time) const;
  engine::Instant at(std::int64_t day, std::int64_t ms) const;
  std::optional<engine::Instant> reached(std::int64_t work_day, std::int64_t worked_ms) const;
  std::optional<engine::Instant> end_of(std::int64_t work_day) const;
  const Hours& hours(std::int64_t day) const;
  std::int64_t worked_until(engine::Instant time) const;

  bool works(std::int64_t day) const;
  std::int64_t plain_work_days_before(std::int64_t day) const;
  std::int64_t plain_work_day(std::int64_t number) const;
  std::int64_t work_days_before(std::int64_t day) const;
  std::int64_t work_day(std::int64_t number) const;

  CalendarRules rules_;
  std::int64_t zone_ms_ = 0;
  std::vector<Hours> seasons_;

  // Weeks begin on Monday; 1970-01-05 was one.
  std::int64_t work_days_of_week_ = 0;
  std::array<std::int64_t, 8> in_week_before_{};  // work days of a week before its n-th day
  std::array<std::int64_t, 7> day_of_week_{};     // of its n-th work day

  // The table of the days from the first to the last named one.
  std::int64_t table_begin_ = 0;
  std::int64_t table_end_ = 0;
  std::int64_t before_table_ = 0;                 // work days, as plain_work_days_before() counts them
  std::int64_t after_table_ = 0;                  // surplus of work days after the table over counting by weeks
  std::vector<std::int32_t> in_table_before_{0};  // work days of the table before its n-th day; one more than days
  std::vector<std::int32_t> day_of_table_;        // of its n-th work day
};

}  // namespace projections
