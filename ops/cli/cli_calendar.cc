#include "ops/cli/cli_calendar.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <string_view>

#include <fmt/format.h>

#include "ops/cli/cli_time.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;
using projections::CalendarRules;
using projections::Season;

constexpr projections::LocalDay kBeforeAllSeasons{std::chrono::year(1900) / 1 / 1};

template <class... Arguments>
std::unexpected<engine::Error> wrong(fmt::format_string<Arguments...> message, Arguments&&... arguments) {
  return fail(Action::invalid, fmt::format(message, std::forward<Arguments>(arguments)...));
}

Result<std::vector<Season>> seasons(const std::vector<std::string>& options) {
  std::vector<Season> seasons;
  for (const std::string& text : options) {
    const auto given = read_sessions(text);
    if (!given) {
      return wrong(
          "--sessions {}: not sessions such as 08:00-12:00,14:00-18:00, or from a day on "
          "2026-06-01=08:00-12:00,15:00-18:00",
          text);
    }
    if (!given->from && !seasons.empty()) {
      return wrong("--sessions {}: all but the first need the day from which they apply, such as 2026-06-01={}", text,
                   text);
    }
    if (given->from && seasons.empty()) seasons.push_back({kBeforeAllSeasons, projections::default_sessions()});
    seasons.push_back({given->from.value_or(kBeforeAllSeasons), given->sessions});
  }
  if (seasons.empty()) seasons.push_back({kBeforeAllSeasons, projections::default_sessions()});
  return seasons;
}

Result<std::bitset<7>> weekly_days_off(std::string_view text) {
  constexpr std::array<std::string_view, 7> kNames = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  std::bitset<7> days;
  if (text == "none") return days;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::size_t i = 0;
    while (i < kNames.size() && kNames[i] != text.substr(0, comma)) ++i;
    if (i == kNames.size()) {
      return wrong("--days-off: {} is not a day of the week; write sat,sun, or none", text.substr(0, comma));
    }
    days.set(i);
    if (comma == text.size()) return days;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::optional<std::vector<std::string>> holiday_places(const std::vector<std::string>& given) {
  if (given.empty()) return std::vector<std::string>{std::string(kShippedHolidays)};
  if (given.size() > 1 && std::ranges::find(given, kNoHolidays) != given.end()) return std::nullopt;
  return given;
}

Result<projections::WorkingCalendar> working_calendar(const std::vector<std::string>& sessions,
                                                      const std::string& days_off, const Holidays& holidays) {
  CalendarRules rules{.zone = kZoneOfChina, .days = holidays.days(), .known = holidays.known()};
  rules.seasons = TRY(seasons(sessions));
  if (!days_off.empty()) rules.weekly_days_off = TRY(weekly_days_off(days_off));
  const bool never = rules.weekly_days_off.all();
  bool night = false;
  for (const Season& season : rules.seasons) {
    for (const projections::Session& session : season.sessions) night |= session.from > session.to;
  }
  auto calendar = projections::WorkingCalendar::make(std::move(rules));
  if (calendar) return calendar;
  return wrong("{}: {}{}", never ? "--days-off" : "--sessions", calendar.error().message,
               night ? "; a night shift is two sessions, such as 00:00-06:00,22:00-24:00" : "");
}

}  // namespace ops
