#include "projections/rules/policy_event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace projections {
namespace {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Milliseconds;
using engine::Result;
using topics::Event;
using topics::Field;
using topics::Reason;
using topics::Rejection;

constexpr std::size_t kMaxRungs = 64;
constexpr std::int64_t kMaxDays = 36'600;  // 100 years
constexpr std::string_view kUnits = "second, minute, urgent_hour, work_hour, work_day, natural_day";

template <class... Arguments>
std::unexpected<engine::Error> wrong(Field field, fmt::format_string<Arguments...> what, Arguments&&... arguments) {
  return fail(Action::invalid,
              fmt::format("{}: {}", topics::name(field), fmt::format(what, std::forward<Arguments>(arguments)...)));
}

std::string text_of(const Event& event, Field field) {
  return std::string(event.text(field).value_or(""));
}

bool on_calendar(TimeUnit unit) {
  return unit == TimeUnit::work_hour || unit == TimeUnit::work_day;
}

bool is_day(TimeUnit unit) {
  return unit == TimeUnit::natural_day || unit == TimeUnit::work_day;
}

// How long a grant is when a work day has `work_day`. REQUIRES: it is of 100 years at most.
Milliseconds length(const Grant& grant, Milliseconds work_day) {
  switch (grant.unit) {
    case TimeUnit::second:
      return std::chrono::seconds(grant.count);
    case TimeUnit::minute:
      return std::chrono::minutes(grant.count);
    case TimeUnit::urgent_hour:
    case TimeUnit::work_hour:
      return std::chrono::hours(grant.count);
    case TimeUnit::natural_day:
      return std::chrono::days(grant.count);
    case TimeUnit::work_day:
      return grant.count * work_day;
  }
  CHECK(false);
}

// More than nothing, and 100 years at most.
bool is_sensible(const Grant& grant) {
  constexpr std::int64_t kMaxSeconds = kMaxDays * 86'400;
  return grant.count > 0 && grant.count <= kMaxSeconds &&
         length(grant, std::chrono::days(1)) <= Milliseconds(std::chrono::days(kMaxDays));
}

Result<Grant> read_grant(Field field, std::string_view given) {
  const auto grant = parse_grant(given);
  if (!grant) {
    return wrong(field, "'{}' is not a number, one blank and a unit, as \"5 work_day\"; the units are {}", given,
                 kUnits);
  }
  if (!is_sensible(*grant)) return wrong(field, "'{}' is not above 0 and 100 years at most", given);
  return *grant;
}

// In the order of the enum, `usual` left out.
constexpr std::array<std::string_view, 5> kStarts = {"opened", "accepted", "sent", "handled", "closed"};

// The last one that comes before what the clock waits for; usual when it is started by an event of its own.
ClockStart last_start(ClockKind clock) {
  switch (clock) {
    case ClockKind::registration:
      return ClockStart::opened;
    case ClockKind::sign:
    case ClockKind::contact:
    case ClockKind::arrive:
    case ClockKind::handle:
      return ClockStart::sent;
    case ClockKind::check:
    case ClockKind::close:
      return ClockStart::handled;
    case ClockKind::callback:
      return ClockStart::closed;
    case ClockKind::appeal:
    case ClockKind::report_in:
    case ClockKind::supervise:
    case ClockKind::urge:
      return ClockStart::usual;
  }
  CHECK(false);
}

Result<ClockStart> read_start(const Event& event, ClockKind clock) {
  const auto given = event.text(Field::start);
  if (!given) return ClockStart::usual;
  const auto found = std::ranges::find(kStarts, *given);
  if (found == kStarts.end()) {
    return wrong(Field::start, "'{}' is not one of {}", *given, fmt::join(kStarts, ", "));
  }
  const auto start = static_cast<ClockStart>(found - kStarts.begin() + 1);
  if (start > last_start(clock)) {
    return wrong(Field::start, "a {} clock cannot start when it is {}", name(clock), *given);
  }
  return start;
}

Result<ClockKind> read_clock(const Event& event) {
  const std::string_view given = event.text(Field::clock).value_or("");
  if (const auto clock = find_clock(given)) return *clock;
  std::array<std::string_view, kClockKinds> names;
  for (std::size_t i = 0; i < kClockKinds; ++i) names[i] = name(static_cast<ClockKind>(i));
  return wrong(Field::clock, "'{}' is not one of {}", given, fmt::join(names, ", "));
}

Result<Grant> read_budget(const Event& event) {
  const auto limit = event.text(Field::limit);
  const auto seconds = event.integer(Field::limit_seconds);
  if (limit && seconds) return wrong(Field::limit, "limit_seconds says it, too: there has to be one of them");
  if (limit) return read_grant(Field::limit, *limit);
  if (!seconds) return wrong(Field::limit, "is missing, and so is limit_seconds: there has to be one of them");
  const Grant budget{*seconds, TimeUnit::second};
  if (!is_sensible(budget)) return wrong(Field::limit_seconds, "{} is not above 0 and 100 years at most", *seconds);
  return budget;
}

Result<LimitRules> read_rules(const Event& event, const Grant& budget) {
  LimitRules rules;
  if (const auto given = event.text(Field::count_from)) {
    const auto from = count_from(*given);
    if (!from) return wrong(Field::count_from, "'{}' is not one of instant, next_day, next_work_day", *given);
    rules.count_from = *from;
  }
  rules.end_of_day = event.boolean(Field::end_of_day).value_or(false);
  if (rules.end_of_day && !is_day(budget.unit)) {
    return wrong(Field::end_of_day, "a limit of {} is not one in days: use work_day or natural_day", text(budget));
  }
  if (const auto minutes = event.integer(Field::work_day_minutes)) {
    if (*minutes < 1 || *minutes > 1440) return wrong(Field::work_day_minutes, "{} is not 1 to 1440", *minutes);
    rules.work_day = std::chrono::minutes(*minutes);
  }
  return rules;
}

Result<std::vector<std::string_view>> rungs(const Event& event, Field field) {
  std::vector<std::string_view> all = event.strings(field);
  if (all.size() > kMaxRungs) return wrong(field, "has {} strings, and {} at most are read", all.size(), kMaxRungs);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (std::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i]) !=
        all.begin() + static_cast<std::ptrdiff_t>(i)) {
      return wrong(field, "'{}' is there twice", all[i]);
    }
  }
  return all;
}

