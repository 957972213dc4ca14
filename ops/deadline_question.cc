#include "ops/deadline_question.h"

#include <array>
#include <bitset>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ops/given_time.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Result;
using projections::CalendarRules;
using projections::Grant;
using projections::LimitRules;
using projections::Pause;
using projections::Season;

constexpr projections::LocalDay kBeforeAllSeasons{std::chrono::year(1900) / 1 / 1};
constexpr std::string_view kTimeLike = "a time such as 2026-02-13T17:30:00+08:00 or \"2026-02-13 17:30\"";

template <class... Arguments>
std::unexpected<engine::Error> wrong(fmt::format_string<Arguments...> message, Arguments&&... arguments) {
  return fail(Action::invalid, fmt::format(message, std::forward<Arguments>(arguments)...));
}

// Times of one question: whether one of them was without a zone is told once.
class Times {
 public:
  Result<Instant> read(std::string_view option, std::string_view text) {
    const auto given = read_time(text);
    if (!given) return wrong("{} {}: not {}, of the years 1900 to 2200", option, text, kTimeLike);
    zone_left_out_ |= !given->has_zone;
    return given->time;
  }
  bool zone_left_out() const { return zone_left_out_; }

 private:
  bool zone_left_out_ = false;
};

Result<Grant> grant(std::string_view option, std::string_view text) {
  if (const auto grant = read_grant(text)) return *grant;
  return wrong(
      "{} {}: not a whole number and a unit such as \"5 work_day\"; the units are minute, urgent_hour, work_hour, "
      "work_day, natural_day",
      option, text);
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
      return wrong("--sessions {}: all but the first need the day from which they hold, such as 2026-06-01={}", text,
                   text);
    }
    if (given->from && seasons.empty()) seasons.push_back({kBeforeAllSeasons, projections::default_sessions()});
    seasons.push_back({given->from.value_or(kBeforeAllSeasons), given->sessions});
  }
  if (seasons.empty()) seasons.push_back({kBeforeAllSeasons, projections::default_sessions()});
  return seasons;
}

Result<std::bitset<7>> days_off(std::string_view text) {
  constexpr std::array<std::string_view, 7> kNames = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  std::bitset<7> days;
  if (text == "none") return days;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::size_t i = 0;
    while (i < kNames.size() && kNames[i] != text.substr(0, comma)) ++i;
    if (i == kNames.size()) {
      return wrong("--days-off: {} is no day of the week; write sat,sun, or none", text.substr(0, comma));
    }
    days.set(i);
    if (comma == text.size()) return days;
    text.remove_prefix(comma + 1);
  }
}

Result<Pause> pause(Times& times, const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) {
    return wrong("--pause {}: not a pause A..B of two times, or A.. for one that has not ended", text);
  }
  const Instant from = TRY(times.read("--pause", text.substr(0, dots)));
  Pause pause{from, std::nullopt};
  if (dots + 2 == text.size()) return pause;
  pause.to = TRY(times.read("--pause", text.substr(dots + 2)));
  if (*pause.to < pause.from) return wrong("--pause {}: it ends before it begins", text);
  return pause;
}

Result<LimitRules> limit_rules(const DeadlineOptions& options) {
  LimitRules rules;
  const auto from = projections::count_from(options.count_from);
  if (!from) return wrong("--count-from {}: not instant, next_day or next_work_day", options.count_from);
  rules.count_from = *from;
  rules.end_of_day = options.end_of_day;
  if (!options.hours_per_day.empty()) {
    const auto hours = read_hours(options.hours_per_day);
    if (!hours) return wrong("--hours-per-day {}: not hours such as 8 or 7:30, up to 24", options.hours_per_day);
    rules.work_day = *hours;
  }
  return rules;
}

}  // namespace

Result<DeadlineQuestion> understand(const DeadlineOptions& options, const Holidays& holidays) {
  Times times;
  const Instant start = TRY(times.read("--start", options.start));
  std::vector<Grant> grants;
  grants.push_back(TRY(grant("--limit", options.limit)));
  for (const std::string& text : options.extensions) grants.push_back(TRY(grant("--extend", text)));
  std::vector<Pause> pauses;
  for (const std::string& text : options.pauses) pauses.push_back(TRY(pause(times, text)));
  std::optional<Instant> at;
  if (!options.at.empty()) at = TRY(times.read("--at", options.at));
  CalendarRules rules{.zone = kZoneOfChina, .days = holidays.days(), .known = holidays.known()};
  rules.seasons = TRY(seasons(options.sessions));
  if (!options.days_off.empty()) rules.weekly_days_off = TRY(days_off(options.days_off));
  const LimitRules how = TRY(limit_rules(options));
  const auto limit = TRY(projections::Limit::make(grants, how));
  auto calendar = TRY(projections::WorkingCalendar::make(std::move(rules)));
  return DeadlineQuestion{.start = start,
                          .grants = std::move(grants),
                          .limit = limit,
                          .pauses = projections::Pauses(std::move(pauses)),
                          .at = at,
                          .zone_left_out = times.zone_left_out(),
                          .calendar = std::move(calendar)};
}

}  // namespace ops
