#include "projections/rules/calendar_event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "topics/codec/civil_time.h"

namespace projections {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;
using std::chrono::minutes;
using topics::Event;
using topics::Field;

constexpr LocalDay kFirstSeason(std::chrono::year(1900) / 1 / 1);
constexpr std::string_view kSessionLike = "\"08:00-12:00\"";

// In the order of std::chrono::weekday::c_encoding().
constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

template <class... Arguments>
std::unexpected<engine::Error> wrong(Field field, fmt::format_string<Arguments...> what, Arguments&&... arguments) {
  return fail(Action::invalid,
              fmt::format("{}: {}", topics::name(field), fmt::format(what, std::forward<Arguments>(arguments)...)));
}

std::optional<Session> read_session(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const auto from = topics::parse_time_of_day(text.substr(0, 5));
  const auto to = topics::parse_time_of_day(text.substr(6));
  if (!from || !to) return std::nullopt;
  return Session{*from, *to};
}

// What stands before the first blank of `text`, which is left with what comes after it.
std::string_view take_word(std::string_view& text) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, blank);
  text.remove_prefix(std::min(blank + 1, text.size()));
  return word;
}

Result<std::chrono::seconds> read_zone(const Event& event) {
  const std::string_view given = event.text(Field::zone).value_or("+08:00");
  const auto offset = given.size() == 6 ? topics::parse_time_of_day(given.substr(1)) : std::nullopt;
  if (!offset || (given[0] != '+' && given[0] != '-')) {
    return wrong(Field::zone, "'{}' is not hours and minutes east or west of UTC, as \"+08:00\"", given);
  }
  return given[0] == '-' ? -*offset : *offset;
}

Result<std::vector<Session>> read_sessions(const Event& event) {
  if (!event.has(Field::sessions)) return default_sessions();
  std::vector<Session> all;
  for (const std::string_view given : event.strings(Field::sessions)) {
    const auto session = read_session(given);
    if (!session) return wrong(Field::sessions, "'{}' is not written as {}", given, kSessionLike);
    all.push_back(*session);
  }
  return all;
}

Result<Season> read_season(std::string_view given) {
  std::string_view rest = given;
  const auto from = topics::parse_local_day(take_word(rest));
  if (!from) return wrong(Field::seasons, "'{}' does not begin with a date as 2026-05-01", given);
  Season season{*from, {}};
  while (!rest.empty()) {
    const auto session = read_session(take_word(rest));
    if (!session) {
      return wrong(Field::seasons, "'{}' does not go on with sessions as {}, a blank between them", given,
                   kSessionLike);
    }
    season.sessions.push_back(*session);
  }
  return season;
}

Result<std::bitset<7>> read_weekly_days_off(const Event& event) {
  if (!event.has(Field::weekly_days_off)) return CalendarRules{}.weekly_days_off;
  std::bitset<7> days;
  for (const std::string_view given : event.strings(Field::weekly_days_off)) {
    const auto found = std::ranges::find(kWeekdays, given);
    if (found == kWeekdays.end()) {
      return wrong(Field::weekly_days_off, "'{}' is not one of {}", given, fmt::join(kWeekdays, ", "));
    }
    days.set(static_cast<std::size_t>(found - kWeekdays.begin()));
  }
  return days;
}

Result<> read_named_days(const Event& event, Field field, bool off, std::vector<NamedDay>& into) {
  for (const std::string_view given : event.strings(field)) {
    std::string_view rest = given;
    const auto day = topics::parse_local_day(take_word(rest));
    if (!day) return wrong(field, "'{}' does not begin with a date, as \"2026-10-01 国庆节\"", given);
    into.push_back({*day, off, std::string(rest)});
  }
  return {};
}

Result<std::vector<DayRange>> read_known(const Event& event) {
  std::vector<DayRange> all;
  for (const std::string_view given : event.strings(Field::known)) {
    std::string_view rest = given;
    const auto first = topics::parse_local_day(take_word(rest));
    const auto last = topics::parse_local_day(rest);
    if (!first || !last) return wrong(Field::known, "'{}' is not two dates, as \"2026-01-01 2026-11-30\"", given);
    if (*last < *first) return wrong(Field::known, "'{}' ends before it begins", given);
    all.push_back({*first, *last + std::chrono::days(1)});
  }
  return all;
}

}  // namespace

Result<CalendarVersion> read_calendar(const Event& event, engine::Instant in_force) {
  CalendarRules rules;
  rules.zone = TRY(read_zone(event));
  rules.seasons.push_back({kFirstSeason, TRY(read_sessions(event))});
  for (const std::string_view given : event.strings(Field::seasons)) rules.seasons.push_back(TRY(read_season(given)));
  rules.weekly_days_off = TRY(read_weekly_days_off(event));
  TRY(read_named_days(event, Field::days_off, true, rules.days));
  TRY(read_named_days(event, Field::days_on, false, rules.days));
  rules.known = TRY(read_known(event));
  return CalendarVersion{.id = std::string(event.subject()),
                         .version = std::string(event.text(Field::version).value_or("")),
                         .in_force = in_force,
                         .calendar = TRY(WorkingCalendar::make(std::move(rules)))};
}

}  // namespace projections
