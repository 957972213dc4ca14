// `gridloop due`: what it lists, in which order, and what it leaves out.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "tests/ops/queries/town.h"

namespace questions_test {
namespace {

using ops::DueOptions;

constexpr std::int64_t kHour = 3600;

// Six cases in four partitions, on Monday 2026-03-02 at 12:00.
class DueCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    town_ = new Town;
    town_->tell("03-01 08:00", "area.registered", "town", R"({"level":"city"})");
    town_->tell("03-01 08:00", "area.registered", "east", R"({"level":"street","parent":"town"})");
    town_->tell("03-01 08:00", "area.registered", "g7", R"({"level":"grid","parent":"east"})");
    town_->tell("03-01 08:00", "area.registered", "g8", R"({"level":"grid","parent":"town"})");
    report("c1", "g7", "15:00");
    report("c2", "g8", "13:00");
    report("c3", "g7", "13:30");
    report("c4", "g8", "11:00");
    report("c5", "g7", "12:00");
    report("c6", "g7", "12:30");
    town_->tell("03-02 09:05", "dispatch.sent", "c3", R"({"unit":"roads"})");
    town_->tell("03-02 09:30", "dispatch.suspended", "c6", R"({"until":"2026-03-02T12:10:00+08:00","reason":"rain"})");
    town_->run("03-02 12:00");
  }

  static void TearDownTestSuite() { delete town_; }

  static void report(const std::string& id, const std::string& area, const std::string& due) {
    town_->tell("03-02 09:00", "request.reported", id,
                fmt::format(R"({{"area":"{}","due":"2026-03-02T{}:00+08:00"}})", area, due));
  }

  // The cases that are listed, in order.
  static std::string cases(const std::function<void(DueOptions&)>& change) {
    const Printed printed = town_->due([&](DueOptions& options) {
      options.common.json = true;
      options.request.within_seconds = 2 * kHour;
      change(options);
    });
    EXPECT_EQ(printed.code, ops::kOk) << printed.err;
    std::string found;
    constexpr std::string_view kBefore = "{\"case\":\"";
    for (std::size_t at = printed.out.find(kBefore); at != std::string::npos; at = printed.out.find(kBefore, at + 1)) {
      found += (found.empty() ? "" : " ") + printed.out.substr(at + kBefore.size(), 2);
    }
    return found;
  }

  static inline Town* town_ = nullptr;
};

TEST_F(DueCommand, ListsTheCasesOfAllPartitionsByDueTime) {
  const Printed printed = town_->due([](DueOptions& options) { options.request.within_seconds = 2 * kHour; });
  EXPECT_EQ(printed.code, ops::kOk);
  EXPECT_EQ(printed.err, "");
  EXPECT_EQ(printed.out,
            R"(Due                              Left  Case  Clock   Unit   Area  State
2026-03-02T12:00:00+08:00         0 s  c5    handle         g7
2026-03-02T13:00:00+08:00  1 h 00 min  c2    handle         g8
2026-03-02T13:30:00+08:00  1 h 30 min  c3    handle  roads  g7
)");
}

TEST_F(DueCommand, ListsWhatIsOverdueOnlyWhenAsked) {
  EXPECT_EQ(cases([](DueOptions&) {}), "c5 c2 c3");
  EXPECT_EQ(cases([](DueOptions& options) { options.request.overdue = true; }), "c4 c5 c2 c3");
}

TEST_F(DueCommand, ListsWhatIsPausedLast) {
  EXPECT_EQ(cases([](DueOptions& options) { options.request.within_seconds = 4 * kHour; }), "c5 c2 c3 c1 c6");
}

TEST_F(DueCommand, AnAreaIsThatWithAllBelowIt) {
  EXPECT_EQ(cases([](DueOptions& options) { options.request.area = "g7"; }), "c5 c3");
  EXPECT_EQ(cases([](DueOptions& options) { options.request.area = "east"; }), "c5 c3");
  EXPECT_EQ(cases([](DueOptions& options) { options.request.area = "town"; }), "c5 c2 c3");
  const Printed unknown = town_->due([](DueOptions& options) { options.request.area = "west"; });
  EXPECT_EQ(unknown.code, ops::kInvalid);
  EXPECT_EQ(unknown.err, "unknown area west");
}

TEST_F(DueCommand, ListsThoseOfAUnitOrAKindOfClock) {
  EXPECT_EQ(cases([](DueOptions& options) { options.request.unit = "roads"; }), "c3");
  EXPECT_EQ(cases([](DueOptions& options) { options.request.clock = "handle"; }), "c5 c2 c3");
  EXPECT_EQ(cases([](DueOptions& options) { options.request.clock = "sign"; }), "");
  EXPECT_EQ(town_->due([](DueOptions& options) { options.request.clock = "sing"; }).code, ops::kUsage);
}

TEST_F(DueCommand, KeepsTheFirstOfMoreThanTheLimitAndSaysHowManyMore) {
  EXPECT_EQ(cases([](DueOptions& options) { options.request.limit = 2; }), "c5 c2");
  const auto limited = [](DueOptions& options) {
    options.request.limit = 1;
    options.request.within_seconds = 2 * kHour;
  };
  const Printed text = town_->due(limited);
  EXPECT_TRUE(text.out.ends_with("g7\nand 2 more\n")) << text.out;
  const Printed json = town_->due([&](DueOptions& options) {
    limited(options);
    options.common.json = true;
  });
  EXPECT_EQ(json.err, "and 2 more\n");
}

TEST_F(DueCommand, TellsAProgramALineForEachClock) {
  const Printed printed = town_->due([](DueOptions& options) {
    options.common.json = true;
    options.request.within_seconds = 2 * kHour;
    options.request.unit = "roads";
  });
  EXPECT_EQ(
      printed.out,
      R"({"case":"c3","clock":"handle","cycle":1,"due":"2026-03-02T13:30:00+08:00","verdict":"running","state":"running",)"
      R"("start":"2026-03-02T09:00:00+08:00","unit":"roads","given":true,"left_seconds":5400,"area":"g7","category":""})"
      "\n");
}

}  // namespace
}  // namespace questions_test
