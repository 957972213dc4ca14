#include "tests/projections/clocks/random_question.h"

#include <algorithm>
#include <set>

namespace calendar_test {
namespace {

using engine::Instant;
using engine::Milliseconds;
using projections::CalendarRules;
using projections::CountFrom;
using projections::LocalDay;
using projections::Pause;
using projections::Season;
using projections::Session;
using projections::TimeUnit;
using support::Random;

constexpr LocalDay kFirst{std::chrono::year(2025) / 6 / 1};
constexpr std::int64_t kStartDays = 300;
constexpr std::int64_t kDayMinutes = 1440;

std::vector<Session> random_sessions(Random& random) {
  if (random.coin()) return projections::default_sessions();
  if (random.per_mille(50)) return {{std::chrono::minutes(0), std::chrono::minutes(kDayMinutes)}};
  std::set<std::int64_t> edges;
  const auto count = 2 * static_cast<std::size_t>(random.between(1, 4));
  const std::int64_t grid = random.coin() ? 30 : 1;
  while (edges.size() < count) edges.insert(random.between(0, kDayMinutes / grid) * grid);
  std::vector<Session> sessions;
  for (auto edge = edges.begin(); edge != edges.end();) {
    const std::chrono::minutes from(*edge++);
    sessions.push_back({from, std::chrono::minutes(*edge++)});
  }
  std::int64_t minutes = 0;
  for (const Session& session : sessions) minutes += (session.to - session.from).count();
  return minutes < 60 ? projections::default_sessions() : sessions;  // else limits would end years later
}

LocalDay random_day(Random& random, std::int64_t days) {
  return kFirst + std::chrono::days(random.between(0, days));
}

// An instant of whole ticks, from `day` on.
Instant random_time(Random& random, const CalendarRules& rules, LocalDay day, Milliseconds tick) {
  const auto at = [&](LocalDay local, std::chrono::minutes minute) {
    return Instant(local.time_since_epoch() + minute - rules.zone);
  };
  if (random.coin()) {
    const Season& season = rules.seasons[random.below(rules.seasons.size())];
    const Session& session = season.sessions[random.below(season.sessions.size())];
    const Instant edge = at(day, random.coin() ? session.from : session.to);
    return edge + tick * random.between(-1, 1);
  }
  return at(day, std::chrono::minutes(0)) + tick * random.between(0, std::chrono::days(1) / tick);
}

TimeUnit random_unit(Random& random, bool on_calendar, bool day) {
  if (on_calendar) return day || random.coin() ? TimeUnit::work_day : TimeUnit::work_hour;
  if (day) return TimeUnit::natural_day;
  switch (random.below(4)) {
    case 0:
      return TimeUnit::second;
    case 1:
      return TimeUnit::minute;
    case 2:
      return TimeUnit::urgent_hour;
    default:
      return TimeUnit::natural_day;
  }
}

std::int64_t random_count(Random& random, TimeUnit unit) {
  if (random.per_mille(30)) return 0;
  switch (unit) {
    case TimeUnit::second:
      return random.between(1, 600) * 60;  // whole ticks
    case TimeUnit::minute:
      return random.between(1, 600);
    case TimeUnit::urgent_hour:
      return random.between(1, 72);
    case TimeUnit::work_hour:
      return random.between(1, 20);
    default:
      return random.per_mille(100) ? random.between(1, 15) : random.between(1, 5);
  }
}

}  // namespace

CalendarRules random_calendar(Random& random) {
  CalendarRules rules;
  if (random.per_mille(200)) rules.zone = std::chrono::minutes(random.between(-14 * 4, 14 * 4) * 15);
  if (random.per_mille(300)) {
    do {
      rules.weekly_days_off = std::bitset<7>(random.below(127));
    } while (rules.weekly_days_off.count() > 5);
  }
  rules.seasons.push_back({kFirst, random_sessions(random)});
  for (std::int64_t more = random.coin() ? random.between(1, 3) : 0; more > 0; --more) {
    rules.seasons.push_back(
        {rules.seasons.back().from + std::chrono::days(random.between(1, 150)), random_sessions(random)});
  }
  std::set<LocalDay> days;
  for (std::int64_t notices = random.between(0, 12); notices > 0; --notices) {
    const LocalDay first = random_day(random, kStartDays + 100);
    const bool off = random.per_mille(700);
    for (std::int64_t i = 0, length = random.between(1, off ? 9 : 2); i < length; ++i) {
      const LocalDay day = first + std::chrono::days(i);
      if (days.insert(day).second) rules.days.push_back({day, off, off ? "holiday" : "make-up"});
    }
  }
  for (std::int64_t ranges = random.between(0, 2); ranges > 0; --ranges) {
    const LocalDay first = random_day(random, kStartDays);
    rules.known.push_back({first, first + std::chrono::days(random.between(0, 300))});
  }
  return rules;
}

Question random_question(Random& random, const CalendarRules& rules, Milliseconds tick) {
  Question question;
  const bool on_calendar = random.per_mille(700);
  question.rules.end_of_day = random.per_mille(250);
  question.rules.count_from = static_cast<CountFrom>(random.coin() ? 0 : random.below(3));
  if (random.per_mille(200)) question.rules.work_day = std::chrono::minutes(random.between(240, 600));
  for (std::int64_t grants = random.coin() ? 1 : random.between(1, 3); grants > 0; --grants) {
    const TimeUnit unit = random_unit(random, on_calendar, question.rules.end_of_day);
    question.grants.push_back({random_count(random, unit), unit});
  }
  const LocalDay day = random_day(random, kStartDays);
  question.start = random_time(random, rules, day, tick);
  for (std::int64_t pauses = random.coin() ? 0 : random.between(1, 4); pauses > 0; --pauses) {
    const LocalDay from = day + std::chrono::days(random.between(-1, 9));
    const LocalDay to = from + std::chrono::days(random.coin() ? random.between(0, 1) : random.between(0, 15));
    Pause pause{random_time(random, rules, from, tick), random_time(random, rules, to, tick)};
    if (random.per_mille(30)) pause.to.reset();
    question.pauses.push_back(pause);
  }
  question.asked = random_time(random, rules, day + std::chrono::days(random.between(0, 12)), tick);
  return question;
}

}  // namespace calendar_test
