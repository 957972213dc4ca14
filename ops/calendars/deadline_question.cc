#include "ops/calendars/deadline_question.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ops/cli/cli_calendar.h"
#include "ops/cli/cli_time.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Result;
using projections::Grant;
using projections::LimitRules;
using projections::Pause;

constexpr std::string_view kTimeLike = "a time such as 2026-02-13T17:30:00+08:00 or \"2026-02-13 17:30\"";

template <class... Arguments>
std::unexpected<engine::Error> wrong(fmt::format_string<Arguments...> message, Arguments&&... arguments) {
  return fail(Action::invalid, fmt::format(message, std::forward<Arguments>(arguments)...));
}

Result<Instant> time(std::string_view option, std::string_view text) {
  if (const auto given = read_time(text)) return *given;
  return wrong("{} {}: not {}, of the years 1900 to 2200", option, text, kTimeLike);
}

// Which units a word can mean that says no more than hour or day.
std::string_view which_unit(std::string_view text) {
  const auto ends = [&](auto... words) { return (text.ends_with(words) || ...); };
  if (ends("小时", "hour", "hours", "时")) {
    return "; an hour is an urgent_hour (all time) or a work_hour (working time)";
  }
  if (ends("天", "day", "days", "日")) return "; a day is a natural_day (all time) or a work_day (working time)";
  return "";
}

Result<Grant> grant(std::string_view option, std::string_view text) {
  if (const auto grant = read_grant(text)) return *grant;
  return wrong(
      "{} {}: not a whole number and a unit such as \"5 work_day\"; the units are second (秒), minute (分钟), "
      "urgent_hour (紧急工作时), work_hour (工作时), work_day (工作日), natural_day (自然日){}",
      option, text, which_unit(text));
}

Result<Instant> edge_of_pause(const std::string& pause, std::string_view text) {
  if (const auto given = read_time(text)) {
    if (text.find(':') != std::string_view::npos) return *given;
    return wrong(
        "--pause {}: write the time of day as well: {}T08:00 starts with the working day, T00:00 with the calendar day",
        pause, text);
  }
  return wrong("--pause {}: \"{}\" is not {}, of the years 1900 to 2200", pause, text, kTimeLike);
}

Result<Pause> pause(const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) {
    return wrong("--pause {}: not a pause A..B of two times, or A.. for one that has not ended", text);
  }
  const std::string_view all = text;
  Pause pause{};
  pause.from = TRY(edge_of_pause(text, all.substr(0, dots)));
  if (dots + 2 == text.size()) return pause;
  pause.to = TRY(edge_of_pause(text, all.substr(dots + 2)));
  if (*pause.to < pause.from) return wrong("--pause {}: it ends before it begins", text);
  return pause;
}

Result<LimitRules> limit_rules(const DeadlineOptions& options, const std::vector<Grant>& grants) {
  LimitRules rules;
  const auto from = projections::count_from(options.count_from);
  if (!from) return wrong("--count-from {}: not instant, next_day or next_work_day", options.count_from);
  rules.count_from = *from;
  rules.end_of_day = options.end_of_day;
  if (options.hours_per_day.empty()) return rules;
  const auto hours = read_hours(options.hours_per_day);
  if (!hours || hours->count() == 0) {
    return wrong("--hours-per-day {}: not hours such as 8 or 7:30, more than 0 and at most 24", options.hours_per_day);
  }
  if (options.end_of_day) {
    return wrong("--hours-per-day {}: has no effect with --end-of-day, which counts whole days", options.hours_per_day);
  }
  if (std::ranges::find(grants, projections::TimeUnit::work_day, &Grant::unit) == grants.end()) {
    return wrong("--hours-per-day {}: has no effect, because no limit is in work_day", options.hours_per_day);
  }
  rules.work_day = *hours;
  return rules;
}

// A limit is refused for its units alone: they do not go together, or not with the rules.
Result<projections::Limit> limit_of(const std::vector<Grant>& grants, const LimitRules& rules) {
  auto limit = projections::Limit::make(grants, rules);
  if (limit) return limit;
  const bool of_days = std::ranges::all_of(grants, [](const Grant& grant) {
    return grant.unit == projections::TimeUnit::work_day || grant.unit == projections::TimeUnit::natural_day;
  });
  const std::string_view option = rules.end_of_day && !of_days ? "--end-of-day"
                                  : grants.size() > 1          ? "--limit, --extend"
                                                               : "--limit";
  return wrong("{}: {}", option, limit.error().message);
}

}  // namespace

Result<DeadlineQuestion> understand(const DeadlineOptions& options, const Holidays& holidays) {
  const Instant start = TRY(time("--start", options.start));
  std::vector<Grant> grants;
  grants.push_back(TRY(grant("--limit", options.limit)));
  for (const std::string& text : options.extensions) grants.push_back(TRY(grant("--extend", text)));
  std::vector<Pause> pauses;
  for (const std::string& text : options.pauses) pauses.push_back(TRY(pause(text)));
  std::optional<Instant> at;
  if (!options.at.empty()) at = TRY(time("--at", options.at));
  const LimitRules rules = TRY(limit_rules(options, grants));
  const auto limit = TRY(limit_of(grants, rules));
  auto calendar = TRY(working_calendar(options.sessions, options.days_off, holidays));
  return DeadlineQuestion{.start = start,
                          .grants = std::move(grants),
                          .limit = limit,
                          .pauses = projections::Pauses(std::move(pauses)),
                          .at = at,
                          .calendar = std::move(calendar)};
}

}  // namespace ops