// Of the limit's measure.
Result<Grant> read_rung(Field field, std::string_view given, const Grant& budget) {
  const Grant grant = TRY(read_grant(field, given));
  if (on_calendar(grant.unit) != on_calendar(budget.unit)) {
    const auto measure = [](const Grant& of) { return on_calendar(of.unit) ? "working time" : "all time"; };
    return wrong(field, "'{}' counts {}, and the limit of {} counts {}", given, measure(grant), text(budget),
                 measure(budget));
  }
  return grant;
}

Result<std::vector<WarnRung>> read_warnings(const Event& event, const Grant& budget) {
  std::vector<WarnRung> all;
  for (const std::string_view given : TRY(rungs(event, Field::warn))) {
    if (!given.ends_with('%')) {
      all.push_back({.percent = 0, .before = TRY(read_rung(Field::warn, given, budget))});
      continue;
    }
    std::int64_t percent = 0;
    const char* const sign = given.data() + given.size() - 1;
    const auto [end, error] = std::from_chars(given.data(), sign, percent);
    if (error != std::errc() || end != sign || percent < 1 || percent > 99) {
      return wrong(Field::warn, "'{}' is not a share of 1% to 99%", given);
    }
    all.push_back({.percent = percent, .before = {}});
  }
  const std::int64_t seconds = event.integer(Field::warn_seconds).value_or(0);
  if (seconds == 0) return all;
  if (event.has(Field::warn)) return wrong(Field::warn, "warn_seconds says it, too: there can be one of them");
  const Grant before{seconds, TimeUnit::second};
  if (!is_sensible(before)) return wrong(Field::warn_seconds, "{} is not above 0 and below the limit", seconds);
  if (on_calendar(budget.unit)) {
    return wrong(Field::warn_seconds, "counts all time, and the limit of {} working time: use warn", text(budget));
  }
  all.push_back({.percent = 0, .before = before});
  return all;
}

