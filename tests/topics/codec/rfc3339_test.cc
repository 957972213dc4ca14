#include "topics/codec/rfc3339.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace topics {

namespace {

std::int64_t ms(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? engine::to_ms(*time) : -1;
}

TEST(Rfc3339, TimesAreReadInAnyZone) {
  EXPECT_EQ(ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ms("1970-01-01T08:00:00+08:00"), 0);
  EXPECT_EQ(ms("1969-12-31T19:00:00.500-05:00"), 500);
  EXPECT_EQ(ms("2026-03-02T09:12:40+08:00"), 1772413960000);
  EXPECT_EQ(ms("2024-02-29t23:59:59z"), 1709251199000);
  EXPECT_EQ(ms("2026-01-01T00:00:00-00:00"), ms("2026-01-01T00:00:00Z"));
}

TEST(Rfc3339, FractionsAreCutToMilliseconds) {
  EXPECT_EQ(ms("1970-01-01T00:00:00.9Z"), 900);
  EXPECT_EQ(ms("1970-01-01T00:00:00.0019999999999999999Z"), 1);
  EXPECT_EQ(ms("1970-01-01T00:00:00." + std::string(4000, '9') + "Z"), 999);
}

TEST(Rfc3339, LeapSecondIsTheLastMillisecondBeforeIt) {
  EXPECT_EQ(ms("2016-12-31T23:59:60Z"), ms("2016-12-31T23:59:59.999Z"));
  EXPECT_EQ(ms("2016-12-31T23:59:60.7Z"), ms("2016-12-31T23:59:59.999Z"));
}

TEST(Rfc3339, YearsOutside1900To2200AreRefused) {
  EXPECT_TRUE(parse_rfc3339("1900-01-01T00:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("2200-12-31T23:59:59Z"));
  EXPECT_FALSE(parse_rfc3339("1899-12-31T23:59:59Z"));
  EXPECT_FALSE(parse_rfc3339("2201-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("9999-01-01T00:00:00Z"));
}

class Malformed : public testing::TestWithParam<const char*> {};

TEST_P(Malformed, IsRefused) {
  EXPECT_FALSE(parse_rfc3339(GetParam())) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    Rfc3339, Malformed,
    testing::Values("", "2026", "2026-03-02", "2026-03-02T09:00:00", "2026-03-02 09:00:00Z", "2026-03-02T09:00Z",
                    "2026-3-02T09:00:00Z", "2026-02-29T09:00:00Z", "2026-13-01T09:00:00Z", "2026-00-01T09:00:00Z",
                    "2026-01-00T09:00:00Z", "2026-01-32T09:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T09:60:00Z",
                    "2026-01-01T09:00:61Z", "2026-01-01T09:00:00.Z", "2026-01-01T09:00:00.5", "2026-01-01T09:00:00+8",
                    "2026-01-01T09:00:00+0800", "2026-01-01T09:00:00+24:00", "2026-01-01T09:00:00+08:60",
                    "2026-01-01T09:00:00+08:00 ", "2026-01-01T09:00:00Zulu", " 2026-01-01T09:00:00Z",
                    "2026-01-01T09:00:00,5Z", "+026-01-01T09:00:00Z", "2026-01-01T-9:00:00Z"));

TEST(Rfc3339, EveryPrefixOfATimeIsRefused) {
  const std::string text = "2026-03-02T09:12:40.125+08:00";
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_rfc3339(text.substr(0, size))) << size;
}

TEST(Rfc3339, MillisecondsAreWrittenOnlyWhenThereAreSome) {
  EXPECT_EQ(format_rfc3339(engine::instant(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(engine::instant(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(engine::instant(1772413960050), 8 * 3600), "2026-03-02T09:12:40.050+08:00");
  EXPECT_EQ(format_rfc3339(engine::instant(1433160000000), -4 * 3600), "2015-06-01T08:00:00-04:00");
  EXPECT_EQ(format_rfc3339(engine::instant(0), -(3 * 3600 + 30 * 60)), "1969-12-31T20:30:00-03:30");
}

TEST(Rfc3339, ExtremeInstantsAreWrittenWithoutHarm) {
  EXPECT_FALSE(format_rfc3339(engine::kMinInstant).empty());
  EXPECT_FALSE(format_rfc3339(engine::kMaxInstant).empty());
}

RC_GTEST_PROP(Rfc3339, WhatIsWrittenIsReadBack, ()) {
  const auto first = engine::to_ms(*parse_rfc3339("1900-01-02T00:00:00Z"));
  const auto last = engine::to_ms(*parse_rfc3339("2200-12-30T00:00:00Z"));
  const auto time = engine::instant(*rc::gen::inRange<std::int64_t>(first, last));
  const int zone_seconds = *rc::gen::inRange(-14 * 60, 14 * 60) * 60;
  RC_ASSERT(parse_rfc3339(format_rfc3339(time, zone_seconds)) == time);
}

RC_GTEST_PROP(Rfc3339, ArbitraryTextDoesNoHarm, (const std::string& text)) {
  parse_rfc3339(text);
}

}  // namespace

}  // namespace topics
