// `gridloop explain`: why clocks stand where they do.

#include <gtest/gtest.h>

#include "ops/cli/exit_code.h"
#include "tests/ops/queries/story.h"

namespace questions_test {
namespace {

TEST(ExplainCommand, TellsAPersonWhyEachClockStandsWhereItDoes) {
  EXPECT_EQ(holiday_town().explain("c1").out, R"(c1  handled, as of 2026-03-02T12:00:00+08:00
  area      g7 (Grid 7)
  category  road
  version   9

handle
  Unit      roads
  Policy    handle-road (version v3)
  Limit     5 work_day
  Calendar  city (version 2026-a)
  Start     2026-02-12T09:00:00+08:00 by reported (gridloop.requests/3/0)
  Due       2026-02-28T18:00:00+08:00
  State     stopped 2026-03-02T11:00:00+08:00 by handled (gridloop.dispatches/3/7)
  Verdict   breached, late by 3 h of working time
  Used      51 h of 48 h, in working time

  Course  From                       To                         Used  Taken out  Why
  runs    2026-02-12T09:00:00+08:00  2026-02-13T10:00:00+08:00   9 h
  pauses  2026-02-13T10:00:00+08:00  2026-02-24T09:00:00+08:00             15 h  frost: suspended (gridloop.dispatches/3/2)
  runs    2026-02-24T09:00:00+08:00  2026-03-02T11:00:00+08:00  42 h

  Granted     Requested                  By                                              Approved by  In force                   Counts
  5 work_day                             policy                                                       2026-02-12T09:00:00+08:00  yes
  1 work_day  2026-02-24T14:00:00+08:00  dispatcher, extended (gridloop.dispatches/3/4)               2026-02-24T14:00:00+08:00  yes
  3 work_day  2026-02-25T14:00:00+08:00  dispatcher, extended (gridloop.dispatches/3/5)               2026-02-25T14:00:00+08:00  no: more often than the policy allows

  Days  From            To              Not counted
     1  Fri 2026-02-13                  pause, part of the day
     1  Sat 2026-02-14                  pause
     1  Sun 2026-02-15                  weekend
     5  Mon 2026-02-16  Fri 2026-02-20  holiday 春节
     2  Sat 2026-02-21  Sun 2026-02-22  weekend
     1  Mon 2026-02-23                  holiday 春节
     1  Tue 2026-02-24                  pause, part of the day

  Work days by notice: Sat 2026-02-14 (春节), Sat 2026-02-28 (春节)

  Rung                                                       When                       Passed
  warn at 80% of the limit                                   2026-02-27T16:24:00+08:00  yes
  escalate to street leader, 2 work_hour after the due time  2026-03-02T10:00:00+08:00  yes
  escalate to city, 4 work_hour after the previous rung      2026-03-02T16:00:00+08:00  no

close
  Unit      roads
  Policy    close-road (version v1)
  Limit     20 natural_day, to the end of the day
  Calendar  city (version 2026-a)
  Start     2026-02-12T09:00:00+08:00 by reported (gridloop.requests/3/0)
  Due       2026-03-16 24:00
  State     paused until 2026-03-05T09:00:00+08:00 (rain)
  Verdict   running, 279 h of time left
  Used      170 h of 449 h, in time

  Course  From                       To                          Used  Taken out  Why
  runs    2026-02-12T09:00:00+08:00  2026-02-13T10:00:00+08:00   25 h
  pauses  2026-02-13T10:00:00+08:00  2026-02-24T09:00:00+08:00             263 h  frost: suspended (gridloop.dispatches/3/2)
  runs    2026-02-24T09:00:00+08:00  2026-03-02T10:00:00+08:00  145 h
  pauses  2026-03-02T10:00:00+08:00  2026-03-02T12:00:00+08:00               2 h  rain: suspended (gridloop.dispatches/3/6)

  Granted         Requested                  By                                              Approved by  In force                   Counts
  20 natural_day                             policy                                                       2026-02-12T09:00:00+08:00  yes
  1 work_day      2026-02-24T14:00:00+08:00  dispatcher, extended (gridloop.dispatches/3/4)               2026-02-24T14:00:00+08:00  no: this clock cannot count its limit
  3 work_day      2026-02-25T14:00:00+08:00  dispatcher, extended (gridloop.dispatches/3/5)               2026-02-25T14:00:00+08:00  no: this clock cannot count its limit

  Days  From            To              Not counted
     1  Fri 2026-02-13                  pause, part of the day
    10  Sat 2026-02-14  Mon 2026-02-23  pause
     1  Tue 2026-02-24                  pause, part of the day
     1  Mon 2026-03-02                  pause, part of the day
     2  Tue 2026-03-03  Wed 2026-03-04  pause
     1  Thu 2026-03-05                  pause, part of the day

Anomalies
Anomaly             Clock   Means                                                                           Record
unauthorised                the role is not authorised for this event: not counted                          gridloop.dispatches/3/3
suspended_late      handle  suspended after the due time: not counted                                       gridloop.dispatches/3/6
extended_too_often  handle  extended more often than the policy allows: not counted                         gridloop.dispatches/3/5
extended_unclear    close   extension without a due time or a limit that this clock can count: not counted  gridloop.dispatches/3/4
extended_unclear    close   extension without a due time or a limit that this clock can count: not counted  gridloop.dispatches/3/5

Facts, by time of occurrence
Time                       Logged  Fact       Unit   Role        Record                   Note
2026-02-12T09:00:00+08:00          reported          operator    gridloop.requests/3/0
2026-02-12T09:10:00+08:00          sent       roads  dispatcher  gridloop.dispatches/3/0
2026-02-12T09:30:00+08:00          sent       water              gridloop.dispatches/3/1
2026-02-13T10:00:00+08:00          suspended                     gridloop.dispatches/3/2
2026-02-13T11:00:00+08:00          resumed           clerk       gridloop.dispatches/3/3  unauthorised, not counted
2026-02-24T14:00:00+08:00          extended          dispatcher  gridloop.dispatches/3/4  extended_unclear (close)
2026-02-25T14:00:00+08:00          extended          dispatcher  gridloop.dispatches/3/5  extended_too_often (handle), extended_unclear (close)
2026-03-02T10:00:00+08:00          suspended                     gridloop.dispatches/3/6  suspended_late (handle)
2026-03-02T11:00:00+08:00          handled    roads              gridloop.dispatches/3/7
)");
}

TEST(ExplainCommand, TellsOfAClockThatWasCancelledInTimeThatThereIsNoVerdict) {
  Town town;
  town.tell("02-27 08:00", "calendar.published", "city",
            R"({"known":["2026-01-01 2026-11-30"],"days_on":["2026-02-28"]})");
  town.tell("02-27 08:00", "policy.published", "handle",
            R"({"clock":"handle","limit":"12 work_hour","calendar":"city"})");
  town.tell("02-27 09:00", "request.reported", "c2");
  town.tell("02-27 10:00", "request.withdrawn", "c2");
  town.run("03-02 12:00");
  const std::string out = town.explain("c2").out;
  EXPECT_NE(out.find("  Due       2026-02-28T15:00:00+08:00\n"), std::string::npos) << out;
  EXPECT_NE(out.find("  State     cancelled 2026-02-27T10:00:00+08:00 by withdrawn"), std::string::npos) << out;
  EXPECT_NE(out.find("  Verdict   none, 11 h of working time left\n"), std::string::npos) << out;
  EXPECT_NE(out.find("\n  Work days by notice: Sat 2026-02-28\n"), std::string::npos) << out;
}

TEST(ExplainCommand, TellsAProgramTheSame) {
  const std::string json = holiday_town().explain("c1", true).out;
  for (
      const std::string_view part : {
          R"("measure":"work","started_by":"gridloop.requests/3/0","ended_by":"gridloop.dispatches/3/7",)",
          R"("allowed_seconds":172800,"used_seconds":183600,"left_seconds":0,"late_seconds":10800,"limit":"5 work_day",)",
          R"("in_force":"2026-02-24T14:00:00+08:00","standing":"counted"})",
          R"("in_force":"2026-02-25T14:00:00+08:00","standing":"too_often"})",
          R"({"kind":"pause","from":"2026-02-13T10:00:00+08:00","to":"2026-02-24T09:00:00+08:00","taken_out_seconds":54000,"reason":"frost",)",
          R"("make_up_days":[{"date":"2026-02-14","name":"春节"},{"date":"2026-02-28","name":"春节"}])",
          R"("level":"street","role":"leader","when":"2026-03-02T10:00:00+08:00","passed":true})",
          R"("topic":"gridloop.dispatches","partition":3,"offset":3,"role":"clerk","anomalies":["unauthorised"],"counts":false})",
      }) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

}  // namespace
}  // namespace questions_test
