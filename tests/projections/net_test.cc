#include "tests/projections/net.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

namespace projections_test {

namespace {

using enum topics::AlertKind;
using engine::Instant;
using topics::AlertKind;
using topics::SlaAlert;

constexpr std::int64_t kNine = 9;
constexpr std::int64_t kTen = 10;
constexpr std::int64_t kEleven = 11;

Instant at(std::int64_t hour) {
  return engine::instant(hour * 3'600'000);
}

// Alerts of the handle clock of case c, due at ten if nothing else is said.
struct Alerts {
  std::vector<SlaAlert> all;

  Alerts& say(AlertKind kind, std::int64_t step = 0) {
    SlaAlert alert;
    alert.kind = kind;
    alert.rung = name(kind);
    alert.subject = "c";
    alert.clock = "handle";
    alert.cycle = 1;
    alert.due = at(kTen);
    alert.step = step;
    alert.id = "c|handle|1|" + alert.rung + "|" + std::to_string(all.size() + 1);
    all.push_back(std::move(alert));
    return *this;
  }
  Alerts& take_back(AlertKind kind) {
    say(retracted);
    all.back().rung = name(kind);
    return *this;
  }
  Alerts& change_due(std::int64_t before, std::int64_t after) {
    say(due_changed).due_at(after);
    all.back().previous_due = at(before);
    return *this;
  }
  Alerts& due_at(std::int64_t hour) {  // of the last one
    all.back().due = at(hour);
    return *this;
  }
  Alerts& of_cycle(std::int32_t cycle) {  // the last one
    all.back().cycle = cycle;
    return *this;
  }
};

Announced come_to(const Alerts& alerts) {
  return net(alerts.all).at({"c", "handle", 1});
}

// Why net() refuses them. The last is the one that is refused.
std::string refused(Alerts alerts) {
  std::string why = "accepted";
  try {
    net(alerts.all);
  } catch (const std::runtime_error& error) {
    why = error.what();
  }
  alerts.all.pop_back();
  EXPECT_NO_THROW(net(alerts.all));
  return why.substr(why.find("): ") == std::string::npos ? 0 : why.find("): ") + 3);
}

TEST(Net, IsTheLastVerdictThatWasNotTakenBack) {
  EXPECT_EQ(come_to(Alerts().say(warned)).verdict, "warned");
  EXPECT_EQ(come_to(Alerts().say(warned).say(breached)).verdict, "breached");
  EXPECT_EQ(come_to(Alerts().say(breached).take_back(breached)).verdict, "running");
  EXPECT_EQ(come_to(Alerts().say(breached).take_back(breached).say(met).due_at(kEleven)).due, at(kEleven));
  EXPECT_EQ(come_to(Alerts().say(met).take_back(met).say(warned).say(met)).verdict, "met");
}

TEST(Net, RefusesAVerdictThatDoesNotFollow) {
  EXPECT_EQ(refused(Alerts().say(breached).say(breached)), "it does not follow from what holds: breached");
  EXPECT_EQ(refused(Alerts().say(breached).say(met)), "it does not follow from what holds: breached");
  EXPECT_EQ(refused(Alerts().say(met).say(warned)), "it does not follow from what holds: met");
  EXPECT_EQ(refused(Alerts().say(warned).say(breached).due_at(kEleven)), "the warning was for another due time");
}

TEST(Net, RefusesARetractionOfWhatDoesNotHold) {
  EXPECT_EQ(refused(Alerts().take_back(breached)), "nothing holds that could be retracted");
  EXPECT_EQ(refused(Alerts().say(warned).take_back(breached)), "it retracts what does not hold: warned");
  EXPECT_EQ(refused(Alerts().say(breached).take_back(breached).due_at(kNine)),
            "it retracts a verdict of another due time");
  EXPECT_EQ(refused(Alerts().say(breached).take_back(breached).take_back(breached)),
            "nothing holds that could be retracted");
  Alerts nothing;
  nothing.say(retracted).all.back().rung = "running";
  EXPECT_EQ(refused(nothing), "nothing holds that could be retracted");
}

TEST(Net, WarnsAgainOnlyAtAHigherStep) {
  EXPECT_EQ(come_to(Alerts().say(warned, 1).say(warned, 3)).warnings, 3);
  EXPECT_EQ(come_to(Alerts().say(warned, 2).take_back(warned).say(warned, 1)).warnings, 1);
  EXPECT_EQ(refused(Alerts().say(warned, 1).say(warned, 1)), "its step does not ascend");
  EXPECT_EQ(refused(Alerts().say(warned, 2).say(warned, 1)), "its step does not ascend");
  EXPECT_EQ(refused(Alerts().say(warned, 1).say(warned, 2).due_at(kEleven)), "the warning was for another due time");
}

TEST(Net, EscalatesABreachUntilItIsTakenBack) {
  EXPECT_EQ(come_to(Alerts().say(breached).say(escalated, 1).say(escalated, 3)).escalations, 3);
  EXPECT_EQ(come_to(Alerts().say(breached).say(escalated, 2).take_back(breached)).escalations, 0);
  const Announced again =
      come_to(Alerts().say(breached).say(escalated, 2).take_back(breached).say(breached).say(escalated, 1));
  EXPECT_EQ(again.verdict, "breached");
  EXPECT_EQ(again.escalations, 1);
}

TEST(Net, RefusesAnEscalationWithoutItsBreach) {
  EXPECT_EQ(refused(Alerts().say(escalated, 1)), "it escalates what is not breached: running");
  EXPECT_EQ(refused(Alerts().say(warned).say(escalated, 1)), "it escalates what is not breached: warned");
  EXPECT_EQ(refused(Alerts().say(breached).say(escalated, 1).due_at(kEleven)), "the breach was for another due time");
  EXPECT_EQ(refused(Alerts().say(breached).say(escalated, 0)), "its step does not ascend");
  EXPECT_EQ(refused(Alerts().say(breached).say(escalated, 2).say(escalated, 2)), "its step does not ascend");
  EXPECT_EQ(refused(Alerts().say(breached).say(escalated, 1).take_back(escalated)),
            "it retracts what does not hold: breached");
  EXPECT_EQ(refused(Alerts().say(breached).take_back(breached).say(escalated, 1)),
            "it escalates what is not breached: running");
}

TEST(Net, FollowsTheCourseOfAClock) {
  EXPECT_EQ(come_to(Alerts().say(breached)).course, Course::untold);
  EXPECT_EQ(come_to(Alerts().say(started)).course, Course::running);
  EXPECT_EQ(come_to(Alerts().say(started).say(paused)).course, Course::paused);
  EXPECT_EQ(come_to(Alerts().say(started).say(paused).say(resumed).say(paused).say(resumed)).course, Course::running);
  EXPECT_EQ(come_to(Alerts().say(started).say(cancelled)).course, Course::cancelled);
  EXPECT_EQ(come_to(Alerts().say(started).say(paused).say(cancelled)).course, Course::cancelled);
}

TEST(Net, StartsAgainWhatWasCancelledOrJudged) {
  EXPECT_EQ(come_to(Alerts().say(started).say(cancelled).say(started)).course, Course::running);
  EXPECT_EQ(come_to(Alerts().say(started).say(met).take_back(met).say(started)).course, Course::running);
  EXPECT_EQ(come_to(Alerts().say(started).say(breached).say(started)).course, Course::running);
  EXPECT_EQ(come_to(Alerts().say(started).say(started).of_cycle(2)).course, Course::running);
  EXPECT_EQ(refused(Alerts().say(started).say(started)), "it has started already");
  EXPECT_EQ(refused(Alerts().say(started).say(paused).say(started)), "it has started already");
  EXPECT_EQ(refused(Alerts().say(started).say(warned).say(started)), "it has started already");
  EXPECT_EQ(refused(Alerts().say(started).say(met).say(started).say(started)), "it has started already");
}

TEST(Net, RefusesACourseThatDoesNotFollow) {
  EXPECT_EQ(refused(Alerts().say(paused)), "it does not run");
  EXPECT_EQ(refused(Alerts().say(started).say(paused).say(paused)), "it does not run");
  EXPECT_EQ(refused(Alerts().say(started).say(cancelled).say(paused)), "it does not run");
  EXPECT_EQ(refused(Alerts().say(started).say(resumed)), "it is not paused");
  EXPECT_EQ(refused(Alerts().say(started).say(paused).say(resumed).say(resumed)), "it is not paused");
  EXPECT_EQ(refused(Alerts().say(cancelled)), "it neither runs nor is paused");
  EXPECT_EQ(refused(Alerts().say(started).say(cancelled).say(cancelled)), "it neither runs nor is paused");
  EXPECT_EQ(refused(Alerts().say(started).say(paused).of_cycle(2)), "it does not run");
}

TEST(Net, KnowsTheDueTimeThatAChangeReplaces) {
  EXPECT_EQ(come_to(Alerts().say(started).change_due(kTen, kEleven)).course_due, at(kEleven));
  EXPECT_EQ(come_to(Alerts().say(started).say(paused).change_due(kTen, kEleven)).course, Course::paused);
  EXPECT_EQ(come_to(Alerts().say(started).change_due(kTen, kEleven).change_due(kEleven, kNine)).course_due, at(kNine));
  EXPECT_EQ(refused(Alerts().change_due(kTen, kEleven)), "it neither runs nor is paused");
  EXPECT_EQ(refused(Alerts().say(started).say(cancelled).change_due(kTen, kEleven)), "it neither runs nor is paused");
  EXPECT_EQ(refused(Alerts().say(started).change_due(kNine, kEleven)), "another due time was told before");
  EXPECT_EQ(refused(Alerts().say(started).say(due_changed).due_at(kEleven)), "another due time was told before");
  EXPECT_EQ(refused(Alerts().say(started).change_due(kTen, kTen)), "its due time is the one that was told before");
}

TEST(Net, TakesVerdictsAndCourseApart) {
  const Alerts moved = Alerts().say(started).say(warned).change_due(kTen, kEleven);
  EXPECT_EQ(refused(Alerts(moved).say(breached).due_at(kEleven)), "the warning was for another due time");
  const Announced said = come_to(Alerts(moved).take_back(warned).say(breached).due_at(kEleven));
  EXPECT_EQ(said.verdict, "breached");
  EXPECT_EQ(said.due, at(kEleven));
  EXPECT_EQ(said.course, Course::running);
}

TEST(Net, RefusesAnIdThatComesTwiceAndARungOfAnotherKind) {
  Alerts twice = Alerts().say(started).say(paused);
  twice.all[1].id = twice.all[0].id;
  EXPECT_EQ(refused(twice), "the id is not unique");
  for (const AlertKind kind : {warned, breached, escalated, met, started, paused, resumed, due_changed, cancelled}) {
    Alerts other = Alerts().say(kind);
    other.all[0].rung = "retracted";
    EXPECT_EQ(refused(other), "its rung is another than its kind");
  }
}

}  // namespace

}  // namespace projections_test
