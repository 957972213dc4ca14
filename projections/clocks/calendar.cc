#include "projections/clocks/calendar.h"

#include <algorithm>

#include <fmt/format.h>

namespace projections {
namespace {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Milliseconds;
using engine::Result;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMinutes = 1440;
constexpr std::int64_t kFirstMonday = 4;  // 1970-01-05
constexpr std::chrono::seconds kFarthestZone = std::chrono::hours(14);
constexpr LocalDay kFirstNamedDay(std::chrono::year(1900) / 1 / 1);
constexpr LocalDay kLastNamedDay(std::chrono::year(2200) / 12 / 31);

// Days of instants; a zone can put them one day further.
constexpr std::int64_t kLastDay = engine::to_ms(engine::kMaxInstant) / kDayMs + 1;

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {  // REQUIRES: b > 0
  return a / b - (a % b < 0 ? 1 : 0);
}

std::int64_t number(LocalDay day) {
  return day.time_since_epoch().count();
}

std::string text(LocalDay day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string text(const Session& session) {
  const auto from = session.from.count();
  const auto to = session.to.count();
  return fmt::format("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
}

std::unexpected<engine::Error> bad(const std::string& what) {
  return fail(Action::invalid, "working calendar: " + what);
}

bool nameable(LocalDay day) {
  return day >= kFirstNamedDay && day <= kLastNamedDay;
}

Result<> check_sessions(const Season& season) {
  if (season.sessions.empty()) return bad(fmt::format("the season from {} has no sessions", text(season.from)));
  const Session* before = nullptr;
  for (const Session& session : season.sessions) {
    if (session.from.count() < 0 || session.to.count() > kDayMinutes || session.from.count() > kDayMinutes ||
        session.to.count() < 0) {
      return bad("a session leaves the day: it has to lie between 00:00 and 24:00");
    }
    if (session.from >= session.to) {
      return bad(fmt::format("the session {} is empty: it has to end after it begins", text(session)));
    }
    if (before != nullptr && session.from < before->to) {
      return bad(fmt::format("the sessions {} and {} overlap or are out of order", text(*before), text(session)));
    }
    before = &session;
  }
  return {};
}

}  // namespace

std::vector<Session> default_sessions() {
  using std::chrono::hours;
  return {{hours(8), hours(12)}, {hours(14), hours(18)}};
}

Result<WorkingCalendar> WorkingCalendar::make(CalendarRules rules) {
  WorkingCalendar calendar(std::move(rules));
  TRY(calendar.check_and_sort());
  calendar.zone_ms_ = calendar.rules_.zone / Milliseconds(1);
  calendar.index_weeks();
  calendar.index_days();
  calendar.add_hours();
  calendar.index_seasons();
  return calendar;
}

Result<> WorkingCalendar::check_and_sort() {
  if (rules_.zone > kFarthestZone || rules_.zone < -kFarthestZone || rules_.zone.count() % 60 != 0) {
    return bad("the zone has to be whole minutes, within 14 hours of UTC");
  }
  if (rules_.weekly_days_off.all()) return bad("all seven days of the week are off: there is no work day");
  if (rules_.seasons.empty()) return bad("it has no sessions");
  for (std::size_t i = 0; i < rules_.seasons.size(); ++i) {
    const Season& season = rules_.seasons[i];
    if (!nameable(season.from)) return bad("a season begins outside the years 1900 to 2200");
    if (i > 0 && season.from <= rules_.seasons[i - 1].from) {
      return bad(fmt::format("the season from {} comes after that from {}: seasons have to ascend, each on another day",
                             text(season.from), text(rules_.seasons[i - 1].from)));
    }
    TRY(check_sessions(season));
  }
  std::ranges::sort(rules_.days, {}, &NamedDay::day);
  for (std::size_t i = 0; i < rules_.days.size(); ++i) {
    if (!nameable(rules_.days[i].day)) return bad("a named day lies outside the years 1900 to 2200");
    if (i > 0 && rules_.days[i].day == rules_.days[i - 1].day) {
      return bad(fmt::format("{} is named twice", text(rules_.days[i].day)));
    }
  }
  std::erase_if(rules_.known, [](const DayRange& range) { return range.begin >= range.end; });
  std::ranges::sort(rules_.known, {}, &DayRange::begin);
  std::vector<DayRange> joined;
  for (const DayRange& range : rules_.known) {
    if (!joined.empty() && range.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, range.end);
    } else {
      joined.push_back(range);
    }
  }
  rules_.known = std::move(joined);
  return {};
}

void WorkingCalendar::index_weeks() {
  for (std::int64_t i = 0; i < 7; ++i) {
    in_week_before_[static_cast<std::size_t>(i)] = work_days_of_week_;
    const auto sunday_first = static_cast<std::size_t>((i + 1) % 7);
    if (!rules_.weekly_days_off.test(sunday_first)) day_of_week_[static_cast<std::size_t>(work_days_of_week_++)] = i;
  }
  in_week_before_[7] = work_days_of_week_;
}

void WorkingCalendar::index_days() {
  if (!rules_.days.empty()) {
    table_begin_ = number(rules_.days.front().day);
    table_end_ = number(rules_.days.back().day) + 1;
  }
  auto named = rules_.days.begin();
  for (std::int64_t day = table_begin_; day < table_end_; ++day) {
    bool work = !is_weekly_day_off(LocalDay(std::chrono::days(day)));
    if (number(named->day) == day) work = !(named++)->off;
    if (work) day_of_table_.push_back(static_cast<std::int32_t>(day - table_begin_));
    in_table_before_.push_back(static_cast<std::int32_t>(day_of_table_.size()));
  }
  before_table_ = plain_work_days_before(table_begin_);
  after_table_ = before_table_ + in_table_before_.back() - plain_work_days_before(table_end_);
}

void WorkingCalendar::add_hours() {
  for (const Season& season : rules_.seasons) {
    Hours hours{.first_day = number(season.from)};
    for (const Session& session : season.sessions) {
      const std::int64_t from = session.from.count() * kMinuteMs;
      const std::int64_t to = session.to.count() * kMinuteMs;
      hours.stretches.push_back({from, to, hours.ms_of_day});
      hours.ms_of_day += to - from;
    }
    seasons_.push_back(std::move(hours));
  }
}

void WorkingCalendar::index_seasons() {
  for (std::size_t i = 0; i < seasons_.size(); ++i) {
    Hours& hours = seasons_[i];
    hours.work_days_before = work_days_before(hours.first_day);
    if (i == 1) seasons_[0].work_days_before = hours.work_days_before;
    if (i < 2) continue;
    const Hours& last = seasons_[i - 1];
    hours.worked_before = last.worked_before + (hours.work_days_before - last.work_days_before) * last.ms_of_day;
  }
}

// Work days, by weeks alone and as notices have them. Numbers of work days grow from one day to the next, and may be
// negative.

std::int64_t WorkingCalendar::plain_work_days_before(std::int64_t day) const {
  const std::int64_t week = floor_div(day - kFirstMonday, 7);
  const std::int64_t of_week = day - kFirstMonday - week * 7;
  return week * work_days_of_week_ + in_week_before_[static_cast<std::size_t>(of_week)];
}

std::int64_t WorkingCalendar::plain_work_day(std::int64_t number) const {
  const std::int64_t week = floor_div(number, work_days_of_week_);
  return kFirstMonday + week * 7 + day_of_week_[static_cast<std::size_t>(number - week * work_days_of_week_)];
}

std::int64_t WorkingCalendar::work_days_before(std::int64_t day) const {
  if (day < table_begin_) return plain_work_days_before(day);
  if (day >= table_end_) return plain_work_days_before(day) + after_table_;
  return before_table_ + in_table_before_[static_cast<std::size_t>(day - table_begin_)];
}

std::int64_t WorkingCalendar::work_day(std::int64_t number) const {
  if (number < before_table_) return plain_work_day(number);
  const auto of_table = static_cast<std::uint64_t>(number - before_table_);
  if (of_table < day_of_table_.size()) return table_begin_ + day_of_table_[of_table];
  return plain_work_day(number - after_table_);
}

bool WorkingCalendar::works(std::int64_t day) const {
  if (day < table_begin_ || day >= table_end_) return !is_weekly_day_off(LocalDay(std::chrono::days(day)));
  const auto i = static_cast<std::size_t>(day - table_begin_);
  return in_table_before_[i] != in_table_before_[i + 1];
}

// Days and instants.

WorkingCalendar::Place WorkingCalendar::place(Instant time) const {
  const std::int64_t local = engine::to_ms(time) + zone_ms_;
  const std::int64_t day = floor_div(local, kDayMs);
  return {day, local - day * kDayMs};
}

Instant WorkingCalendar::at(std::int64_t day, std::int64_t ms) const {
  return engine::instant(day * kDayMs + ms - zone_ms_);
}

LocalDay WorkingCalendar::day(Instant time) const {
  return LocalDay(std::chrono::days(place(time).day));
}

Instant WorkingCalendar::begin(LocalDay day) const {
  return at(number(day), 0);
}

bool WorkingCalendar::is_work_day(LocalDay day) const {
  return works(number(day));
}

bool WorkingCalendar::is_weekly_day_off(LocalDay day) const {
  const std::int64_t after_monday = number(day) - kFirstMonday;
  const std::int64_t of_week = after_monday - floor_div(after_monday, 7) * 7;
  return rules_.weekly_days_off.test(static_cast<std::size_t>((of_week + 1) % 7));
}

const NamedDay* WorkingCalendar::named(LocalDay day) const {
  const auto found = std::ranges::lower_bound(rules_.days, day, {}, &NamedDay::day);
  return found != rules_.days.end() && found->day == day ? &*found : nullptr;
}

Milliseconds WorkingCalendar::hours_of(LocalDay day) const {
  return Milliseconds(hours(number(day)).ms_of_day);
}

Instant WorkingCalendar::end_of_work(LocalDay day) const {
  return at(number(day), hours(number(day)).stretches.back().to);
}

std::int64_t WorkingCalendar::work_days(LocalDay from, LocalDay to) const {
  return work_days_before(number(to)) - work_days_before(number(from));
}

std::optional<Instant> WorkingCalendar::end_of_work_days(LocalDay first, std::int64_t count) const {
  std::int64_t last = 0;
  if (__builtin_add_overflow(work_days_before(number(first)), count - 1, &last) || last > kLastDay) return std::nullopt;
  return end_of(work_day(last));
}

LocalDay WorkingCalendar::work_day_from(LocalDay day) const {
  return LocalDay(std::chrono::days(work_day(work_days_before(number(day)))));
}

std::optional<LocalDay> WorkingCalendar::first_unknown(LocalDay first, LocalDay last) const {
  for (const DayRange& range : rules_.known) {
    if (first < range.begin) break;
    if (first < range.end) first = range.end;
  }
  if (first > last) return std::nullopt;
  return first;
}

// Working time.

const WorkingCalendar::Hours& WorkingCalendar::hours(std::int64_t day) const {
  std::size_t i = seasons_.size() - 1;
  while (i > 0 && day < seasons_[i].first_day) --i;
  return seasons_[i];
}

namespace {

// What is worked on a day before its millisecond `ms`.
template <class Stretches>
std::int64_t worked_of_day(const Stretches& stretches, std::int64_t ms) {
  std::int64_t worked = 0;
  for (const auto& stretch : stretches) {
    if (ms <= stretch.from) break;
    worked = stretch.before + std::min(ms, stretch.to) - stretch.from;
  }
  return worked;
}

}  // namespace

std::int64_t WorkingCalendar::worked_until(Instant time) const {
  const auto [day, ms] = place(time);
  const Hours& season = hours(day);
  const std::int64_t before =
      season.worked_before + (work_days_before(day) - season.work_days_before) * season.ms_of_day;
  return works(day) ? before + worked_of_day(season.stretches, ms) : before;
}

// The earliest instant at which `worked_ms` of a work day are worked. REQUIRES: 0 < worked_ms <= its hours.
std::optional<Instant> WorkingCalendar::reached(std::int64_t work_day, std::int64_t worked_ms) const {
  if (work_day > kLastDay) return std::nullopt;
  for (const Stretch& stretch : hours(work_day).stretches) {
    const std::int64_t within = worked_ms - stretch.before;
    if (within > stretch.to - stretch.from) continue;
    const Instant time = at(work_day, stretch.from + within);
    if (time > engine::kMaxInstant) return std::nullopt;
    return time;
  }
  CHECK(false);
}

std::optional<Instant> WorkingCalendar::end_of(std::int64_t work_day) const {
  return reached(work_day, hours(work_day).ms_of_day);
}

Milliseconds WorkingCalendar::worked(Instant from, Instant to) const {
  return Milliseconds(worked_until(to) - worked_until(from));
}

Instant WorkingCalendar::next(Instant time) const {
  const auto [day, ms] = place(time);
  if (works(day)) {
    for (const Stretch& stretch : hours(day).stretches) {
      if (ms < stretch.to) return at(day, std::max(ms, stretch.from));
    }
  }
  const std::int64_t later = work_day(work_days_before(day + 1));
  return at(later, hours(later).stretches.front().from);
}

std::optional<Instant> WorkingCalendar::after(Instant from, Milliseconds amount) const {
  std::int64_t target = 0;
  if (__builtin_add_overflow(worked_until(from), amount.count(), &target)) return std::nullopt;
  // What a season's first day begins with was reached on the last day of the season before.
  std::size_t i = seasons_.size() - 1;
  while (i > 0 && target <= seasons_[i].worked_before) --i;
  const Hours& season = seasons_[i];
  const std::int64_t of_season = target - season.worked_before;
  const std::int64_t whole = floor_div(of_season, season.ms_of_day);
  const std::int64_t rest = of_season - whole * season.ms_of_day;
  const std::int64_t number = season.work_days_before + whole;
  return rest == 0 ? end_of(work_day(number - 1)) : reached(work_day(number), rest);
}

}  // namespace projections
