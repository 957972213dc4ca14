// `gridloop deadline`: what it prints, and what it says about bad input.

#include <gtest/gtest.h>

#include "ops/cli/exit_code.h"
#include "ops/commands/deadline.h"

namespace calendar_test {
namespace {

using ops::DeadlineOptions;

struct Printed {
  int code;
  std::string out;
  std::string err;
};

Printed run(const DeadlineOptions& options) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto result = ops::deadline(options);
  std::string err = testing::internal::GetCapturedStderr();
  if (!result) err += result.error().message;
  return {result ? *result : ops::exit_code(result.error()), testing::internal::GetCapturedStdout(), err};
}

TEST(DeadlineCommand, TellsAPersonWhenAndWhy) {
  const Printed told = run({.start = "2026-02-12 09:00",
                            .limit = "5 work_day",
                            .extensions = {"1 work_day"},
                            .pauses = {"2026-02-13T10:00..2026-02-24T09:00"}});
  EXPECT_EQ(told.code, ops::kOk);
  EXPECT_EQ(told.err, "");
  EXPECT_EQ(told.out, R"(Start     Thu 2026-02-12 09:00 +08:00
Limit     5 work_day + 1 work_day
Due       Sat 2026-02-28 18:00 +08:00
Calendar  holidays of 2024, 2025, 2026; 08:00-12:00, 14:00-18:00

Days  From            To              Not counted
   1  Fri 2026-02-13                  pause, part of the day
   1  Sat 2026-02-14                  pause
   9  Sun 2026-02-15  Mon 2026-02-23  holiday 春节
   1  Tue 2026-02-24                  pause, part of the day

Work days by notice: Sat 2026-02-14 (春节), Sat 2026-02-28 (春节)

Pause from                   To                           Counted before  Not counted
Fri 2026-02-13 10:00 +08:00  Tue 2026-02-24 09:00 +08:00             9 h         15 h
)");
}

TEST(DeadlineCommand, TellsAProgramInOneLine) {
  EXPECT_EQ(
      run({.start = "2026-02-13T17:30:00+08:00", .limit = "12 work_hour", .json = true}).out,
      R"({"due":"2026-02-24T11:30:00+08:00","due_date":"2026-02-24","provisional":false,"start":"2026-02-13T17:30:00+08:00",)"
      R"("counting_begins":"2026-02-13T17:30:00+08:00","limit":[{"count":12,"unit":"work_hour"}],)"
      R"("count_from":"instant","end_of_day":false,"calendar":{"years":[2024,2025,2026],)"
      R"("seasons":[{"sessions":["08:00-12:00","14:00-18:00"]}],"days_off":["Sun","Sat"]},)"
      R"("as_of":"2026-02-24T11:30:00+08:00",)"
      R"("consumed_seconds":43200,"remaining_seconds":0,"skipped_cut":false,"skipped":[)"
      R"({"date":"2026-02-15","reason":"holiday","name":"春节"},{"date":"2026-02-16","reason":"holiday","name":"春节"},)"
      R"({"date":"2026-02-17","reason":"holiday","name":"春节"},{"date":"2026-02-18","reason":"holiday","name":"春节"},)"
      R"({"date":"2026-02-19","reason":"holiday","name":"春节"},{"date":"2026-02-20","reason":"holiday","name":"春节"},)"
      R"({"date":"2026-02-21","reason":"holiday","name":"春节"},{"date":"2026-02-22","reason":"holiday","name":"春节"},)"
      R"({"date":"2026-02-23","reason":"holiday","name":"春节"}],)"
      R"("make_up_days":[{"date":"2026-02-14","name":"春节"}],"pauses":[]})"
      "\n");
}

TEST(DeadlineCommand, TellsWhatIsProvisionalAndWhy) {
  const Printed december = run({.start = "2026-12-01 09:00", .limit = "2 work_hour"});
  EXPECT_NE(december.out.find("Due       Tue 2026-12-01 11:00 +08:00 (provisional)\n"), std::string::npos);
  EXPECT_NE(
      december.out.find("Provisional from 2026-12-01 on: the notice of 2027 can change days in December 2026, and is "
                        "not known (there is no file for it).\nA later notice can move the deadline.\n"),
      std::string::npos)
      << december.out;
  const Printed weekends =
      run({.start = "2026-02-13 17:30", .limit = "4 work_hour", .calendars = {"none"}, .json = true});
  EXPECT_NE(
      weekends.out.find(R"x("due_date":"2026-02-16","provisional":true,"provisional_from":"2026-02-13",)x"
                        R"x("provisional_reason":"the holidays of 2026 are not known (there is no file for it)")x"),
      std::string::npos)
      << weekends.out;
  EXPECT_EQ(run({.start = "2027-12-01 09:00", .limit = "2 urgent_hour"}).out.find("rovisional"), std::string::npos);
}

TEST(DeadlineCommand, ShowsTheDayThatEndsAtMidnight) {
  DeadlineOptions options{.start = "2026-02-28 10:00", .limit = "1 natural_day", .end_of_day = true};
  EXPECT_NE(run(options).out.find("Due       Sun 2026-03-01 24:00 +08:00\n"), std::string::npos);
  options.json = true;
  EXPECT_TRUE(run(options).out.starts_with(R"({"due":"2026-03-02T00:00:00+08:00","due_date":"2026-03-01",)"));
}

TEST(DeadlineCommand, SaysWhatIsLeftWhileAPauseLasts) {
  const Printed told = run({.start = "2026-03-02T08:00:00+08:00",
                            .limit = "1 工作日",
                            .pauses = {"2026-03-02T02:00:00Z.."},
                            .at = "2026-03-05T12:00:00+08:00"});
  EXPECT_EQ(told.out, R"(Start     Mon 2026-03-02 08:00 +08:00
Limit     1 work_day
Due       not known until the pause ends
Consumed  2 h of working time until Thu 2026-03-05 12:00 +08:00; left 6 h
Calendar  holidays of 2024, 2025, 2026; 08:00-12:00, 14:00-18:00

Pause from                   To         Counted before  Not counted
Mon 2026-03-02 10:00 +08:00  not ended             2 h            –
)");
  const Printed json = run(
      {.start = "2026-03-02T08:00:00+08:00", .limit = "1 work_day", .pauses = {"2026-03-02T10:00.."}, .json = true});
  EXPECT_TRUE(json.out.starts_with(R"({"due":null,"due_date":null,"provisional":false,)")) << json.out;
  EXPECT_NE(json.out.find(R"("from":"2026-03-02T10:00:00+08:00","to":null)"), std::string::npos) << json.out;
  EXPECT_NE(json.out.find(R"("consumed_seconds":7200,"remaining_seconds":21600)"), std::string::npos) << json.out;
}

TEST(DeadlineCommand, CountsAsItIsTold) {
  const auto due = [](DeadlineOptions options) {
    options.json = true;
    const Printed told = run(options);
    return told.code == ops::kOk ? told.out.substr(8, 25) : told.err;
  };
  EXPECT_EQ(due({.start = "2026-03-06 16:00", .limit = "1 work_day", .count_from = "next_day"}),
            "2026-03-09T18:00:00+08:00");
  EXPECT_EQ(due({.start = "2026-03-06 16:00", .limit = "1 natural_days", .end_of_day = true}),
            "2026-03-08T00:00:00+08:00");
  EXPECT_EQ(due({.start = "2026-03-02 08:00", .limit = "2work_day", .hours_per_day = "7:30"}),
            "2026-03-03T17:00:00+08:00");
  EXPECT_EQ(due({.start = "2026-03-02 08:00", .limit = "1 work_day", .sessions = {"09:00-12:00,13:00-17:30"}}),
            "2026-03-02T17:30:00+08:00");
  EXPECT_EQ(due({.start = "2026-05-29 17:00",
                 .limit = "6 work_hour",
                 .sessions = {"08:00-12:00,14:00-18:00", "2026-06-01=08:00-12:00,15:00-18:00"}}),
            "2026-06-01T16:00:00+08:00");
  EXPECT_EQ(
      due({.start = "2026-05-29 16:00", .limit = "2 work_day", .sessions = {"2026-06-01=08:00-12:00,15:00-18:00"}}),
      "2026-06-02T18:00:00+08:00");
  EXPECT_EQ(
      due({.start = "2026-05-25 16:00", .limit = "2 work_day", .sessions = {"2026-06-01=08:00-12:00,15:00-18:00"}}),
      "2026-05-27T16:00:00+08:00")
      << "the default hours until June";
  EXPECT_EQ(
      due({.start = "2026-05-25 13:00", .limit = "1 work_hour", .sessions = {"2026-06-01=08:00-12:00,15:00-18:00"}}),
      "2026-05-25T15:00:00+08:00");
  EXPECT_EQ(due({.start = "2026-03-06 17:00", .limit = "2 work_hour", .days_off = "sun"}), "2026-03-07T09:00:00+08:00");
  EXPECT_EQ(due({.start = "2026-03-02", .limit = "90 分钟"}), "2026-03-02T01:30:00+08:00");
  EXPECT_EQ(due({.start = "2026-03-02T00:00:00Z", .limit = "2 紧急工作时"}), "2026-03-02T10:00:00+08:00");
}

TEST(DeadlineCommand, ShowsWhatItCountsBy) {
  DeadlineOptions options{.start = "2026-03-02 08:00",
                          .limit = "2 work_day",
                          .sessions = {"2026-06-01=08:00-12:00,15:00-18:00"},
                          .days_off = "sun",
                          .hours_per_day = "7:30",
                          .at = "2026-03-02 10:00"};
  const Printed told = run(options);
  EXPECT_EQ(told.out, R"(Start     Mon 2026-03-02 08:00 +08:00
Limit     2 work_day, a work day of 7 h 30 min
Due       Tue 2026-03-03 17:00 +08:00
Consumed  2 h of working time until Mon 2026-03-02 10:00 +08:00; left 13 h
Calendar  holidays of 2024, 2025, 2026; 08:00-12:00, 14:00-18:00; from 2026-06-01 08:00-12:00, 15:00-18:00; off: Sun
)");
  options.json = true;
  const Printed json = run(options);
  EXPECT_NE(
      json.out.find(R"("calendar":{"years":[2024,2025,2026],"seasons":[{"sessions":["08:00-12:00","14:00-18:00"]},)"
                    R"({"from":"2026-06-01","sessions":["08:00-12:00","15:00-18:00"]}],"days_off":["Sun"],)"
                    R"("work_day_seconds":27000})"),
      std::string::npos)
      << json.out;
}

TEST(DeadlineCommand, SaysWhatIsWrongWithItsOptions) {
  const auto says = [](DeadlineOptions options) {
    if (options.start.empty()) options.start = "2026-03-02 10:00";
    if (options.limit.empty()) options.limit = "5 work_day";
    const Printed told = run(options);
    EXPECT_EQ(told.code, ops::kUsage) << told.err;
    EXPECT_EQ(told.out, "");
    return told.err;
  };
  const auto contains = [](const std::string& said, std::string_view what) {
    return said.find(what) != std::string::npos ? testing::AssertionSuccess() : testing::AssertionFailure() << said;
  };
  for (const char* start : {"yesterday", "2026-02-30 10:00", "2026-03-02 25:00", "2026-03-02 10", "20260302", "",
                            "1026-03-02 10:00", "2026-03-02 10:00 08:00", "2026-03-02T10:00:00+8"}) {
    EXPECT_TRUE(*start == 0 || contains(says({.start = start}), "not a time such as 2026-02-13T17:30:00+08:00"))
        << start;
  }
  for (const char* limit :
       {"work_day", "5", "5 days", "-1 work_day", "1.5 work_day", "99999999999999999999 work_day"}) {
    EXPECT_TRUE(contains(says({.limit = limit}), "the units are second (秒), minute (分钟), urgent_hour"));
  }
  EXPECT_TRUE(contains(says({.limit = "5 天"}), "a day is a natural_day (all time) or a work_day"));
  EXPECT_TRUE(contains(says({.limit = "5 hours"}), "an hour is an urgent_hour (all time) or a work_hour"));
  EXPECT_TRUE(contains(says({.extensions = {"some"}}), "--extend some: not a whole number and a unit"));
  EXPECT_TRUE(contains(says({.extensions = {"2 urgent_hour"}}), "--limit, --extend: limit: work_day counts"));
  EXPECT_TRUE(contains(says({.limit = "2 work_hour", .end_of_day = true}),
                       "--end-of-day: limit: work_hour cannot end with the day"));
  EXPECT_TRUE(contains(says({.limit = "9999999 work_day"}), "due after the year 2200"));
  EXPECT_TRUE(contains(says({.limit = "9223372036854775807 work_hour"}), "too long to be counted"));
  EXPECT_TRUE(contains(says({.limit = "9223372036854775807 work_day"}), "beyond all time that can be counted"));
  EXPECT_TRUE(contains(says({.sessions = {"8-12"}}), "--sessions 8-12: not sessions such as 08:00-12:00"));
  EXPECT_TRUE(contains(says({.sessions = {"08:00-12:00,11:00-18:00"}}), "overlap"));
  EXPECT_TRUE(contains(says({.sessions = {"22:00-06:00"}}), "a night shift is two sessions"));
  EXPECT_TRUE(contains(says({.sessions = {"08:00-12:00", "09:00-12:00"}}), "all but the first need the day"));
  EXPECT_TRUE(contains(says({.days_off = "sat,son"}), "--days-off: son is not a day of the week"));
  EXPECT_TRUE(
      contains(says({.days_off = "mon,tue,wed,thu,fri,sat,sun"}), "--days-off: working calendar: all seven days"));
  EXPECT_TRUE(contains(says({.hours_per_day = "0"}), "more than 0 and at most 24"));
  EXPECT_TRUE(contains(says({.limit = "5 work_hour", .hours_per_day = "7"}), "no limit is in work_day"));
  EXPECT_TRUE(contains(says({.hours_per_day = "7", .end_of_day = true}), "has no effect with --end-of-day"));
  EXPECT_TRUE(contains(says({.hours_per_day = "8h"}), "--hours-per-day 8h: not hours"));
  EXPECT_TRUE(contains(says({.pauses = {"2026-03-02"}}), "not a pause A..B"));
  EXPECT_TRUE(contains(says({.pauses = {"2026-03-04 08:00..2026-03-02 08:00"}}), "it ends before it begins"));
  EXPECT_TRUE(contains(says({.pauses = {"2026-03-04 08:00..soon"}}), "8:00..soon: \"soon\" is not a time such as"));
  EXPECT_TRUE(contains(says({.pauses = {"..2026-03-04 08:00"}}), "08:00: \"\" is not a time such as"));
  EXPECT_TRUE(
      contains(says({.pauses = {"2026-03-04..2026-03-05"}}), "write the time of day as well: 2026-03-04T08:00"));
  EXPECT_TRUE(contains(says({.count_from = "tomorrow"}), "--count-from tomorrow: not instant, next_day"));
  EXPECT_TRUE(contains(says({.calendars = {"none", "shipped"}}), "--calendar: none cannot be combined"));
  EXPECT_TRUE(contains(says({.at = "later"}), "--at later: not a time"));
}

TEST(DeadlineCommand, ABadHolidayFileIsInvalidInput) {
  const Printed told = run({.start = "2026-03-02", .limit = "5 work_day", .calendars = {"/nowhere/2026.json"}});
  EXPECT_EQ(told.code, ops::kInvalid);
  EXPECT_NE(told.err.find("/nowhere/2026.json"), std::string::npos) << told.err;
  EXPECT_EQ(run({.start = "2026-03-02", .limit = "5 work_day", .calendars = {GRIDLOOP_SOURCE_DIR "/README.md"}}).code,
            ops::kInvalid);
}

}  // namespace
}  // namespace calendar_test
