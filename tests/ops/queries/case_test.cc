// `gridloop case`: what is known of a case.

#include <gtest/gtest.h>

#include "ops/cli/exit_code.h"
#include "tests/ops/queries/story.h"

namespace questions_test {
namespace {

TEST(CaseCommand, ShowsTheCaseItsClocksAndWhatIsOdd) {
  const Printed printed = holiday_town().show_case("c1");
  EXPECT_EQ(printed.code, ops::kOk);
  EXPECT_EQ(printed.out, R"(c1  handled
  area      g7 (Grid 7)
  category  road
  condition hole
  channel   hotline
  unit      roads
  assisting water
  version   9

Clocks
Clock   Start                      Due                        Verdict   State                                          Policy
handle  2026-02-12T09:00:00+08:00  2026-02-28T18:00:00+08:00  breached  stopped 2026-03-02T11:00:00+08:00              handle-road (version v3)
close   2026-02-12T09:00:00+08:00  2026-03-16 24:00           running   paused until 2026-03-05T09:00:00+08:00 (rain)  close-road (version v1)

Anomalies
Anomaly             Clock   Means                                                                           Record
unauthorised                the role is not authorised for this event: not counted                          gridloop.dispatches/3/3
suspended_late      handle  suspended after the due time: not counted                                       gridloop.dispatches/3/6
extended_too_often  handle  extended more often than the policy allows: not counted                         gridloop.dispatches/3/5
extended_unclear    close   extension without a due time or a limit that this clock can count: not counted  gridloop.dispatches/3/4
extended_unclear    close   extension without a due time or a limit that this clock can count: not counted  gridloop.dispatches/3/5

Facts, by time of occurrence
Time                       Fact       Unit   Record                   Fields
2026-02-12T09:00:00+08:00  reported          gridloop.requests/3/0    area g7, category road, condition hole, channel hotline, role operator
2026-02-12T09:10:00+08:00  sent       roads  gridloop.dispatches/3/0  role dispatcher
2026-02-12T09:30:00+08:00  sent       water  gridloop.dispatches/3/1  lead no
2026-02-13T10:00:00+08:00  suspended         gridloop.dispatches/3/2  until 2026-02-24T09:00:00+08:00, reason frost
2026-02-13T11:00:00+08:00  resumed           gridloop.dispatches/3/3  role clerk
2026-02-24T14:00:00+08:00  extended          gridloop.dispatches/3/4  role dispatcher, limit 1 work_day
2026-02-25T14:00:00+08:00  extended          gridloop.dispatches/3/5  role dispatcher, limit 3 work_day
2026-03-02T10:00:00+08:00  suspended         gridloop.dispatches/3/6  until 2026-03-05T09:00:00+08:00, reason rain
2026-03-02T11:00:00+08:00  handled    roads  gridloop.dispatches/3/7
)");
}

TEST(CaseCommand, ListsAnomaliesAlone) {
  EXPECT_EQ(holiday_town().show_case("c1", true).out, R"(c1  handled

Anomalies
Anomaly             Clock   Means                                                                           Record
unauthorised                the role is not authorised for this event: not counted                          gridloop.dispatches/3/3
suspended_late      handle  suspended after the due time: not counted                                       gridloop.dispatches/3/6
extended_too_often  handle  extended more often than the policy allows: not counted                         gridloop.dispatches/3/5
extended_unclear    close   extension without a due time or a limit that this clock can count: not counted  gridloop.dispatches/3/4
extended_unclear    close   extension without a due time or a limit that this clock can count: not counted  gridloop.dispatches/3/5
)");
  const std::string json = holiday_town().show_case("c1", true, true).out;
  EXPECT_TRUE(json.starts_with(
      R"({"case":"c1","status":"handled","anomalies":[{"anomaly":"unauthorised",)"
      R"("means":"the role is not authorised for this event: not counted","at":"gridloop.dispatches/3/3"},)"
      R"({"anomaly":"suspended_late","clock":"handle","cycle":1,)"))
      << json;
  EXPECT_EQ(json.find("facts"), std::string::npos);
}

TEST(CaseCommand, TellsAProgramTheSame) {
  const std::string json = holiday_town().show_case("c1", false, true).out;
  for (const std::string_view part : {
           R"("condition":"hole","priority":0,"channel":"hotline","unit":"roads","assisting":["water"],)",
           R"("version":9,"hops":2,"cycles":1,)",
           R"("clocks":[{"clock":"handle","cycle":1,"due":"2026-02-28T18:00:00+08:00","verdict":"breached",)"
           R"("state":"stopped","start":"2026-02-12T09:00:00+08:00","stopped":"2026-03-02T11:00:00+08:00",)"
           R"("unit":"roads","policy":"handle-road","policy_version":"v3","calendar":"city",)"
           R"("calendar_version":"2026-a"},)",
           R"("due":"2026-03-17T00:00:00+08:00","verdict":"running","state":"paused",)"
           R"("start":"2026-02-12T09:00:00+08:00","due_day":"2026-03-16",)"
           R"("paused_until":"2026-03-05T09:00:00+08:00","reason":"rain",)",
           R"("anomalies":[{"anomaly":"unauthorised",)",
       }) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

TEST(CaseCommand, SaysWhenNothingIsKnown) {
  Town town;
  town.tell("03-02 09:00", "request.reported", "c1");
  town.run("03-02 10:00");
  EXPECT_EQ(town.show_case("c1", true).out, "c1  reported\nno anomalies\n");
  const Printed unknown = town.show_case("c2");
  EXPECT_EQ(unknown.code, ops::kInvalid);
  EXPECT_EQ(unknown.err, "no events have been processed for case c2");
}

}  // namespace
}  // namespace questions_test
