// `gridloop calendar publish`: the event that it makes of holiday files, and what it appends.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "ops/cli/cli_calendar.h"
#include "ops/cli/exit_code.h"
#include "ops/commands/calendar_publish.h"
#include "ops/deployment/deployment.h"
#include "projections/rules/calendar_event.h"
#include "tests/projections/clocks/china.h"
#include "tests/support/scratch.h"
#include "topics/codec/event.h"

namespace calendar_test {
namespace {

using ops::CalendarOptions;
using projections::LocalDay;
using projections::WorkingCalendar;
using support::Scratch;
using topics::Event;
using topics::Field;

struct Printed {
  int code;
  std::string out;
  std::string err;
};

Printed run(const CalendarOptions& options) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto result = ops::publish_calendar(options);
  std::string err = testing::internal::GetCapturedStderr();
  if (!result) err += result.error().message;
  return {result ? *result : ops::exit_code(result.error()), testing::internal::GetCapturedStdout(), err};
}

// The event that is printed with `options`.
Event printed(CalendarOptions options) {
  options.print = true;
  const Printed told = run(options);
  EXPECT_EQ(told.code, ops::kOk) << told.err;
  EXPECT_TRUE(told.out.ends_with("}\n")) << told.out;
  topics::Decoder decoder;
  Event event;
  const auto decoded =
      decoder.decode(told.out.substr(0, told.out.size() - 1), engine::WallClock().now() + std::chrono::days(1), event);
  EXPECT_TRUE(decoded) << decoded.error().detail;
  return event;
}

// The calendar that the stages make of an event.
WorkingCalendar read(const Event& event) {
  auto version = projections::read_calendar(event, at("2026-01-01 00:00"));
  CHECK(version.has_value());
  return std::move(version->calendar);
}

// Both work at the same time on each day of the years that are looked at, and know the same notices.
void expect_equal(const WorkingCalendar& found, const WorkingCalendar& expected) {
  for (LocalDay one = day("2023-01-01"); one < day("2029-01-01"); one += std::chrono::days(1)) {
    const std::string shown = show(expected.begin(one));
    ASSERT_EQ(found.is_work_day(one), expected.is_work_day(one)) << shown;
    ASSERT_EQ(found.hours_of(one), expected.hours_of(one)) << shown;
    ASSERT_EQ(found.first_unknown(one, one), expected.first_unknown(one, one)) << shown;
    const auto* named = found.named(one);
    const auto* by_file = expected.named(one);
    ASSERT_EQ(named != nullptr, by_file != nullptr) << shown;
    if (named != nullptr) {
      ASSERT_EQ(named->name, by_file->name) << shown;
    }
    if (found.is_work_day(one)) {
      ASSERT_EQ(found.end_of_work(one), expected.end_of_work(one)) << shown;
    }
    for (int hour = 0; hour < 24; ++hour) {
      const engine::Instant time = expected.begin(one) + std::chrono::hours(hour);
      ASSERT_EQ(found.next(time), expected.next(time)) << shown << " " << hour;
    }
  }
}

WorkingCalendar from_files(const std::vector<std::string>& places, const std::vector<std::string>& sessions,
                           const std::string& days_off) {
  const auto holidays = ops::read_holidays(places);
  CHECK(holidays.has_value());
  auto calendar = ops::working_calendar(sessions, days_off, *holidays);
  CHECK(calendar.has_value());
  return *std::move(calendar);
}

std::vector<std::string> published(const std::string& data) {
  const auto deployment = ops::Deployment::open_for_reading({.directory = data});
  CHECK(deployment.has_value());
  const auto reader =
      (*deployment)->log().reader({(*deployment)->topic("directory"), engine::Partition{0}}, engine::Offset{0});
  CHECK(reader.has_value());
  engine::Batch batch;
  CHECK((*reader)->read(batch, 1u << 20).has_value());
  std::vector<std::string> versions;
  topics::Decoder decoder;
  Event event;
  for (const engine::Record& record : batch.records()) {
    EXPECT_TRUE(decoder.decode(record, event));
    EXPECT_EQ(record.key, event.subject());
    versions.emplace_back(event.text(Field::version).value_or(""));
  }
  return versions;
}

TEST(CalendarCommand, PublishesTheDaysOfTheFiles) {
  const Event event = printed({.id = "cn", .version = "2026"});
  EXPECT_TRUE(event.is(topics::Type::calendar_published));
  EXPECT_EQ(event.subject(), "cn");
  EXPECT_EQ(event.source(), "gridloop/calendar");
  EXPECT_EQ(event.text(Field::version), "2026");
  EXPECT_EQ(event.extra_fields(), 0u);
  EXPECT_FALSE(event.has(Field::valid_from));
  EXPECT_EQ(event.strings(Field::sessions), (std::vector<std::string_view>{"08:00-12:00", "14:00-18:00"}));
  EXPECT_EQ(event.strings(Field::weekly_days_off), (std::vector<std::string_view>{"sunday", "saturday"}));
  EXPECT_EQ(event.strings(Field::known), (std::vector<std::string_view>{"2024-01-01 2026-11-30"}));
  const auto off = event.strings(Field::days_off);
  EXPECT_NE(std::ranges::find(off, "2026-10-01 国庆节"), off.end());
  const auto on = event.strings(Field::days_on);
  EXPECT_NE(std::ranges::find(on, "2026-02-14 春节"), on.end());
  expect_equal(read(event), from_files({"shipped"}, {}, ""));
}

TEST(CalendarCommand, PublishesTheHoursThatAreGiven) {
  const std::vector<std::string> sessions = {"08:30-12:00,13:30-17:00", "2026-06-01=08:00-12:00,15:00-18:30",
                                             "2026-10-01=00:00-06:00,22:00-24:00"};
  const Event event =
      printed({.id = "town", .sessions = sessions, .days_off = "sun,fri", .valid_from = "2026-06-01 00:00"});
  EXPECT_EQ(event.instant(Field::valid_from), at("2026-06-01 00:00"));
  expect_equal(read(event), from_files({"shipped"}, sessions, "sun,fri"));

  const Event never_off = printed({.id = "town", .holidays = {"none"}, .days_off = "none"});
  EXPECT_TRUE(never_off.has(Field::weekly_days_off)) << "without the field, Saturday and Sunday are off";
  EXPECT_FALSE(never_off.has(Field::days_off));
  EXPECT_FALSE(never_off.has(Field::known)) << "no notice is known";
  expect_equal(read(never_off), from_files({"none"}, {}, "none"));
}

TEST(CalendarCommand, KeepsApartWhatIsKnownWithAGap) {
  const Scratch scratch;
  for (const int year : {2025, 2027}) {
    std::ofstream(scratch.path(fmt::format("{}.json", year))) << fmt::format(
        R"({{"year":{0},"papers":["notice"],"days":[{{"name":"","date":"{0}-01-01","isOffDay":true}}]}})", year);
  }
  const Event event = printed({.id = "cn", .holidays = {scratch.path("2027.json"), scratch.path("2025.json")}});
  EXPECT_EQ(event.strings(Field::known),
            (std::vector<std::string_view>{"2025-01-01 2025-11-30", "2027-01-01 2027-11-30"}));
  EXPECT_EQ(event.strings(Field::days_off), (std::vector<std::string_view>{"2025-01-01", "2027-01-01"}));
}

TEST(CalendarCommand, TheIdOfTheEventIsADigestOfWhatItSays) {
  const std::string id(printed({.id = "cn"}).id());
  EXPECT_EQ(printed({.id = "cn"}).id(), id);
  EXPECT_NE(printed({.id = "town"}).id(), id);
  EXPECT_NE(printed({.id = "cn", .version = "2"}).id(), id);
  EXPECT_NE(printed({.id = "cn", .days_off = "sun"}).id(), id);
  EXPECT_NE(printed({.id = "cn", .valid_from = "2026-06-01"}).id(), id);
}

TEST(CalendarCommand, WhatWasPublishedLastIsNotPublishedAgain) {
  const Scratch scratch;
  CalendarOptions options{.id = "cn", .version = "1", .partitions = 2};
  options.common.data = scratch.path("data");
  const Printed first = run(options);
  EXPECT_EQ(first.code, ops::kOk) << first.err;
  EXPECT_TRUE(first.err.starts_with("sent calendar cn with ")) << first.err;
  EXPECT_EQ(first.out, "");
  const Printed again = run(options);
  EXPECT_EQ(again.code, ops::kOk);
  EXPECT_EQ(again.err, "calendar cn is already published in this form; nothing was sent\n");
  EXPECT_EQ(published(options.common.data), (std::vector<std::string>{"1"}));

  CalendarOptions second = options;
  second.version = "2";
  EXPECT_EQ(run(second).code, ops::kOk);
  CalendarOptions other = options;
  other.id = "town";
  EXPECT_EQ(run(other).code, ops::kOk);
  const Printed back = run(options);
  EXPECT_EQ(back.code, ops::kUsage);
  EXPECT_NE(back.err.find("was published in this form before and has changed since: give this one a new --version"),
            std::string::npos)
      << back.err;
  EXPECT_EQ(published(options.common.data), (std::vector<std::string>{"1", "2", "1"}));
}

TEST(CalendarCommand, SaysWhatIsWrongWithItsOptions) {
  const auto says = [](CalendarOptions options, int code, std::string_view what) {
    const Printed told = run(options);
    EXPECT_EQ(told.code, code) << told.err;
    EXPECT_EQ(told.out, "");
    EXPECT_NE(told.err.find(what), std::string::npos) << told.err;
  };
  const Scratch scratch;
  CalendarOptions nowhere{.id = "cn"};
  says(nowhere, ops::kUsage, "one of --data, --kafka and --print is required");
  nowhere.print = true;
  nowhere.common.data = scratch.path("data");
  says(nowhere, ops::kUsage, "--print cannot be combined with --data");
  says({.id = "", .print = true}, ops::kUsage, "--id: must have 1 to 256 bytes");
  says({.id = "cn", .holidays = {"none", "shipped"}, .print = true}, ops::kUsage,
       "--holidays: none cannot be combined");
  says({.id = "cn", .sessions = {"08:00-12:00,11:00-18:00"}, .print = true}, ops::kUsage, "overlap");
  says({.id = "cn", .days_off = "son", .print = true}, ops::kUsage, "--days-off: son is not a day of the week");
  says({.id = "cn", .valid_from = "soon", .print = true}, ops::kUsage, "--valid-from soon: not a time");
  says({.id = "cn", .holidays = {"/nowhere/2026.json"}, .print = true}, ops::kInvalid, "/nowhere/2026.json");
  std::ofstream(scratch.path("2026.json")) << R"({"year":2026,"days":[{"date":"2026-02-30"}]})";
  says({.id = "cn", .holidays = {scratch.path("2026.json")}, .print = true}, ops::kInvalid, "day 1 has no name");
  std::ofstream many(scratch.path("2030.json"));
  many << R"({"year":2030,"days":[)";
  for (int i = 0; i < 1001; ++i) {
    const auto date = std::chrono::year_month_day(day("2029-01-01") + std::chrono::days(i));
    many << fmt::format("{}{{\"name\":\"\",\"date\":\"{}-{:02}-{:02}\",\"isOffDay\":true}}", i == 0 ? "" : ",",
                        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                        static_cast<unsigned>(date.day()));
  }
  many << "]}";
  many.close();
  says({.id = "cn", .holidays = {scratch.path("2030.json")}, .print = true}, ops::kInvalid, "publish fewer years");
}

}  // namespace
}  // namespace calendar_test
