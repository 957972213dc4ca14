#include "ops/import/time_format.h"

#include <gtest/gtest.h>

#include "topics/codec/rfc3339.h"

namespace {

// The time as RFC 3339, as though it were UTC, and its offset when it has one.
std::string read(std::string_view format, std::string_view text) {
  const auto parsed = ops::TimeFormat::parse(format);
  if (!parsed) return parsed.error().message;
  const auto time = parsed->read(text);
  if (!time) return "no";
  std::string result = topics::format_rfc3339(engine::Instant(time->local.time_since_epoch()));
  if (time->offset_seconds) result.append(" ").append(std::to_string(*time->offset_seconds));
  return result;
}

TEST(TimeFormat, ReadsTheHoursOfTwelve) {
  constexpr std::string_view kBoston = "%m/%d/%Y %I:%M:%S %p";
  EXPECT_EQ(read(kBoston, "01/02/2015 12:20:09 AM"), "2015-01-02T00:20:09Z");
  EXPECT_EQ(read(kBoston, "01/02/2015 12:20:09 PM"), "2015-01-02T12:20:09Z");
  EXPECT_EQ(read(kBoston, "1/2/2015 1:02:03 pm"), "2015-01-02T13:02:03Z");
}

TEST(TimeFormat, ReadsIsoChineseAndEnglishDates) {
  EXPECT_EQ(read("%FT%T.%f%z", "2026-03-02T09:00:01.12345+08:00"), "2026-03-02T09:00:01.123Z 28800");
  EXPECT_EQ(read("%F %T%z", "2026-03-02 09:00:01-0530"), "2026-03-02T09:00:01Z -19800");
  EXPECT_EQ(read("%F %T%z", "2026-03-02 09:00:01Z"), "2026-03-02T09:00:01Z 0");
  EXPECT_EQ(read("%Y年%m月%d日 %H时%M分", "2026年3月2日 9时05分"), "2026-03-02T09:05:00Z");
  EXPECT_EQ(read("%d-%b-%y", "02-Mar-26"), "2026-03-02T00:00:00Z");
  EXPECT_EQ(read("%e %b %Y", " 2 march 1969"), "1969-03-02T00:00:00Z");
}

TEST(TimeFormat, RefusesWhatIsNoDate) {
  for (const char* text : {"2015-02-29", "2015-13-01", "2015-00-10", "2015-1", "", "2015-01-01x", "1899-01-01"}) {
    EXPECT_EQ(read("%F", text), "no") << text;
  }
  EXPECT_EQ(read("%F", "2016-02-29"), "2016-02-29T00:00:00Z");
  EXPECT_EQ(read("%F %I %p", "2016-02-29 13 PM"), "no");
  EXPECT_EQ(read("%F %H", "2016-02-29 24"), "no");
}

TEST(TimeFormat, NamesWhatIsWrongWithIt) {
  EXPECT_EQ(read("%H:%M", ""), "time format \"%H:%M\": has no year, month or day");
  EXPECT_EQ(read("%F %I", ""), "time format \"%F %I\": %I and %p must be used together");
  EXPECT_EQ(read("%F %", ""), "time format \"%F %\": ends with a single %");
  EXPECT_EQ(read("%F %Q", ""),
            "time format \"%F %Q\": unknown specifier %Q; known are %Y %y %m %d %e %b %H %I %M %S %p %f %z %F %T %%");
}

}  // namespace