// "4 work_hour street leader", "then 1 work_day district": [then] number unit level [role].
Result<EscalationRung> read_escalation(std::string_view given, const Grant& budget) {
  constexpr std::string_view kThen = "then ";
  EscalationRung rung;
  std::string_view rest = given;
  rung.after_previous = rest.starts_with(kThen);
  if (rung.after_previous) rest.remove_prefix(kThen.size());
  const std::size_t number = rest.find(' ');
  const std::size_t unit = number == std::string_view::npos ? number : rest.find(' ', number + 1);
  if (unit == std::string_view::npos) {
    return wrong(Field::escalate,
                 "'{}' is not a time and a level of areas, with a role or without, as \"4 work_hour street leader\" or "
                 "\"then 1 work_day district\"",
                 given);
  }
  rung.after = TRY(read_rung(Field::escalate, rest.substr(0, unit), budget));
  rest.remove_prefix(unit + 1);
  const std::size_t blank = std::min(rest.find(' '), rest.size());
  rung.level = rest.substr(0, blank);
  if (blank < rest.size()) rung.role = rest.substr(blank + 1);
  const bool role = rung.role.empty() ? blank == rest.size() : is_identifier(rung.role);
  if (!is_identifier(rung.level) || !role) {
    return wrong(Field::escalate, "'{}' names no level, or no role after a blank", given);
  }
  return rung;
}

Result<std::vector<EscalationRung>> read_escalations(const Event& event, const Grant& budget) {
  std::vector<EscalationRung> all;
  std::set<std::pair<std::string, std::string>> told;
  for (const std::string_view given : TRY(rungs(event, Field::escalate))) {
    EscalationRung rung = TRY(read_escalation(given, budget));
    if (rung.after_previous && all.empty()) return wrong(Field::escalate, "'{}' has no rung before it", given);
    if (!told.emplace(rung.level, rung.role).second) {
      return wrong(Field::escalate, "'{}' goes to {}{}{} a second time: a cycle of escalations", given, rung.level,
                   rung.role.empty() ? "" : " ", rung.role);
    }
    all.push_back(std::move(rung));
  }
  return all;
}

// Absent, or none or more.
Result<std::optional<std::int64_t>> read_count(const Event& event, Field field) {
  const auto count = event.integer(field);
  if (count && (*count < 0 || *count > kMaxDays)) return wrong(field, "{} is not 0 to {}", *count, kMaxDays);
  return count;
}

bool needs_calendar(const Policy& policy) {
  return on_calendar(policy.budget.unit) || policy.rules.end_of_day || policy.rules.count_from != CountFrom::instant;
}

}  // namespace

Result<Policy> read_policy(const Event& event, Instant in_force) {
  Policy policy{.id = std::string(event.subject()), .version = text_of(event, Field::version), .in_force = in_force};
  policy.clock = TRY(read_clock(event));
  policy.category = text_of(event, Field::category);
  policy.condition = text_of(event, Field::condition);
  policy.kind = text_of(event, Field::kind);
  policy.channel = text_of(event, Field::channel);
  policy.area = text_of(event, Field::area);
  policy.level = text_of(event, Field::level);
  policy.priority = event.integer(Field::priority).value_or(0);
  if (policy.priority < 0) return wrong(Field::priority, "{} is below 0: nothing can match it", policy.priority);
  if (policy.category.empty() && !policy.condition.empty()) {
    return wrong(Field::condition, "'{}' is one of a category, and there is none: nothing can match it",
                 policy.condition);
  }
  policy.start = TRY(read_start(event, policy.clock));
  policy.budget = TRY(read_budget(event));
  policy.rules = TRY(read_rules(event, policy.budget));
  policy.limit = TRY(Limit::make({&policy.budget, 1}, policy.rules));
  policy.calendar = text_of(event, Field::calendar);
  if (policy.calendar.empty() && needs_calendar(policy)) {
    return wrong(Field::calendar, "is missing: a limit in working time, end_of_day and count_from need one");
  }
  policy.warn = TRY(read_warnings(event, policy.budget));
  policy.escalate = TRY(read_escalations(event, policy.budget));
  policy.rebase = event.boolean(Field::rebase).value_or(false);
  policy.max_extensions = TRY(read_count(event, Field::max_extensions));
  policy.extension_approvals = TRY(read_count(event, Field::extension_approvals)).value_or(0);
  policy.max_suspensions = TRY(read_count(event, Field::max_suspensions));
  policy.max_suspension_days = TRY(read_count(event, Field::max_suspension_days));
  policy.suspension_approvals = TRY(read_count(event, Field::suspension_approvals)).value_or(0);
  return policy;
}

