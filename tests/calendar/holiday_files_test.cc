#include "ops/holiday_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "tests/calendar/china.h"
#include "tests/support/scratch.h"

namespace calendar_test {
namespace {

using ops::Holidays;
using projections::DayRange;
using support::Scratch;

std::string file(int year, std::string_view days) {
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
            "the notice of 2027 can move days of December 2026, and is not known (there is no file of it)");
  EXPECT_EQ(holidays.why_unknown(day("2025-12-05")), "the holidays of 2025 are not known (there is no file of it)");
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
            "the notice of 2027 can move days of December 2026, and is not known (its file has no days yet)");
  EXPECT_EQ(holidays.why_unknown(day("2027-01-05")), "the holidays of 2027 are not known (its file has no days yet)");
}

TEST(HolidayFiles, ALaterNoticeWinsDayByDay) {
  Holidays holidays;
  ASSERT_TRUE(holidays.add("2026.json", file(2026, kNewYear)));
  ASSERT_TRUE(holidays.add("notice.json", file(2026, R"({"name":"通知","date":"2026-02-24","isOffDay":true},
                                                        {"name":"通知","date":"2026-01-01","isOffDay":false})")));
  const auto days = holidays.days();
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].day, day("2026-01-01"));
  EXPECT_FALSE(days[0].off);
  EXPECT_EQ(days[0].name, "通知");
  EXPECT_EQ(days[1].day, day("2026-02-24"));
}

TEST(HolidayFiles, AreReadFromFoldersAndFilesInOrder) {
  const Scratch scratch;
  const std::string folder = scratch.path("holidays");
  std::filesystem::create_directory(folder);
  write(folder + "/holiday-cn-2026.json", file(2026, kNewYear));
  write(folder + "/2025.json", file(2025, R"({"name":"元旦","date":"2025-01-01","isOffDay":true})"));
  write(folder + "/schema.json", "no holidays");
  write(folder + "/v12026.json", "no holidays");
  write(scratch.path("notice.json"), file(2026, R"({"name":"通知","date":"2026-01-01","isOffDay":false})"));
  const auto read = ops::read_holidays(std::vector<std::string>{folder, scratch.path("notice.json")});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->years(), (std::vector<int>{2025, 2026}));
  EXPECT_FALSE(read->days().back().off);

  std::filesystem::create_directory(scratch.path("empty"));
  const auto empty = ops::read_holidays(std::vector<std::string>{scratch.path("empty")});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().action, engine::Action::invalid);
  EXPECT_FALSE(ops::read_holidays(std::vector<std::string>{"none", folder}));
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
  EXPECT_EQ(day_reason("5"), "2026.json: day 1 has no name");
  EXPECT_EQ(day_reason(R"({"name":"元旦"})"), "2026.json: day 1 has no date");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2026-01-01"})"),
            "2026.json: day 1 (2026-01-01) has no isOffDay, true or false");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2026-02-30","isOffDay":true})"),
            "2026.json: day 1 has the date 2026-02-30, which is none");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2026-02","isOffDay":true})"),
            "2026.json: day 1 has the date 2026-02, which is none");
  EXPECT_EQ(day_reason(R"({"name":"元旦","date":"2036-01-01","isOffDay":true})"),
            "2026.json: day 1 (2036-01-01) is not of the year 2026 or beside it");
  EXPECT_EQ(day_reason(fmt::format("{0},{0}", kNewYear)), "2026.json: day 2 names a date for the second time");
}

}  // namespace
}  // namespace calendar_test
