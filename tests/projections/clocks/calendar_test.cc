#include "projections/clocks/calendar.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>

#include "tests/projections/clocks/china.h"
#include "tests/projections/clocks/random_question.h"
#include "tests/support/random.h"

namespace calendar_test {
namespace {

using engine::Instant;
using projections::CalendarRules;
using projections::LocalDay;
using projections::Session;
using projections::WorkingCalendar;
using std::chrono::hours;
using std::chrono::minutes;

TEST(WorkingCalendar, CountsWorkDaysOfAYearWithItsNotices) {
  const WorkingCalendar calendar = china();
  EXPECT_EQ(calendar.work_days(day("2026-02-09"), day("2026-03-02")), 5 + 1 + 0 + 4 + 1);
  EXPECT_TRUE(calendar.is_work_day(day("2026-02-14")));
  EXPECT_FALSE(calendar.is_work_day(day("2026-02-16")));
  EXPECT_FALSE(calendar.is_work_day(day("2026-03-01")));
  EXPECT_EQ(calendar.named(day("2026-02-16"))->name, "春节");
  EXPECT_EQ(calendar.named(day("2026-03-02")), nullptr);
}

TEST(WorkingCalendar, GoesByTheWeekFarFromAllNotices) {
  const WorkingCalendar calendar = china();
  EXPECT_EQ(calendar.work_days(day("1970-01-01"), day("1970-01-08")), 5);
  EXPECT_EQ(calendar.work_days(day("2030-01-01"), day("2037-01-01")) +
                calendar.work_days(day("2037-01-01"), day("2100-01-01")),
            calendar.work_days(day("2030-01-01"), day("2100-01-01")));
  EXPECT_EQ(show(*calendar.after(at("2150-03-02 17:00"), hours(2))), "2150-03-03T09:00:00+08:00");
}

TEST(WorkingCalendar, TimeIsReachedAtTheEndOfASessionNotAtTheBeginOfTheNext) {
  const WorkingCalendar calendar = china();
  EXPECT_EQ(show(*calendar.after(at("2026-03-02 08:00"), hours(4))), "2026-03-02T12:00:00+08:00");
  EXPECT_EQ(show(*calendar.after(at("2026-03-02 08:00"), hours(8))), "2026-03-02T18:00:00+08:00");
  EXPECT_EQ(show(calendar.next(at("2026-03-02 12:00"))), "2026-03-02T14:00:00+08:00");
  EXPECT_EQ(show(calendar.next(at("2026-03-02 11:59:59"))), "2026-03-02T11:59:59+08:00");
  EXPECT_EQ(show(calendar.next(at("2026-02-14 18:00"))), "2026-02-24T08:00:00+08:00");
}

TEST(WorkingCalendar, HoursChangeWithTheSeason) {
  CalendarRules rules = china_rules();
  rules.seasons.push_back({day("2026-06-01"), {{hours(8), hours(12)}, {hours(15), hours(18)}}});
  rules.seasons.push_back({day("2026-10-08"), projections::default_sessions()});
  const WorkingCalendar calendar = calendar_of(rules);
  EXPECT_EQ(calendar.worked(at("2026-05-29 00:00"), at("2026-06-03 00:00")), hours(8 + 7 + 7));
  EXPECT_EQ(show(*calendar.after(at("2026-05-29 17:00"), hours(6))), "2026-06-01T16:00:00+08:00");
  EXPECT_EQ(show(*calendar.after(at("2026-05-29 17:00"), hours(1))), "2026-05-29T18:00:00+08:00");
  EXPECT_EQ(calendar.worked(at("2026-09-30 00:00"), at("2026-10-09 00:00")), hours(7 + 8));
  EXPECT_EQ(show(*calendar.end_of_work_days(day("2026-05-30"), 1)), "2026-06-01T18:00:00+08:00");
  EXPECT_EQ(show(*calendar.end_of_work_days(day("2026-05-29"), 3)), "2026-06-02T18:00:00+08:00");
}

TEST(WorkingCalendar, KnowsWhatItDoesNotKnow) {
  CalendarRules rules = china_rules();
  rules.known = {{day("2026-01-01"), day("2026-12-01")}, {day("2024-01-01"), day("2025-01-01")}};
  const WorkingCalendar calendar = calendar_of(rules);
  EXPECT_EQ(calendar.first_unknown(day("2026-01-01"), day("2026-11-30")), std::nullopt);
  EXPECT_EQ(calendar.first_unknown(day("2026-11-30"), day("2026-12-02")), day("2026-12-01"));
  EXPECT_EQ(calendar.first_unknown(day("2024-12-30"), day("2026-01-02")), day("2025-01-01"));
  EXPECT_EQ(calendar.first_unknown(day("2025-12-30"), day("2026-01-02")), day("2025-12-30"));
  EXPECT_EQ(calendar.first_unknown(day("2027-12-30"), day("2028-01-02")), day("2027-12-30"));
}

TEST(WorkingCalendar, RefusesWithAReason) {
  const auto reason = [](auto&& change) {
    CalendarRules rules = china_rules();
    change(rules);
    const auto made = WorkingCalendar::make(rules);
    EXPECT_TRUE(made || made.error().action == engine::Action::invalid);
    return made ? std::string("taken") : made.error().message;
  };
  const auto sessions = [&](std::vector<Session> sessions) {
    return reason([&](CalendarRules& rules) { rules.seasons[0].sessions = std::move(sessions); });
  };
  EXPECT_EQ(reason([](CalendarRules&) {}), "taken");
  EXPECT_EQ(sessions({{hours(0), hours(24)}}), "taken");
  EXPECT_EQ(sessions({{hours(8), hours(12)}, {hours(12), hours(18)}}), "taken");
  EXPECT_EQ(sessions({}), "working calendar: the season from 2020-01-01 has no sessions");
  EXPECT_EQ(sessions({{hours(8), hours(12)}, {hours(11), hours(18)}}),
            "working calendar: the sessions 08:00-12:00 and 11:00-18:00 overlap or are out of order");
  EXPECT_EQ(sessions({{hours(14), hours(18)}, {hours(8), hours(12)}}),
            "working calendar: the sessions 14:00-18:00 and 08:00-12:00 overlap or are out of order");
  EXPECT_EQ(sessions({{hours(8), hours(8)}}),
            "working calendar: the session 08:00-08:00 is empty: it has to end after it begins");
  EXPECT_EQ(sessions({{hours(22), hours(2)}}),
            "working calendar: the session 22:00-02:00 is empty: it has to end after it begins");
  const std::string leaves = "working calendar: a session leaves the day: it has to lie between 00:00 and 24:00";
  EXPECT_EQ(sessions({{hours(22), hours(25)}}), leaves);
  EXPECT_EQ(sessions({{minutes(-1), hours(2)}}), leaves);
  EXPECT_EQ(sessions({{minutes(INT64_MIN), minutes(INT64_MAX)}}), leaves);
  EXPECT_EQ(reason([](CalendarRules& rules) { rules.weekly_days_off.set(); }),
            "working calendar: all seven days of the week are off: there is no work day");
  EXPECT_EQ(reason([](CalendarRules& rules) { rules.seasons.clear(); }), "working calendar: it has no sessions");
  EXPECT_EQ(
      reason([](CalendarRules& rules) { rules.seasons.push_back(rules.seasons[0]); }),
      "working calendar: the season from 2020-01-01 comes after that from 2020-01-01: seasons have to ascend, each "
      "on another day");
  EXPECT_EQ(reason([](CalendarRules& rules) { rules.seasons[0].from = LocalDay::min(); }),
            "working calendar: a season begins outside the years 1900 to 2200");
  EXPECT_EQ(reason([](CalendarRules& rules) { rules.days.push_back(rules.days[0]); }),
            "working calendar: 2025-09-28 is named twice");
  EXPECT_EQ(reason([](CalendarRules& rules) { rules.days.push_back({LocalDay::max(), true, "?"}); }),
            "working calendar: a named day lies outside the years 1900 to 2200");
  const std::string zone = "working calendar: the zone has to be whole minutes, within 14 hours of UTC";
  EXPECT_EQ(reason([](CalendarRules& rules) { rules.zone = hours(15); }), zone);
  EXPECT_EQ(reason([](CalendarRules& rules) { rules.zone = std::chrono::seconds(8 * 3600 + 1); }), zone);
}

TEST(WorkingCalendar, StandsTheEndsOfTime) {
  CalendarRules rules = china_rules();
  rules.seasons[0].sessions = {{minutes(600), minutes(601)}};
  rules.weekly_days_off = std::bitset<7>(0b1111110);
  for (const WorkingCalendar& calendar : {china(), calendar_of(rules)}) {
    for (const Instant time : {engine::kMinInstant, engine::kMaxInstant, engine::instant(0)}) {
      EXPECT_GE(calendar.worked(engine::kMinInstant, time).count(), 0);
      EXPECT_LE(calendar.worked(time, engine::kMaxInstant), engine::kMaxInstant - time);
      EXPECT_GE(calendar.next(time), time);
      EXPECT_EQ(calendar.after(time, engine::Milliseconds(INT64_MAX)), std::nullopt);
      EXPECT_EQ(calendar.end_of_work_days(calendar.day(time), INT64_MAX), std::nullopt);
      EXPECT_EQ(calendar.after(engine::kMaxInstant, hours(1)), std::nullopt);
    }
    const auto all = calendar.worked(engine::kMinInstant, engine::kMaxInstant);
    const auto last = calendar.after(engine::kMinInstant, all);
    ASSERT_TRUE(last);
    EXPECT_EQ(calendar.worked(engine::kMinInstant, *last), all);
    EXPECT_EQ(calendar.after(engine::kMinInstant, all + minutes(2)), std::nullopt);
  }
}

// Instants of centuries, in ms.
Instant random_instant(support::Random& random) {
  return engine::instant(random.between(-3'000'000'000'000, 7'000'000'000'000));
}

RC_GTEST_PROP(WorkingCalendar, AfterIsTheEarliestInstantWithSoMuchWorkedBefore, (std::uint64_t seed)) {
  support::Random random(seed);
  const WorkingCalendar calendar = calendar_of(random_calendar(random));
  const Instant from = random.coin() ? random_instant(random) : at("2025-06-01 00:00") + minutes(random.below(600'000));
  const engine::Milliseconds amount(random.between(1, random.coin() ? 100'000'000 : 100'000'000'000));
  const auto reached = calendar.after(from, amount);
  RC_ASSERT(reached.has_value());
  RC_ASSERT(calendar.worked(from, *reached) == amount);
  RC_ASSERT(calendar.worked(from, *reached - engine::Milliseconds(1)) == amount - engine::Milliseconds(1));
}

RC_GTEST_PROP(WorkingCalendar, WorkedTimeAddsUp, (std::uint64_t seed)) {
  support::Random random(seed);
  const WorkingCalendar calendar = calendar_of(random_calendar(random));
  std::array<Instant, 3> times = {random_instant(random), random_instant(random), random_instant(random)};
  std::ranges::sort(times);
  const auto [a, b, c] = times;
  RC_ASSERT(calendar.worked(a, b) + calendar.worked(b, c) == calendar.worked(a, c));
  const Instant next = calendar.next(b);
  RC_ASSERT(calendar.worked(b, next) == engine::Milliseconds(0));
  RC_ASSERT(calendar.worked(next, next + engine::Milliseconds(1)) == engine::Milliseconds(1));
  const LocalDay first = calendar.day(a);
  const LocalDay last = calendar.day(b);
  RC_ASSERT(calendar.is_work_day(calendar.work_day_from(first)));
  RC_ASSERT(calendar.work_days(first, calendar.work_day_from(first)) == 0);
  RC_ASSERT(calendar.work_days(last, last + std::chrono::days(1)) == (calendar.is_work_day(last) ? 1 : 0));
  const LocalDay end = calendar.day(c);
  RC_ASSERT(calendar.work_days(first, last) + calendar.work_days(last, end) == calendar.work_days(first, end));
  const std::int64_t days = calendar.work_days(first, last);
  RC_ASSERT(days == 0 || calendar.end_of_work_days(first, days) <= calendar.begin(last));
  RC_ASSERT(calendar.end_of_work_days(first, days + 1) > calendar.begin(last));
}

}  // namespace
}  // namespace calendar_test
