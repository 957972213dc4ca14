#include "projections/clocks/limit.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "projections/clocks/limit_trace.h"
#include "tests/projections/clocks/china.h"

namespace calendar_test {
namespace {

using engine::Instant;
using engine::Milliseconds;
using projections::CalendarRules;
using projections::CountFrom;
using projections::Due;
using projections::Grant;
using projections::Ledger;
using projections::Limit;
using projections::LimitRules;
using projections::Pause;
using projections::Pauses;
using projections::SkippedDay;
using projections::TimeUnit;
using projections::WorkingCalendar;
using std::chrono::hours;
using Unit = TimeUnit;

// A clock with all that it is reckoned from.
struct Clock {
  std::string start;
  std::vector<Grant> grants;
  LimitRules rules;
  std::vector<Pause> pauses;
  WorkingCalendar calendar = china();

  template <class Ask>
  auto ask(Ask&& question) const {
    const auto limit = Limit::make(grants, rules);
    CHECK(limit.has_value());
    const Pauses sorted(pauses);
    return question(Ledger{calendar, *limit, at(start), sorted});
  }
  Due due() const {
    return ask([](const Ledger& ledger) { return projections::due(ledger).value(); });
  }
  std::string due_text() const {
    const Due answer = due();
    return answer.due ? show(*answer.due).substr(0, 16) : "none";
  }
  Milliseconds consumed(std::string_view time) const {
    return ask([&](const Ledger& ledger) { return projections::consumed(ledger, at(time)).value(); });
  }
  Milliseconds remaining(std::string_view time) const {
    return ask([&](const Ledger& ledger) { return projections::remaining(ledger, at(time)).value(); });
  }
};

Pause pause(std::string_view from, std::string_view to) {
  return {at(from), at(to)};
}

TEST(Limit, VectorsOfTheHolidayFiles) {
  EXPECT_EQ((Clock{"2026-02-13 17:30", {{4, Unit::work_hour}}}.due_text()), "2026-02-14T11:30");
  EXPECT_EQ((Clock{"2026-02-14 12:00", {{4, Unit::work_hour}}}.due_text()), "2026-02-14T18:00");
  EXPECT_EQ((Clock{"2026-02-16 10:00", {{2, Unit::urgent_hour}}}.due_text()), "2026-02-16T12:00");
  EXPECT_EQ((Clock{"2026-02-27 16:00", {{2, Unit::work_day}}}.due_text()), "2026-03-02T16:00");
  EXPECT_EQ((Clock{"2025-09-26 15:00", {{5, Unit::work_day}}}.due_text()), "2025-10-10T15:00");
  EXPECT_EQ((Clock{"2026-01-03 09:00", {{2, Unit::work_hour}}}.due_text()), "2026-01-04T10:00");
  EXPECT_EQ((Clock{"2026-09-30 13:00", {{4, Unit::work_hour}}}.due_text()), "2026-09-30T18:00");
}

TEST(Limit, CountsSecondsOfAllTime) {
  EXPECT_EQ((Clock{"2026-02-16 23:59", {{90, Unit::second}}}.due().due), at("2026-02-17 00:00") + Milliseconds(30'000));
  EXPECT_EQ((Clock{"2026-02-16 10:00", {{60, Unit::second}, {1, Unit::minute}}}.due_text()), "2026-02-16T10:02");
}

TEST(Limit, GrantsAreWrittenInOneWay) {
  for (const char* text :
       {"5 work_day", "0 minute", "9223372036854775807 second", "4 work_hour", "2 urgent_hour", "1 natural_day"}) {
    const auto grant = projections::parse_grant(text);
    ASSERT_TRUE(grant) << text;
    EXPECT_EQ(projections::text(*grant), text);
  }
  EXPECT_EQ(projections::parse_grant("5 work_day"), (Grant{5, Unit::work_day}));
  for (const char* text : {"", " ", "5", "5 ", "work_day", "5work_day", "5  work_day", " 5 work_day", "5 work_day ",
                           "5 work_days", "-5 work_day", "-0 minute", "+5 work_day", "5.0 work_day", "5\twork_day",
                           "9223372036854775808 second", "5 工作日"}) {
    EXPECT_FALSE(projections::parse_grant(text)) << text;
  }
}

TEST(Limit, VectorOfAPauseOverSpringFestival) {
  Clock clock{"2026-02-12 09:00", {{5, Unit::work_day}}};
  EXPECT_EQ(clock.due_text(), "2026-02-26T09:00");
  clock.pauses = {pause("2026-02-13 10:00", "2026-02-24 09:00")};
  EXPECT_EQ(clock.due_text(), "2026-02-27T18:00");
  EXPECT_EQ(clock.consumed("2026-02-13 10:00"), hours(9));
  EXPECT_EQ(clock.remaining("2026-02-13 10:00"), hours(31));
  EXPECT_EQ(clock.remaining("2026-02-20 10:00"), hours(31));
  EXPECT_EQ(clock.remaining("2026-02-27 17:00"), hours(1));
  EXPECT_EQ(clock.remaining("2026-03-05 17:00"), hours(0));
  EXPECT_EQ(clock.consumed("2026-03-02 09:00"), hours(49)) << "it goes on after the due time: Saturday is worked";
}

TEST(Limit, VectorOfALaterNotice) {
  Clock clock{"2026-02-14 18:00", {{5, Unit::work_day}}};
  EXPECT_EQ(clock.due_text(), "2026-02-28T18:00");
  CalendarRules rules = china_rules();
  rules.days.push_back({day("2026-02-24"), true, "春节"});
  clock.calendar = calendar_of(rules);
  EXPECT_EQ(clock.due_text(), "2026-03-02T18:00");
}

TEST(Limit, EndsWithASessionNotAtTheBeginOfTheNext) {
  EXPECT_EQ((Clock{"2026-03-02 08:00", {{4, Unit::work_hour}}}.due_text()), "2026-03-02T12:00");
  EXPECT_EQ((Clock{"2026-03-02 08:00", {{1, Unit::work_day}}}.due_text()), "2026-03-02T18:00");
  EXPECT_EQ((Clock{"2026-03-02 18:00", {{1, Unit::work_day}}}.due_text()), "2026-03-03T18:00");
}

TEST(Limit, StartOutsideASessionIsAlignedToTheNext) {
  for (const char* start : {"2026-03-06 18:00", "2026-03-06 23:59", "2026-03-07 10:00", "2026-03-09 08:00"}) {
    const Clock clock{start, {{1, Unit::work_hour}}};
    EXPECT_EQ(show(clock.due().begins), "2026-03-09T08:00:00+08:00");
    EXPECT_EQ(clock.due_text(), "2026-03-09T09:00");
  }
}

TEST(Limit, OfNothingIsDueWhenCountingBegins) {
  EXPECT_EQ((Clock{"2026-03-02 10:00", {{0, Unit::work_hour}}}.due_text()), "2026-03-02T10:00");
  EXPECT_EQ((Clock{"2026-03-02 12:00", {{0, Unit::work_day}}}.due_text()), "2026-03-02T14:00");
  EXPECT_EQ((Clock{"2026-03-07 12:00", {{0, Unit::minute}}}.due_text()), "2026-03-07T12:00");
  EXPECT_EQ((Clock{"2026-03-07 12:00", {{0, Unit::work_day}}, {.end_of_day = true}}.due_text()), "2026-03-09T18:00");
  EXPECT_EQ((Clock{"2026-03-07 00:00", {{0, Unit::natural_day}}, {.end_of_day = true}}.due_text()), "2026-03-08T00:00");
  EXPECT_EQ((Clock{"2026-03-02 10:00", {{0, Unit::work_day}}, {}, {pause("2026-03-02 09:00", "2026-03-02 13:00")}}
                 .due_text()),
            "2026-03-02T14:00");
}

TEST(Limit, CountsFromTheInstantTheNextDayOrTheNextWorkDay) {
  const std::string friday = "2026-03-06 16:00";
  const auto due = [&](Grant grant, CountFrom from) { return Clock{friday, {grant}, {.count_from = from}}.due_text(); };
  EXPECT_EQ(due({1, Unit::work_day}, CountFrom::instant), "2026-03-09T16:00");
  EXPECT_EQ(due({1, Unit::work_day}, CountFrom::next_day), "2026-03-09T18:00");
  EXPECT_EQ(due({1, Unit::work_day}, CountFrom::next_work_day), "2026-03-09T18:00");
  EXPECT_EQ(due({1, Unit::natural_day}, CountFrom::instant), "2026-03-07T16:00");
  EXPECT_EQ(due({1, Unit::natural_day}, CountFrom::next_day), "2026-03-08T00:00");
  EXPECT_EQ(due({1, Unit::natural_day}, CountFrom::next_work_day), "2026-03-10T00:00");
  EXPECT_EQ(due({2, Unit::urgent_hour}, CountFrom::next_day), "2026-03-07T02:00");
}

TEST(Limit, NaturalDaysEndAtTheInstantOrWithTheDay) {
  const LimitRules to_the_end{.end_of_day = true};
  EXPECT_EQ((Clock{"2026-03-06 16:00", {{2, Unit::natural_day}}}.due_text()), "2026-03-08T16:00");
  EXPECT_EQ((Clock{"2026-03-06 16:00", {{2, Unit::natural_day}}, to_the_end}.due_text()), "2026-03-09T00:00");
  EXPECT_EQ((Clock{"2026-03-06 00:00", {{2, Unit::natural_day}}, to_the_end}.due_text()), "2026-03-08T00:00");
}

TEST(Limit, IsDueOnTheDayThatEndsWithIt) {
  const LimitRules to_the_end{.end_of_day = true};
  const auto day_of = [](std::string start, Grant grant, LimitRules rules = {}) {
    return Clock{std::move(start), {grant}, rules}.due().due_day;
  };
  EXPECT_EQ(day_of("2026-02-28 10:00", {1, Unit::natural_day}, to_the_end), day("2026-03-01"));
  EXPECT_EQ(day_of("2026-02-28 10:00", {14, Unit::urgent_hour}), day("2026-02-28"));
  EXPECT_EQ(day_of("2026-02-28 10:00", {15, Unit::urgent_hour}), day("2026-03-01"));
  EXPECT_EQ(day_of("2026-03-02 10:00", {1, Unit::work_day}, to_the_end), day("2026-03-03"));
  EXPECT_EQ(day_of("2026-03-02 00:00", {0, Unit::minute}), day("2026-03-02"));
  EXPECT_EQ(day_of("2026-03-02 00:00", {0, Unit::natural_day}, to_the_end), day("2026-03-02"));
}

TEST(Limit, AWorkDayIsItsHoursOrADay) {
  EXPECT_EQ((Clock{"2026-03-02 10:00", {{2, Unit::work_day}}}.due_text()), "2026-03-04T10:00");
  EXPECT_EQ((Clock{"2026-03-02 10:00", {{2, Unit::work_day}}, {.end_of_day = true}}.due_text()), "2026-03-04T18:00");
  EXPECT_EQ((Clock{"2026-03-02 08:00", {{2, Unit::work_day}}, {.end_of_day = true}}.due_text()), "2026-03-03T18:00");
  EXPECT_EQ((Clock{"2026-03-02 08:00", {{2, Unit::work_day}}, {.work_day = hours(7)}}.due_text()), "2026-03-03T16:00");
  EXPECT_EQ((Clock{"2026-02-14 10:00", {{2, Unit::work_day}}, {CountFrom::next_day, true}}.due_text()),
            "2026-02-25T18:00");
}

TEST(Limit, TheEndOfTheNthWorkDayDoesNotDependOnTheHoursOfDays) {
  CalendarRules rules = china_rules();
  rules.seasons.push_back({day("2026-06-01"), {{hours(8), hours(12)}, {hours(15), hours(18)}}});
  const WorkingCalendar calendar = calendar_of(rules);
  const LimitRules to_the_end{.end_of_day = true};
  // Thursday and Friday have 8 hours, then 7 a day.
  EXPECT_EQ((Clock{"2026-05-28 08:00", {{5, Unit::work_day}}, to_the_end, {}, calendar}.due_text()),
            "2026-06-03T18:00");
  EXPECT_EQ((Clock{"2026-05-28 08:00", {{5, Unit::work_day}}, {}, {}, calendar}.due_text()), "2026-06-04T11:00");
}

TEST(Limit, SessionsThatChangeUnderARunningClockCountAsTheyAre) {
  CalendarRules rules = china_rules();
  rules.seasons.push_back({day("2026-06-01"), {{hours(8), hours(12)}, {hours(15), hours(18)}}});
  const Clock clock{"2026-05-29 17:00", {{5, Unit::work_hour}}, {}, {}, calendar_of(rules)};
  EXPECT_EQ(clock.due_text(), "2026-06-01T12:00");
  const Clock longer{"2026-05-29 17:00", {{6, Unit::work_hour}}, {}, {}, calendar_of(rules)};
  EXPECT_EQ(longer.due_text(), "2026-06-01T16:00");
}

TEST(Limit, IsTheSumOfItsGrants) {
  EXPECT_EQ((Clock{"2026-03-02 10:00", {{5, Unit::work_day}, {1, Unit::work_day}, {4, Unit::work_hour}}}.due_text()),
            "2026-03-10T16:00");
  // An extension outlives a pause that comes after it.
  EXPECT_EQ((Clock{"2026-03-02 08:00",
                   {{1, Unit::work_day}, {1, Unit::work_day}},
                   {},
                   {pause("2026-03-03 08:00", "2026-03-05 08:00")}}
                 .due_text()),
            "2026-03-05T18:00");
  EXPECT_EQ((Clock{"2026-03-02 10:00", {{1, Unit::natural_day}, {30, Unit::minute}}}.due_text()), "2026-03-03T10:30");
}

TEST(Limit, PausesInAnyOrderCountOnce) {
  const Clock apart{"2026-03-02 08:00",
                    {{2, Unit::work_day}},
                    {},
                    {pause("2026-03-03 08:00", "2026-03-03 12:00"), pause("2026-03-02 10:00", "2026-03-02 11:00"),
                     pause("2026-03-03 09:00", "2026-03-03 10:00"), pause("2026-03-02 11:00", "2026-03-02 12:00"),
                     pause("2026-03-02 12:00", "2026-03-02 14:00"), pause("2026-03-03 15:00", "2026-03-03 15:00")}};
  EXPECT_EQ(apart.due_text(), "2026-03-04T16:00") << "two hours and four, as lunch was no working time";
  EXPECT_EQ(Pauses(apart.pauses).all().size(), 2u);
}

TEST(Limit, APauseOutsideWorkingTimeMovesNothing) {
  const Clock clock{"2026-03-06 17:00", {{2, Unit::work_hour}}, {}, {pause("2026-03-06 18:00", "2026-03-09 08:00")}};
  EXPECT_EQ(clock.due_text(), "2026-03-09T09:00");
}

TEST(Limit, IsUsedUpAtTheInstantAtWhichAPauseBegins) {
  const Clock clock{"2026-03-02 08:00", {{2, Unit::work_hour}}, {}, {pause("2026-03-02 10:00", "2026-03-02 12:00")}};
  EXPECT_EQ(clock.due_text(), "2026-03-02T10:00");
}

TEST(Limit, APauseThatHasNotEndedLeavesNoDueTime) {
  Clock clock{"2026-03-02 08:00", {{1, Unit::work_day}}, {}, {{at("2026-03-02 10:00"), std::nullopt}}};
  EXPECT_EQ(clock.due_text(), "none");
  EXPECT_EQ(clock.consumed("2026-03-05 10:00"), hours(2));
  EXPECT_EQ(clock.remaining("2026-03-05 10:00"), hours(6));
  clock.pauses = {{at("2026-03-02 18:00"), std::nullopt}};
  EXPECT_EQ(clock.due_text(), "2026-03-02T18:00") << "it was due before the pause";
  EXPECT_EQ(clock.remaining("2026-03-05 10:00"), hours(0));
}

// Monday 10:00; due on Monday, 2026-03-09, without pauses.
std::string five_days(CountFrom from, std::vector<Pause> pauses, Unit unit = Unit::work_day) {
  return Clock{"2026-03-02 10:00", {{5, unit}}, {.count_from = from, .end_of_day = true}, std::move(pauses)}.due_text();
}

TEST(Limit, APauseMovesTheEndOfTheNthWorkDayByTheDaysThatItTakesWhole) {
  for (const CountFrom from : {CountFrom::instant, CountFrom::next_day, CountFrom::next_work_day}) {
    EXPECT_EQ(five_days(from, {}), "2026-03-09T18:00");
    EXPECT_EQ(five_days(from, {pause("2026-03-04 10:00", "2026-03-04 10:01")}), "2026-03-09T18:00");
    EXPECT_EQ(five_days(from, {{at("2026-03-04 10:00"), at("2026-03-04 10:00") + std::chrono::seconds(1)}}),
              "2026-03-09T18:00");
    EXPECT_EQ(five_days(from, {pause("2026-03-04 10:00", "2026-03-04 17:00")}), "2026-03-09T18:00");
    EXPECT_EQ(five_days(from, {pause("2026-03-04 08:00", "2026-03-04 17:59")}), "2026-03-09T18:00");
    EXPECT_EQ(five_days(from, {pause("2026-03-04 12:00", "2026-03-05 12:00")}), "2026-03-09T18:00") << "halves of two";
    EXPECT_EQ(five_days(from, {pause("2026-03-04 08:00", "2026-03-04 18:00")}), "2026-03-10T18:00");
    EXPECT_EQ(
        five_days(from, {pause("2026-03-04 08:00", "2026-03-04 12:00"), pause("2026-03-04 13:00", "2026-03-04 19:00")}),
        "2026-03-10T18:00")
        << "lunch is no working time";
    EXPECT_EQ(five_days(from, {pause("2026-03-03 17:00", "2026-03-05 09:00")}), "2026-03-10T18:00");
    EXPECT_EQ(five_days(from, {pause("2026-03-06 17:00", "2026-03-09 09:00")}), "2026-03-09T18:00") << "a weekend";
    EXPECT_EQ(five_days(from, {pause("2026-03-06 08:00", "2026-03-09 08:00")}), "2026-03-10T18:00");
    EXPECT_EQ(five_days(from, {pause("2026-03-06 08:00", "2026-03-09 18:00")}), "2026-03-11T18:00");
  }
}

TEST(Limit, APauseMovesTheEndOfTheNthNaturalDayByTheDaysThatItTakesWhole) {
  for (const CountFrom from : {CountFrom::instant, CountFrom::next_day, CountFrom::next_work_day}) {
    const auto due = [&](std::vector<Pause> pauses) { return five_days(from, std::move(pauses), Unit::natural_day); };
    EXPECT_EQ(due({}), "2026-03-08T00:00");
    EXPECT_EQ(due({{at("2026-03-04 10:00"), at("2026-03-04 10:00") + std::chrono::seconds(1)}}), "2026-03-08T00:00");
    EXPECT_EQ(due({pause("2026-03-04 12:00", "2026-03-05 12:00")}), "2026-03-08T00:00");
    EXPECT_EQ(due({pause("2026-03-04 00:00", "2026-03-05 00:00")}), "2026-03-09T00:00");
    EXPECT_EQ(due({pause("2026-03-04 08:00", "2026-03-05 18:00")}), "2026-03-08T00:00");
    EXPECT_EQ(due({pause("2026-03-06 17:00", "2026-03-09 09:00")}), "2026-03-10T00:00") << "Saturday and Sunday";
  }
}

TEST(Limit, ThatEndsWithTheDayDoesNotMoveByAMinuteOfPauseAtItsEnd) {
  const LimitRules to_the_end{.end_of_day = true};
  Clock clock{"2026-03-02 09:00", {{1, Unit::work_day}}, to_the_end};
  EXPECT_EQ(clock.due_text(), "2026-03-03T18:00");
  for (const char* to : {"2026-03-03 17:59", "2026-03-03 18:00", "2026-03-03 18:01", "2026-03-04 17:59"}) {
    clock.pauses = {pause("2026-03-03 10:00", to)};
    EXPECT_EQ(clock.due_text(), "2026-03-03T18:00") << to;
  }
  clock.pauses = {pause("2026-03-03 10:00", "2026-03-03 17:59")};
  EXPECT_EQ(clock.remaining("2026-03-03 17:59"), std::chrono::minutes(1));
  clock.pauses = {pause("2026-03-03 10:00", "2026-03-03 18:00")};
  EXPECT_EQ(clock.remaining("2026-03-03 18:00"), hours(0));
}

TEST(Limit, ThatEndsWithTheDayDoesNotEndWhileTheClockStandsStillForDays) {
  const LimitRules to_the_end{.end_of_day = true};
  Clock clock{"2026-03-02 10:00", {{1, Unit::work_day}}, to_the_end};
  clock.pauses = {pause("2026-03-03 11:00", "2026-03-05 09:00")};
  EXPECT_EQ(clock.due_text(), "2026-03-05T18:00");
  clock.pauses = {pause("2026-03-03 11:00", "2026-03-04 18:00"), pause("2026-03-05 11:00", "2026-03-09 18:00")};
  EXPECT_EQ(clock.due_text(), "2026-03-10T18:00");
  clock.pauses = {{at("2026-03-03 11:00"), std::nullopt}};
  EXPECT_EQ(clock.due_text(), "none");
  EXPECT_EQ(clock.remaining("2026-03-03 12:00"), hours(4)) << "were it resumed at once, the day would be the last";
  clock.pauses = {{at("2026-03-04 08:00"), std::nullopt}};
  EXPECT_EQ(clock.due_text(), "2026-03-03T18:00") << "it was due before the pause";
  clock = {"2026-03-07 12:00", {{0, Unit::work_day}}, to_the_end, {pause("2026-03-09 11:00", "2026-03-10 18:00")}};
  EXPECT_EQ(clock.due_text(), "2026-03-11T18:00");
}

TEST(Limit, IsProvisionalWhereNoticesAreMissing) {
  const auto from = [](std::string start, Grant grant, LimitRules rules = {}) {
    return Clock{std::move(start), {grant}, rules}.due().unknown_from;
  };
  EXPECT_EQ(from("2026-12-31 10:00", {2, Unit::work_hour}), std::nullopt);
  EXPECT_EQ(from("2026-12-31 10:00", {1, Unit::work_day}), day("2027-01-01"));
  EXPECT_EQ(from("2027-03-01 10:00", {1, Unit::work_day}), day("2027-03-01"));
  EXPECT_EQ(from("2024-12-31 10:00", {1, Unit::work_day}), day("2024-12-31"));
  EXPECT_EQ(from("2027-03-01 10:00", {9, Unit::urgent_hour}), std::nullopt) << "no calendar moves the wall clock";
  EXPECT_EQ(from("2026-12-31 10:00", {9, Unit::urgent_hour}, {.count_from = CountFrom::next_work_day}),
            day("2027-01-01"));
  EXPECT_EQ(from("2024-12-31 16:00", {2, Unit::work_day}, {.count_from = CountFrom::next_day}), std::nullopt)
      << "the day of the start does not count";
  EXPECT_EQ(from("2024-12-31 16:00", {1, Unit::natural_day}, {.count_from = CountFrom::next_work_day}), std::nullopt);
  CalendarRules rules = china_rules();
  rules.seasons[0].sessions = {{hours(8), hours(24)}};
  const Clock to_midnight{"2026-12-31 08:00", {{16, Unit::work_hour}}, {}, {}, calendar_of(rules)};
  EXPECT_EQ(to_midnight.due_text(), "2027-01-01T00:00");
  EXPECT_EQ(to_midnight.due().unknown_from, std::nullopt) << "it is due on 2026-12-31 at 24:00";
  const Clock paused{"2026-12-30 10:00", {{2, Unit::work_day}}, {}, {{at("2026-12-31 10:00"), std::nullopt}}};
  EXPECT_FALSE(paused.due().provisional());
}

TEST(Limit, RefusesWithAReason) {
  const auto reason = [](std::vector<Grant> grants, LimitRules rules = {}) {
    const auto limit = Limit::make(grants, rules);
    EXPECT_TRUE(limit || limit.error().action == engine::Action::invalid);
    return limit ? std::string("taken") : limit.error().message;
  };
  EXPECT_EQ(reason({}), "limit: it has no grant");
  EXPECT_EQ(reason({{-1, Unit::work_day}}), "limit: -1 work_day: a grant is never negative");
  EXPECT_EQ(
      reason({{5, Unit::work_day}, {2, Unit::urgent_hour}}),
      "limit: work_day counts working time and urgent_hour the wall clock: all grants of a limit have to be of one "
      "kind");
  EXPECT_EQ(
      reason({{5, Unit::minute}, {2, Unit::work_hour}}),
      "limit: work_hour counts working time and minute the wall clock: all grants of a limit have to be of one kind");
  EXPECT_EQ(reason({{5, Unit::work_hour}}, {.end_of_day = true}),
            "limit: work_hour cannot end with the day: use work_day or natural_day");
  EXPECT_EQ(reason({{5, Unit::work_day}}, {.work_day = hours(25)}),
            "limit: a work day has to have more than 0 and at most 24 hours");
  EXPECT_EQ(reason({{INT64_MAX, Unit::natural_day}}),
            "limit: 9223372036854775807 natural_day is too long to be counted");
  EXPECT_EQ(reason({{INT64_MAX, Unit::work_day}, {1, Unit::work_day}}), "limit: 1 work_day is too long to be counted");
}

TEST(Limit, AbsurdInputIsAnErrorNotADate) {
  const WorkingCalendar calendar = china();
  const auto failed = [&](Grant grant, Instant start, LimitRules rules = {}, std::vector<Pause> pauses = {}) {
    const auto limit = Limit::make(std::vector{grant}, rules);
    const Pauses sorted(std::move(pauses));
    const Ledger ledger{calendar, *limit, start, sorted};
    const auto due = projections::due(ledger);
    return !due && !projections::remaining(ledger, at("2026-03-02 10:00")) &&
           due.error().action == engine::Action::invalid;
  };
  const Instant start = at("2026-03-02 10:00");
  EXPECT_TRUE(failed({INT64_MAX, Unit::work_day}, start));
  EXPECT_TRUE(failed({INT64_MAX, Unit::work_day}, start, {.end_of_day = true}));
  EXPECT_TRUE(failed({INT64_MAX / 3'600'000, Unit::work_hour}, start));
  EXPECT_TRUE(failed({INT64_MAX / 60'000, Unit::minute}, start));
  EXPECT_TRUE(failed({INT64_MAX / 86'400'000, Unit::natural_day}, start, {.end_of_day = true}));
  EXPECT_TRUE(failed({1, Unit::minute}, Instant::max()));
  EXPECT_TRUE(failed({1, Unit::work_day}, Instant::min()));
  EXPECT_TRUE(failed({1, Unit::minute}, engine::kMaxInstant));
  EXPECT_TRUE(failed({0, Unit::work_day}, engine::kMaxInstant, {.count_from = CountFrom::next_work_day}));
  EXPECT_TRUE(failed({1, Unit::work_day}, start, {}, {{start, Instant::max()}}));
  const Clock clock{"2026-03-02 10:00", {{1, Unit::work_day}}};
  clock.ask([](const Ledger& ledger) {
    EXPECT_FALSE(projections::consumed(ledger, Instant::max()));
    EXPECT_FALSE(projections::remaining(ledger, Instant::min()));
    EXPECT_FALSE(projections::remaining(ledger, Instant::max()));
    return 0;
  });
}

TEST(LimitTrace, TellsWhichDaysDidNotCountAndWhy) {
  const Clock clock{"2026-02-13 10:00",
                    {{3, Unit::work_day}},
                    {.count_from = CountFrom::next_day},
                    {pause("2026-02-24 08:00", "2026-02-25 12:00")}};
  ASSERT_EQ(clock.due_text(), "2026-02-27T12:00");
  clock.ask([](const Ledger& ledger) {
    const auto trace = projections::trace(ledger, *projections::due(ledger)->due);
    std::string text;
    for (const SkippedDay& skipped : trace.skipped) {
      text += fmt::format("{} {}{} {}\n", show(ledger.calendar.begin(skipped.day)).substr(5, 5),
                          static_cast<int>(skipped.why), skipped.whole ? "" : " in part",
                          skipped.holiday != nullptr ? skipped.holiday->name : "");
    }
    EXPECT_EQ(text,
              "02-13 0 \n02-15 2 春节\n02-16 2 春节\n02-17 2 春节\n02-18 2 春节\n02-19 2 春节\n02-20 2 春节\n"
              "02-21 2 春节\n02-22 2 春节\n02-23 2 春节\n02-24 3 \n02-25 3 in part \n");
    EXPECT_EQ(trace.make_up_days.size(), 1u);
    EXPECT_EQ(trace.make_up_days.front()->day, day("2026-02-14"));
    EXPECT_EQ(trace.pauses.size(), 1u);
    EXPECT_EQ(trace.pauses.front().before, hours(8));
    EXPECT_EQ(trace.pauses.front().taken, hours(12));
    return 0;
  });
}

TEST(LimitTrace, OnTheWallClockOnlyPausesSkipDays) {
  const Clock clock{"2026-02-14 10:00", {{3, Unit::natural_day}}, {}, {pause("2026-02-15 00:00", "2026-02-16 00:00")}};
  clock.ask([](const Ledger& ledger) {
    const auto trace = projections::trace(ledger, *projections::due(ledger)->due);
    EXPECT_EQ(trace.skipped.size(), 1u);
    EXPECT_EQ(trace.skipped.front().day, day("2026-02-15"));
    EXPECT_TRUE(trace.skipped.front().whole);
    EXPECT_TRUE(trace.make_up_days.empty());
    EXPECT_EQ(trace.pauses.front().taken, hours(24));
    return 0;
  });
}

TEST(LimitTrace, LooksAtSoManyDaysAtMost) {
  const Clock clock{"2026-03-02 10:00", {{40'000, Unit::work_day}}};
  clock.ask([](const Ledger& ledger) {
    const auto trace = projections::trace(ledger, *projections::due(ledger)->due);
    EXPECT_TRUE(trace.cut);
    EXPECT_LT(trace.skipped.back().day, day("2026-03-02") + std::chrono::days(projections::kMaxTracedDays));
    EXPECT_FALSE(projections::trace(ledger, at("2026-03-09 10:00")).cut);
    return 0;
  });
}

}  // namespace
}  // namespace calendar_test
