#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "projections/cases/links.h"
#include "tests/projections/world.h"

namespace projections_test {
namespace {

// What one case may hold is bounded, and what is more is named, not lost in silence.
class Bounds : public testing::Test {
 protected:
  World world_{{.start = engine::instant(1'772'416'800'000)}};

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

  std::size_t dead_letters(std::string_view reason) {
    const auto letters = world_.read("dead-letters");
    return static_cast<std::size_t>(std::ranges::count_if(
        letters, [&](const Written& letter) { return letter.value.find(reason) != std::string::npos; }));
  }

  int told_ = 0;
};

TEST_F(Bounds, OfUnitsThatAreWhistledFor) {
  tell("policy.published", "report-in", R"({"clock":"report_in","limit":"1 urgent_hour"})");
  tell("request.reported", "c1", "{}");
  std::string units;
  for (std::size_t i = 0; i <= projections::kMaxCallouts; ++i) units += fmt::format(R"({}"u{}")", i == 0 ? "" : ",", i);
  tell("dispatch.whistled", "c1", fmt::format(R"({{"units":[{}]}})", units));
  world_.drain();
  const auto answer = world_.cases("c1").find("c1", world_.clock().now());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->subject.callouts.size(), projections::kMaxCallouts);
  const auto odd = anomalies(answer->subject, answer->clocks);
  EXPECT_EQ(std::ranges::count(odd, projections::Anomaly::too_many_units), 1);
  EXPECT_EQ(world_.compare_replicas(), "");
}

TEST_F(Bounds, OfCasesThatAreMergedIntoOne) {
  tell("request.reported", "parent", "{}");
  const std::size_t children = projections::kMaxLinks + 3;
  for (std::size_t i = 0; i < children; ++i) {
    tell("request.reported", fmt::format("c{}", i), "{}");
    tell("request.merged", fmt::format("c{}", i), R"({"parent":"parent"})");
  }
  world_.drain();
  EXPECT_EQ(dead_letters("too_many_facts"), 3u);
  tell("dispatch.closed", "parent", "{}");
  world_.drain();
  std::size_t closed = 0;
  for (std::size_t i = 0; i < children; ++i) {
    const std::string child = fmt::format("c{}", i);
    closed += world_.cases(child).find(child, world_.clock().now())->subject.parent_closed.has_value() ? 1 : 0;
  }
  EXPECT_EQ(closed, projections::kMaxLinks);
  EXPECT_EQ(world_.compare_replicas(), "");
}

}  // namespace
}  // namespace projections_test
