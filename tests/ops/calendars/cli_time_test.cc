#include "ops/cli/cli_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include <fmt/format.h>

#include "ops/calendars/holiday_files.h"
#include "tests/projections/clocks/china.h"
#include "tests/support/random.h"
#include "topics/codec/rfc3339.h"

namespace calendar_test {
namespace {

using ops::read_grant;
using ops::read_hours;
using ops::read_sessions;
using ops::read_time;

RC_GTEST_PROP(GivenTime, IsReadAsItIsWritten, (std::uint64_t seed)) {
  support::Random random(seed);
  const engine::Instant time = at("1950-01-01 00:00") + std::chrono::seconds(random.below(6'000'000'000));
  const std::string written = topics::format_rfc3339(time, 8 * 3600);
  RC_ASSERT(*read_time(written) == time);
  const std::string local = written.substr(0, 19);
  RC_ASSERT(*read_time(local) == time);
  const std::string minutes = written.substr(0, 10) + " " + written.substr(11, 5);
  RC_ASSERT(*read_time(minutes + " +08:00") == std::chrono::floor<std::chrono::minutes>(time));
  RC_ASSERT(*read_time(minutes) == std::chrono::floor<std::chrono::minutes>(time));
  RC_ASSERT(*read_time(written.substr(0, 10)) == at(written.substr(0, 10) + " 00:00"));
}

// What is cut out of good text, or changed in it, is read or is nothing, and ends in no other way.
RC_GTEST_PROP(GivenTime, DamagedTextIsReadOrIsNothing, (std::uint64_t seed)) {
  support::Random random(seed);
  const auto damaged = [&](std::string text) {
    for (std::uint64_t changes = random.below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random.below(text.size());
      if (random.coin()) {
        text.erase(at, 1 + random.below(4));
      } else {
        text[at] = static_cast<char>(random.coin() ? random.below(256) : "0:-,= TZ+{}\"[]"[random.below(14)]);
      }
    }
    return text;
  };
  const auto time = read_time(damaged("2026-02-13T17:30:00.250+08:00"));
  const auto a_day = std::chrono::days(1);  // what a zone adds
  RC_ASSERT(!time || (*time > at("1900-01-01 00:00") - a_day && *time < at("2200-12-31 23:59") + a_day));
  const auto grant = read_grant(damaged("125 work_days"));
  RC_ASSERT(!grant || grant->count >= 0);
  const auto sessions = read_sessions(damaged("2026-06-01=08:00-12:00,15:00-18:00"));
  RC_ASSERT(!sessions || !sessions->sessions.empty());
  const auto hours = read_hours(damaged("7:30"));
  RC_ASSERT(!hours || *hours <= std::chrono::hours(24));
  ops::Holidays holidays;
  const auto added = holidays.add(
      "2026.json",
      damaged(R"({"year":2026,"papers":[],"days":[{"name":"春节","date":"2026-02-16","isOffDay":true}]})"));
  RC_ASSERT(added || added.error().action == engine::Action::invalid);
  RC_ASSERT(added || holidays.days().empty());
}

TEST(GivenTime, HasAnHourOfOneDigitOrTwo) {
  EXPECT_EQ(read_time("2026-03-02 9:00"), at("2026-03-02 09:00"));
  EXPECT_EQ(read_time("2026-03-02T9:05:30"), at("2026-03-02 09:05") + std::chrono::seconds(30));
  EXPECT_EQ(read_time("2026-03-02 9:00 +00:00"), at("2026-03-02 17:00"));
  for (const char* text : {"2026-03-02 :00", "2026-03-02 9:0", "2026-03-02 9", "2026-03-02 09:00 08:00",
                           "2026-03-02 09:00 ", "2026-03-02 09:00  +08:00", "2026-3-02 09:00"}) {
    EXPECT_FALSE(read_time(text)) << text;
  }
}

TEST(GivenTime, NamesTheUnitsInBothLanguages) {
  for (const char* text : {"5 work_day", "5work_day", "5  work_days", "5 工作日", "5工作日", "05 work_day", "5个工作日",
                           " 5 个 工作日 ", "5 work_day "}) {
    const auto grant = read_grant(text);
    ASSERT_TRUE(grant) << text;
    EXPECT_EQ(grant->count, 5) << text;
    EXPECT_EQ(grant->unit, projections::TimeUnit::work_day) << text;
  }
  EXPECT_EQ(read_grant("90 second"), (projections::Grant{90, projections::TimeUnit::second}));
  EXPECT_EQ(read_grant("90秒"), (projections::Grant{90, projections::TimeUnit::second}));
  for (const char* text : {"", "5", "work_day", "5 work_dayss", "+5 work_day", "个工作日", " ", "5 个", "5 个个工作日",
                           "5.0 work_day", "5 s"}) {
    EXPECT_FALSE(read_grant(text)) << text;
  }
}

TEST(GivenTime, ReadsSessionsOfASeason) {
  const auto given = read_sessions("2026-06-01=8:00-12:00,15:00-24:00");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->from, day("2026-06-01"));
  ASSERT_EQ(given->sessions.size(), 2u);
  EXPECT_EQ(given->sessions[1].to, std::chrono::hours(24));
  for (const char* text : {"", "08:00", "08:00-", "08:00-12:00,", "08:00-24:01", "08:00-12:60", "2026-6-1=08:00-12:00",
                           "=08:00-12:00", "08:00 - 12:00", "008:00-12:00"}) {
    EXPECT_FALSE(read_sessions(text)) << text;
  }
}

}  // namespace
}  // namespace calendar_test
