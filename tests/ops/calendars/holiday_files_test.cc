#include "ops/calendars/holiday_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "tests/projections/clocks/china.h"
#include "tests/support/scratch.h"

namespace calendar_test {
namespace {

using ops::Holidays;
using projections::DayRange;
using support::Scratch;

std::string file(int year, std::string_view days) {
  return fmt::format(R"({{"year":{},"papers":["https://www.gov.cn/"],"days":[{}]}})", year, days);
}

std::string overlay(int year, std::string_view days) {
  return fmt::format(R"({{"year":{},"papers":[],"days":[{}]}})", year, days);
}

constexpr std::string_view kNewYear = R"({"name":"元旦","date":"2026-01-01","isOffDay":true})";

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

TEST(HolidayFiles, OfOneYearLeaveItsDecemberOpen) {
  Holidays holidays;
  ASSERT_TRUE(holidays.add("2026.json", file(2026, kNewYear)));
  EXPECT_EQ(holidays.known(), (std::vector<DayRange>{{day("2026-01-01"), day("2026-12-01")}}));
  EXPECT_EQ(holidays.why_unknown(day("2026-12-05")),
            "the notice of 2027 can change days in December 2026, and is not known (there is no file for it)");
  EXPECT_EQ(holidays.why_unknown(day("2025-12-05")),
            "the holidays of 2025 are not known (there is no file for it: add one with --calendar)");
}

// Source: the notice for 2019 made Saturday, 2018-12-29 a work day; it stands in 2019.json.
TEST(HolidayFiles, OfTheNextYearMoveDaysOfDecember) {
  Holidays holidays;
  ASSERT_TRUE(holidays.add("2018.json", file(2018, R"({"name":"元旦","date":"2018-01-01","isOffDay":true})")));
  ASSERT_TRUE(holidays.add("2019.json", file(2019, R"({"name":"元旦","date":"2018-12-29","isOffDay":false},
                                                      {"name":"元旦","date":"2018-12-31","isOffDay":true})")));
  EXPECT_EQ(holidays.known(),
            (std::vector<DayRange>{{day("2018-01-01"), day("2019-01-01")}, {day("2019-01-01"), day("2019-12-01")}}));
  projections::CalendarRules rules = china_rules();
  rules.days = holidays.days();
  const auto calendar = calendar_of(rules);
  EXPECT_TRUE(calendar.is_work_day(day("2018-12-29")));
  EXPECT_FALSE(calendar.is_work_day(day("2018-12-31")));
}

TEST(HolidayFiles, WithoutDaysAreOfANoticeStillToCome) {
  Holidays holidays;
  ASSERT_TRUE(holidays.add("2026.json", file(2026, kNewYear)));
  ASSERT_TRUE(holidays.add("2027.json", file(2027, "")));
  EXPECT_EQ(holidays.years(), std::vector<int>{2026});
  EXPECT_EQ(holidays.known(), (std::vector<DayRange>{{day("2026-01-01"), day("2026-12-01")}}));
  EXPECT_EQ(holidays.why_unknown(day("2026-12-05")),
            "the notice of 2027 can change days in December 2026, and is not known (its file has no days yet)");
  EXPECT_EQ(holidays.why_unknown(day("2027-01-05")), "the holidays of 2027 are not known (its file has no days yet)");
}

TEST(HolidayFiles, AnOverlayWinsDayByDayAndMakesNoYearKnown) {
  Holidays holidays;
  ASSERT_TRUE(holidays.add("2026.json", file(2026, kNewYear)));
  ASSERT_TRUE(holidays.add("notice.json", overlay(2026, R"({"name":"通知","date":"2026-02-24","isOffDay":true},
                                                           {"name":"通知","date":"2026-01-01","isOffDay":false})")));
  const auto days = holidays.days();
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].day, day("2026-01-01"));
  EXPECT_FALSE(days[0].off);
  EXPECT_EQ(days[0].name, "通知");
  EXPECT_EQ(days[1].day, day("2026-02-24"));
  ASSERT_TRUE(
      holidays.add("town.json", R"({"year":2027,"days":[{"name":"通知","date":"2027-03-01","isOffDay":true}]})"));
  EXPECT_EQ(holidays.years(), std::vector<int>{2026});
  EXPECT_EQ(holidays.known(), (std::vector<DayRange>{{day("2026-01-01"), day("2026-12-01")}}));
  EXPECT_EQ(holidays.why_unknown(day("2027-03-01")), "the holidays of 2027 are not known (its file names no papers)");
}

// The make-up day 2026-02-28 is gone in the second edition.
TEST(HolidayFiles, ARevisedEditionTakesThePlaceOfTheFirst) {
  constexpr std::string_view kFestival = R"({"name":"春节","date":"2026-02-16","isOffDay":true})";
  constexpr std::string_view kMakeUp = R"({"name":"春节","date":"2026-02-28","isOffDay":false})";
  constexpr std::string_view kTown = R"({"name":"通知","date":"2026-03-05","isOffDay":true})";
  Holidays holidays;
  ASSERT_TRUE(holidays.add("town.json", overlay(2026, kTown)));
  ASSERT_TRUE(holidays.add("2026.json", file(2026, fmt::format("{},{}", kFestival, kMakeUp))));
  ASSERT_TRUE(holidays.add("2025.json", file(2025, R"({"name":"元旦","date":"2025-01-01","isOffDay":true})")));
  const auto due = [&] {
    projections::CalendarRules rules = china_rules();
    rules.days = holidays.days();
    const auto calendar = calendar_of(rules);
    const auto limit = projections::Limit::make(std::vector{projections::Grant{2, projections::TimeUnit::work_day}});
    return show(*projections::due({calendar, *limit, at("2026-02-27 16:00"), {}})->due);
  };
  EXPECT_EQ(due(), "2026-03-02T16:00:00+08:00");
  ASSERT_TRUE(holidays.add("2026.json", file(2026, kFestival)));
  EXPECT_EQ(due(), "2026-03-03T16:00:00+08:00");
  EXPECT_EQ(holidays.years(), (std::vector<int>{2025, 2026}));
  const auto days = holidays.days();
  ASSERT_EQ(days.size(), 3u) << "of the year before, of the new edition, and of the overlay";
  EXPECT_EQ(days[2].day, day("2026-03-05"));
}

TEST(HolidayFiles, AreReadFromFoldersAndFilesInOrder) {
  const Scratch scratch;
  const std::string folder = scratch.path("holidays");
  std::filesystem::create_directory(folder);
  write(folder + "/holiday-cn-2026.json", file(2026, kNewYear));
  write(folder + "/2025.json", file(2025, R"({"name":"元旦","date":"2025-01-01","isOffDay":true})"));
  write(folder + "/schema.json", "no holidays");
  write(scratch.path("notice.json"), overlay(2026, R"({"name":"通知","date":"2026-01-01","isOffDay":false})"));
  const auto read = ops::read_holidays(std::vector<std::string>{folder, scratch.path("notice.json")});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->years(), (std::vector<int>{2025, 2026}));
  EXPECT_FALSE(read->days().back().off);

  std::filesystem::create_directory(scratch.path("empty"));
  const auto empty = ops::read_holidays(std::vector<std::string>{scratch.path("empty")});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().action, engine::Action::invalid);

  write(folder + "/v12026.json", overlay(2026, ""));
  const auto other = ops::read_holidays(std::vector<std::string>{folder});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().action, engine::Action::invalid);
  EXPECT_NE(other.error().message.find("v12026.json: the file name contains no year"), std::string::npos)
      << other.error().message;
}

TEST(HolidayFiles, ThatShipAreThoseOfThreeYears) {
  const auto shipped = ops::read_holidays(std::vector<std::string>{"shipped"});
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(shipped->years(), (std::vector<int>{2024, 2025, 2026}));
  projections::CalendarRules rules = china_rules();
  rules.days = shipped->days();
  const auto calendar = calendar_of(rules);
  // Source: chinesecalendar 1.11.0; workdays.py compares each day.
  EXPECT_EQ(calendar.work_days(day("2024-01-01"), day("2025-01-01")), 251);
  EXPECT_EQ(calendar.work_days(day("2025-01-01"), day("2026-01-01")), 248);
  EXPECT_EQ(calendar.work_days(day("2026-01-01"), day("2027-01-01")), 248);
  const auto folder = ops::read_holidays(std::vector<std::string>{GRIDLOOP_SOURCE_DIR "/ops/data/holidays"});
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(folder->known(), shipped->known());
}

TEST(HolidayFiles, SayWhatIsWrongAndWhere) {
  const auto reason = [](std::string_view text) {
    Holidays holidays;
    const auto added = holidays.add("2026.json", text);
    EXPECT_TRUE(added || added.error().action == engine::Action::invalid);
    return added ? std::string("taken")
                 : added.error().message.substr(0, added.error().message.find(". A holiday file"));
  };
  const auto day_reason = [&](std::string_view days) { return reason(file(2026, days)); };
  EXPECT_EQ(day_reason(kNewYear), "taken");
  EXPECT_TRUE(reason("").starts_with("2026.json: it is not JSON"));
  EXPECT_TRUE(reason("{\"year\":2026,").starts_with("2026.json: it is not JSON"));
  EXPECT_EQ(reason("[]"), "2026.json: it has no year, a number from 1900 to 2200");
  EXPECT_EQ(reason(R"({"year":"2026","days":[]})"), "2026.json: it has no year, a number from 1900 to 2200");
  EXPECT_EQ(reason(R"({"year":99999999999,"days":[]})"), "2026.json: it has no year, a number from 1900 to 2200");
  EXPECT_EQ(reason(R"({"year":2026,"days":{}})"), "2026.json: it has no list of days");
  EXPECT_EQ(reason(R"({"year":2026,"papers":"","days":[]})"), "2026.json: its papers are not a list");
  EXPECT_EQ(reason(file(2025, "")), "2026.json: its year is 2025, which differs from the year in its name");
  EXPECT_EQ(day_reason("5"), "2026.json: day 1 has no name");
  EXPECT_EQ(day_reason(R"({"name":"元旦"})"), "2026.json: day 1 has no date");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2026-01-01"})"),
            "2026.json: day 1 (2026-01-01) has no isOffDay, true or false");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2026-02-30","isOffDay":true})"),
            "2026.json: day 1 has the date 2026-02-30, which does not exist");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2026-02","isOffDay":true})"),
            "2026.json: day 1 has the date 2026-02, which does not exist");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2036-01-01","isOffDay":true})"),
            "2026.json: day 1 (2036-01-01) is not in the year 2026 or next to it");
  EXPECT_EQ(day_reason(fmt::format("{0},{0}", kNewYear)), "2026.json: day 2 repeats a date");
}

}  // namespace
}  // namespace calendar_test
