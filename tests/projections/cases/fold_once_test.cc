#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/projections/json_match.h"
#include "tests/projections/law.h"
#include "tests/projections/stories.h"
#include "tests/projections/world.h"
#include "topics/codec/rfc3339.h"

// A row that a step touches is folded, announced and published once in it.

namespace projections_test {
namespace {

using topics::AlertKind;

class FoldOnce : public testing::Test {
 protected:
  World world_{{.start = kFirstBatch}};

  void tell(const std::string& type, const std::string& subject, const std::string& data) {
    Told told;
    told.time = world_.clock().now();
    told.type = type;
    told.subject = subject;
    told.data = data;
    told.id = fmt::format("{}", ++told_);
    told.source = "/desk";
    world_.append(told);
  }
  std::vector<AlertKind> kinds() {
    std::vector<AlertKind> all;
    for (const topics::SlaAlert& alert : world_.alerts()) all.push_back(alert.kind);
    return all;
  }
  std::size_t published(std::string_view subject) {
    const auto rows = world_.read("cases");
    return static_cast<std::size_t>(std::ranges::count(rows, subject, &Written::key));
  }

  int told_ = 0;
};

constexpr const char* kDueInAnHour = R"({"unit":"u1","due":"2026-03-02T13:00:00Z"})";

TEST_F(FoldOnce, SeveralEventsOfAStepAreAnnouncedByTheirNet) {
  world_.clock().set(*topics::parse_rfc3339("2026-03-02T12:00:00Z"));
  tell("request.reported", "c1", R"({"area":"g7"})");
  tell("dispatch.sent", "c1", kDueInAnHour);
  tell("dispatch.handled", "c1", R"({"unit":"u1"})");
  tell("dispatch.closed", "c1", "{}");
  world_.drain();
  EXPECT_EQ(kinds(), std::vector<AlertKind>{AlertKind::met}) << "it neither starts nor runs";
  EXPECT_EQ(published("c1"), 1u);
  EXPECT_EQ(world_.compare_replicas(), "");
}

TEST_F(FoldOnce, SeveralEventsInStepsOfTheirOwnAreAnnouncedOneByOne) {
  world_.clock().set(*topics::parse_rfc3339("2026-03-02T12:00:00Z"));
  tell("request.reported", "c1", R"({"area":"g7"})");
  world_.drain();
  tell("dispatch.sent", "c1", kDueInAnHour);
  world_.drain();
  tell("dispatch.handled", "c1", R"({"unit":"u1"})");
  world_.drain();
  EXPECT_EQ(kinds(), (std::vector<AlertKind>{AlertKind::started, AlertKind::met}));
  EXPECT_EQ(published("c1"), 3u);
}

TEST_F(FoldOnce, ATimerAndAnEventOfAStepPublishOneRow) {
  world_.clock().set(*topics::parse_rfc3339("2026-03-02T12:00:00Z"));
  tell("request.reported", "c1", R"({"area":"g7"})");
  tell("dispatch.sent", "c1", kDueInAnHour);
  world_.drain();
  EXPECT_EQ(published("c1"), 1u);
  world_.clock().set(*topics::parse_rfc3339("2026-03-02T13:00:20Z"));
  tell("dispatch.signed", "c1", R"({"unit":"u1"})");
  world_.drain();
  EXPECT_EQ(kinds(), (std::vector<AlertKind>{AlertKind::started, AlertKind::breached}));
  const auto alerts = world_.alerts();
  EXPECT_EQ(alerts.back().time, *topics::parse_rfc3339("2026-03-02T13:00:00.001Z")) << "the timer's own moment";
  ASSERT_EQ(published("c1"), 2u);
  EXPECT_NE(world_.read("cases").back().value.find(R"("status":"signed")"), std::string::npos);
  EXPECT_EQ(world_.compare_replicas(), "");
}

TEST_F(FoldOnce, AnEventBeforeATimerOfTheStepCountsForIt) {
  world_.clock().set(*topics::parse_rfc3339("2026-03-02T12:00:00Z"));
  tell("request.reported", "c1", R"({"area":"g7"})");
  tell("dispatch.sent", "c1", kDueInAnHour);
  world_.drain();
  world_.clock().set(*topics::parse_rfc3339("2026-03-02T12:59:50Z"));
  tell("dispatch.handled", "c1", R"({"unit":"u1"})");
  world_.clock().set(*topics::parse_rfc3339("2026-03-02T13:00:10Z"));
  world_.drain();
  EXPECT_EQ(kinds(), (std::vector<AlertKind>{AlertKind::started, AlertKind::met}));
  EXPECT_EQ(published("c1"), 2u);
  EXPECT_EQ(world_.compare_replicas(), "");
}

TEST(FoldOnceLaw, EachStepPublishesARowOnce) {
  EXPECT_TRUE(law("no step of a task publishes a row twice, whose id says task, step and subject", 60, [] {
    const Story story = *stories();
    Manner manner;
    manner.seed = *rc::gen::arbitrary<std::uint64_t>();
    manner.partitions = *rc::gen::element(1u, 3u);
    manner.step_records = *rc::gen::element<std::uint64_t>(3, 10, 8192);
    manner.step_rows = *rc::gen::element<std::uint64_t>(2, 4000);
    manner.read_per_mille = *rc::gen::element(0u, 300u);
    const auto world = tell(story, manner);
    std::set<std::string> seen;
    for (const Written& row : world->read("cases")) {
      const std::string which = member(row.value, "id");
      if (!seen.insert(which).second) RC_FAIL("twice: " + which);
    }
  }));
}

}  // namespace
}  // namespace projections_test
