#include "ops/import/cell_value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace {

using ops::DateSystem;

TEST(CellValue, KnowsTheFormatsOfDates) {
  for (const int id : {14, 22, 27, 31, 36, 45, 47, 50, 58}) EXPECT_TRUE(ops::is_date_format(id, "")) << id;
  for (const int id : {0, 1, 4, 13, 23, 37, 44, 48, 49, 59}) EXPECT_FALSE(ops::is_date_format(id, "")) << id;
  for (const char* code :
       {"yyyy\\-mm\\-dd\\ hh:mm:ss;@", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]h:mm AM/PM", "[h]:mm", "D"}) {
    EXPECT_TRUE(ops::is_date_format(176, code)) << code;
  }
  for (const char* code : {"General", "0.00", "#,##0\"days\"", "[Red]0", "0\\d", "0_d", "0;yyyy", "@", "\"y"}) {
    EXPECT_FALSE(ops::is_date_format(176, code)) << code;
  }
}

TEST(CellValue, WritesNumbersAsTheyAreMeant) {
  EXPECT_EQ(ops::number_text("12.0"), "12");
  EXPECT_EQ(ops::number_text("1.2345E3"), "1234.5");
  EXPECT_EQ(ops::number_text("31.234500000000001"), "31.2345");
  EXPECT_EQ(ops::number_text("1.0E+15"), "1000000000000000");
  EXPECT_EQ(ops::number_text("-3"), "-3");
  EXPECT_EQ(ops::number_text("007"), "007");
  EXPECT_EQ(ops::number_text("202603020001234567890"), "202603020001234567890");
  EXPECT_EQ(ops::number_text("abc"), "abc");
  EXPECT_EQ(ops::number_text("inf"), "inf");
}

TEST(CellValue, CountsDaysFrom1900WithTheDayThatNeverWas) {
  EXPECT_EQ(ops::date_text("1", DateSystem::from_1900), "1900-01-01 00:00:00");
  EXPECT_EQ(ops::date_text("59", DateSystem::from_1900), "1900-02-28 00:00:00");
  EXPECT_EQ(ops::date_text("60", DateSystem::from_1900), "1900-02-29 00:00:00");
  EXPECT_EQ(ops::date_text("61", DateSystem::from_1900), "1900-03-01 00:00:00");
  EXPECT_EQ(ops::date_text("36526", DateSystem::from_1900), "2000-01-01 00:00:00");
  EXPECT_EQ(ops::date_text("0", DateSystem::from_1904), "1904-01-01 00:00:00");
  EXPECT_EQ(ops::date_text("35064", DateSystem::from_1904), "2000-01-01 00:00:00");
}

TEST(CellValue, RoundsTimesToTheSecond) {
  EXPECT_EQ(ops::date_text("0.5", DateSystem::from_1900), "12:00:00");
  EXPECT_EQ(ops::date_text("36525.99999999", DateSystem::from_1900), "2000-01-01 00:00:00");
  EXPECT_EQ(ops::date_text("36526.000011574", DateSystem::from_1900), "2000-01-01 00:00:01");
  // Every second of a day comes back, though fractions are binary.
  for (int second = 0; second < 86400; ++second) {
    const std::string serial = fmt::format("{}", 46083.0 + second / 86400.0);
    EXPECT_EQ(ops::date_text(serial, DateSystem::from_1900),
              fmt::format("2026-03-02 {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60));
  }
}

TEST(CellValue, LeavesNumbersThatAreNoDates) {
  EXPECT_EQ(ops::date_text("-1", DateSystem::from_1900), "-1");
  EXPECT_EQ(ops::date_text("1e300", DateSystem::from_1900), "1e+300");
  EXPECT_EQ(ops::date_text("x", DateSystem::from_1900), "x");
}

TEST(CellValue, UnescapesWhatXmlCannotHold) {
  EXPECT_EQ(ops::unescaped_text("a_x000D_b_x4E00_c"), "a\rb一c");
  EXPECT_EQ(ops::unescaped_text("_x000_ _x00GG_ _xD800_ _x"), "_x000_ _x00GG_ _xD800_ _x");
}

TEST(CellValue, ReadsIsoTimes) {
  EXPECT_EQ(ops::iso_date_text("2026-03-02T09:12:40.000Z"), "2026-03-02 09:12:40");
  EXPECT_EQ(ops::iso_date_text("2026-03-02"), "2026-03-02 00:00:00");
}

}  // namespace
