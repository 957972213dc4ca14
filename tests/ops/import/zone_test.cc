#include "ops/import/zone.h"

#include <gtest/gtest.h>

#include "topics/codec/rfc3339.h"

namespace {

using Kind = ops::ZonedTime::Kind;

ops::ZonedTime in(const std::string& zone, const std::string& local) {
  const auto time = topics::parse_rfc3339(local + "Z");
  return ops::Zone::load(zone)->to_utc(std::chrono::local_time<engine::Milliseconds>(time.value().time_since_epoch()));
}

std::string utc(const ops::ZonedTime& time) {
  return topics::format_rfc3339(time.time);
}

TEST(Zone, TurnsLocalTimeIntoUtc) {
  EXPECT_EQ(utc(in("America/New_York", "2015-01-01T00:20:09")), "2015-01-01T05:20:09Z");
  EXPECT_EQ(utc(in("America/New_York", "2015-07-01T00:20:09")), "2015-07-01T04:20:09Z");
  EXPECT_EQ(utc(in("Asia/Shanghai", "2026-03-02T09:00:00")), "2026-03-02T01:00:00Z");
  EXPECT_EQ(utc(in("Asia/Kathmandu", "2026-03-02T05:45:00")), "2026-03-02T00:00:00Z");
  EXPECT_EQ(in("America/New_York", "2015-07-01T00:20:09").offset_seconds, -14400);
}

TEST(Zone, TakesTheFirstOfAnHourThatOccursTwice) {
  const auto fold = in("America/New_York", "2015-11-01T01:30:00");
  EXPECT_EQ(utc(fold), "2015-11-01T05:30:00Z");
  EXPECT_EQ(fold.kind, Kind::ambiguous);
  EXPECT_EQ(fold.offset_seconds, -14400);
  EXPECT_EQ(in("America/New_York", "2015-11-01T00:59:59").kind, Kind::unique);
  EXPECT_EQ(in("America/New_York", "2015-11-01T01:00:00").kind, Kind::ambiguous);
  EXPECT_EQ(in("America/New_York", "2015-11-01T02:00:00").kind, Kind::unique);
}

TEST(Zone, ShiftsAnHourThatNeverOccursForward) {
  const auto gap = in("America/New_York", "2015-03-08T02:30:00");
  EXPECT_EQ(utc(gap), "2015-03-08T07:30:00Z");
  EXPECT_EQ(gap.kind, Kind::skipped);
  EXPECT_EQ(gap.offset_seconds, -14400);
  EXPECT_EQ(in("America/New_York", "2015-03-08T01:59:59").kind, Kind::unique);
  EXPECT_EQ(in("America/New_York", "2015-03-08T03:00:00").kind, Kind::unique);
}

TEST(Zone, FollowsItsRuleBeyondTheTable) {
  EXPECT_EQ(utc(in("America/New_York", "2100-07-01T00:00:00")), "2100-07-01T04:00:00Z");
  EXPECT_EQ(utc(in("Australia/Sydney", "2100-01-01T11:00:00")), "2100-01-01T00:00:00Z");
  EXPECT_EQ(in("America/New_York", "2100-11-07T01:30:00").kind, Kind::ambiguous);
}

TEST(Zone, ListsTheTransitionsOfYears) {
  std::vector<std::string> listed;
  for (const auto& transition : ops::Zone::load("America/New_York")->transitions(2015, 2015)) {
    listed.push_back(topics::format_rfc3339(transition.at) + " " + std::to_string(transition.offset_seconds) + " " +
                     transition.abbreviation);
  }
  EXPECT_EQ(listed, (std::vector<std::string>{"2015-01-01T00:00:00Z -18000 EST", "2015-03-08T07:00:00Z -14400 EDT",
                                              "2015-11-01T06:00:00Z -18000 EST"}));
  EXPECT_EQ(ops::Zone::load("Asia/Shanghai")->transitions(2020, 2026).size(), 1u);
  EXPECT_EQ(ops::Zone::load("UTC")->transitions(2020, 2026).size(), 1u);
}

TEST(Zone, NamesAZoneThatIsNotKnown) {
  for (const char* name : {"America/Boston", "../passwd", "/etc/passwd", "", "zone.tab", "America"}) {
    const auto zone = ops::Zone::load(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().action, engine::Action::invalid);
    EXPECT_NE(zone.error().message.find(std::string("time zone \"") + name), std::string::npos);
  }
}

}  // namespace