namespace {

template <class... Arguments>
Rejection no(Reason reason, Field field, fmt::format_string<Arguments...> what, Arguments&&... arguments) {
  return {reason, wrong(field, what, std::forward<Arguments>(arguments)...).error().message};
}

std::optional<Rejection> unknown_target(const Policy& policy, const PolicyWorld& world) {
  constexpr Reason kUnknown = Reason::unknown_target;
  if (!policy.calendar.empty() && world.calendars.find(policy.calendar, policy.in_force) == nullptr) {
    return no(kUnknown, Field::calendar, "calendar {} is not published", policy.calendar);
  }
  if (!policy.category.empty() && !world.categories.empty() && !world.categories.contains(policy.category)) {
    return no(kUnknown, Field::category, "category {} is not registered: nothing can match it", policy.category);
  }
  if (!policy.area.empty() && world.areas.area(policy.area) == nullptr && world.areas.retired(policy.area) == nullptr) {
    return no(kUnknown, Field::area, "area {} is not registered: nothing can match it", policy.area);
  }
  if (!policy.level.empty() && !world.areas.has_level(policy.level)) {
    return no(kUnknown, Field::level, "no area has the level {}: nothing can match it", policy.level);
  }
  for (const EscalationRung& rung : policy.escalate) {
    if (!world.areas.has_level(rung.level)) {
      return no(kUnknown, Field::escalate, "no area has the level {}: nobody would be told", rung.level);
    }
  }
  return std::nullopt;
}

// The hours that a work day of the policy may have.
std::vector<Milliseconds> work_days(const Policy& policy, const PolicyWorld& world) {
  if (policy.rules.work_day) return {*policy.rules.work_day};
  const CalendarVersion* calendar = world.calendars.find(policy.calendar, policy.in_force);
  if (calendar == nullptr) return {std::chrono::days(1)};
  std::vector<Milliseconds> all;
  for (const Season& season : calendar->calendar.rules().seasons) {
    all.push_back(calendar->calendar.hours_of(season.from));
  }
  return all;
}

// How much of the limit is used when the rung comes up.
Milliseconds used(const WarnRung& rung, Milliseconds limit, Milliseconds work_day) {
  return rung.percent != 0 ? limit * rung.percent / 100 : limit - length(rung.before, work_day);
}

std::optional<Rejection> refuse_rungs(const Policy& policy, Milliseconds work_day) {
  const Milliseconds limit = length(policy.budget, work_day);
  for (const WarnRung& rung : policy.warn) {
    if (used(rung, limit, work_day) > Milliseconds(0) || rung.percent != 0) continue;
    return no(Reason::wrong_type, Field::warn, "{} before it is due is not below the limit of {}", text(rung.before),
              text(policy.budget));
  }
  Milliseconds before(0);
  for (const EscalationRung& rung : policy.escalate) {
    const Milliseconds at = length(rung.after, work_day) + (rung.after_previous ? before : Milliseconds(0));
    if (at < before) {
      return no(Reason::wrong_type, Field::escalate, "{} to {} comes before the rung that stands before it",
                text(rung.after), rung.level);
    }
    before = at;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> settle(Policy& policy, const PolicyWorld& world) {
  if (auto refused = unknown_target(policy, world)) return refused;
  const std::vector<Milliseconds> days = work_days(policy, world);
  for (const Milliseconds work_day : days) {
    if (auto refused = refuse_rungs(policy, work_day)) return refused;
  }
  const Milliseconds limit = length(policy.budget, days.front());
  std::ranges::stable_sort(policy.warn, {}, [&](const WarnRung& rung) { return used(rung, limit, days.front()); });
  return std::nullopt;
}

}  // namespace projections
