#include "ops/lab/county/calendar.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

namespace ops::simulate {
namespace {

using engine::Instant;

constexpr std::int64_t kDayMs = 86'400'000;

constexpr Day date(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days(
             std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)))
      .time_since_epoch()
      .count();
}

struct Days {
  Day first;
  Day last;
};

constexpr std::array kHolidays = {
    Days{date(2025, 1, 1), date(2025, 1, 1)},   Days{date(2025, 1, 28), date(2025, 2, 4)},
    Days{date(2025, 4, 4), date(2025, 4, 6)},   Days{date(2025, 5, 1), date(2025, 5, 5)},
    Days{date(2025, 5, 31), date(2025, 6, 2)},  Days{date(2025, 10, 1), date(2025, 10, 8)},
    Days{date(2026, 1, 1), date(2026, 1, 3)},   Days{date(2026, 2, 15), date(2026, 2, 23)},
    Days{date(2026, 4, 4), date(2026, 4, 6)},   Days{date(2026, 5, 1), date(2026, 5, 5)},
    Days{date(2026, 6, 19), date(2026, 6, 21)}, Days{date(2026, 9, 25), date(2026, 9, 27)},
    Days{date(2026, 10, 1), date(2026, 10, 7)},
};

constexpr std::array kMakeup = {
    date(2025, 1, 26), date(2025, 2, 8),  date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11), date(2026, 1, 4),
    date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9),  date(2026, 9, 20), date(2026, 10, 10),
};

constexpr std::array<unsigned, 24> kHours = {8,  5,  4,  3,  4,  8,  20, 45, 85, 95, 88, 70,
                                             45, 50, 70, 78, 75, 65, 50, 42, 36, 28, 17, 9};

// Monday first; adds up to seven times the mean.
constexpr std::array<std::int64_t, 7> kWeekdays = {1150, 1080, 1050, 1050, 1030, 840, 800};
constexpr std::int64_t kHolidayDemand = 450;
constexpr std::array<std::int64_t, 3> kAfterHoliday = {1700, 1350, 1150};  // of the day's own

int weekday(Day day) {  // 0 = Monday; 1970-01-01 was a Thursday
  return static_cast<int>(((day + 3) % 7 + 7) % 7);
}

std::chrono::year_month_day civil(Day day) {
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(day)));
}

}  // namespace

Day day_of(Instant time) {
  const std::int64_t local = engine::to_ms(time) + kZoneSeconds * 1000LL;
  return local / kDayMs - (local % kDayMs < 0 ? 1 : 0);
}

Instant begin_of(Day day) {
  return engine::instant(day * kDayMs - kZoneSeconds * 1000LL);
}

int hour_of(Instant time) {
  return static_cast<int>((time - begin_of(day_of(time))) / std::chrono::hours(1));
}

std::string date_text(Day day) {
  const auto at = civil(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(at.year()), static_cast<unsigned>(at.month()),
                     static_cast<unsigned>(at.day()));
}

std::string compact_date(Day day) {
  const auto at = civil(day);
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(at.year()), static_cast<unsigned>(at.month()),
                     static_cast<unsigned>(at.day()));
}

bool is_holiday(Day day) {
  for (const Days& holiday : kHolidays) {
    if (day >= holiday.first && day <= holiday.last) return true;
  }
  return false;
}

bool is_workday(Day day) {
  if (is_holiday(day)) return false;
  if (weekday(day) < 5) return true;
  for (const Day makeup : kMakeup) {
    if (makeup == day) return true;
  }
  return false;
}

std::vector<std::string> holidays_of(int year) {
  std::vector<std::string> all;
  for (const Days& holiday : kHolidays) {
    for (Day day = holiday.first; day <= holiday.last; ++day) {
      if (static_cast<int>(civil(day).year()) == year) all.push_back(date_text(day));
    }
  }
  return all;
}

std::vector<std::string> makeup_workdays_of(int year) {
  std::vector<std::string> all;
  for (const Day day : kMakeup) {
    if (static_cast<int>(civil(day).year()) == year) all.push_back(date_text(day));
  }
  return all;
}

std::int64_t demand(Day day) {
  if (is_holiday(day)) return kHolidayDemand;
  std::int64_t base = kWeekdays[static_cast<std::size_t>(weekday(day))];
  if (!is_workday(day)) return base;
  if (base < 1000) base = 1000;  // a make-up workday
  std::size_t workdays = 0;      // since the last holiday
  for (Day before = day - 1; workdays < kAfterHoliday.size(); --before) {
    if (is_holiday(before)) return base * kAfterHoliday[workdays] / 1000;
    if (is_workday(before)) ++workdays;
  }
  return base;
}

std::span<const unsigned> hours_of_demand() {
  return kHours;
}

Instant in_office_hours(Instant time, Random& random) {
  struct Session {
    std::int64_t from_minute;
    std::int64_t to_minute;
  };
  constexpr std::array kSessions = {Session{8 * 60 + 30, 12 * 60}, Session{14 * 60, 18 * 60}};
  constexpr std::int64_t kWorkOffSeconds = 5400;
  for (Day day = day_of(time);; ++day) {
    if (!is_workday(day)) continue;
    for (const Session& session : kSessions) {
      const Instant open = begin_of(day) + std::chrono::minutes(session.from_minute);
      const Instant close = begin_of(day) + std::chrono::minutes(session.to_minute);
      if (time >= close) continue;
      if (time >= open) return time;
      return open + std::chrono::seconds(random.below(kWorkOffSeconds));
    }
  }
}

}  // namespace ops::simulate
