#include "ops/calendars/calendar_event.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ops/cli/limit_text.h"

namespace ops {
namespace {

using projections::DayRange;
using topics::Field;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

std::string session_text(const projections::Session& session) {
  const auto from = session.from.count();
  const auto to = session.to.count();
  return fmt::format("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
}

std::vector<std::string> texts(const std::vector<projections::Session>& sessions) {
  std::vector<std::string> all;
  for (const projections::Session& session : sessions) all.push_back(session_text(session));
  return all;
}

// "2026-01-01 2026-11-30": first and last day. Ranges that touch are told as one.
std::vector<std::string> texts(std::vector<DayRange> ranges) {
  std::ranges::sort(ranges, {}, &DayRange::begin);
  std::vector<DayRange> joined;
  for (const DayRange& range : ranges) {
    if (!joined.empty() && range.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, range.end);
    } else {
      joined.push_back(range);
    }
  }
  std::vector<std::string> all;
  for (const DayRange& range : joined) {
    all.push_back(day_text(range.begin) + " " + day_text(range.end - std::chrono::days(1)));
  }
  return all;
}

}  // namespace

void put_calendar(topics::FieldWriter& fields, const projections::CalendarRules& rules) {
  fields.strings(Field::sessions, texts(rules.seasons.front().sessions));
  std::vector<std::string> seasons;
  for (std::size_t i = 1; i < rules.seasons.size(); ++i) {
    const projections::Season& season = rules.seasons[i];
    seasons.push_back(fmt::format("{} {}", day_text(season.from), fmt::join(texts(season.sessions), " ")));
  }
  if (!seasons.empty()) fields.strings(Field::seasons, seasons);
  std::vector<std::string> weekly;
  for (std::size_t i = 0; i < kWeekdays.size(); ++i) {
    if (rules.weekly_days_off.test(i)) weekly.emplace_back(kWeekdays[i]);
  }
  fields.strings(Field::weekly_days_off, weekly);
  std::vector<std::string> off;
  std::vector<std::string> on;
  for (const projections::NamedDay& day : rules.days) {
    (day.off ? off : on).push_back(day_text(day.day) + (day.name.empty() ? "" : " ") + day.name);
  }
  if (!off.empty()) fields.strings(Field::days_off, off);
  if (!on.empty()) fields.strings(Field::days_on, on);
  if (!rules.known.empty()) fields.strings(Field::known, texts(rules.known));
}

}  // namespace ops
