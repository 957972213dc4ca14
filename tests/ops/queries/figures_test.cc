// `gridloop rankings`, `workload`, `alerts` and `status`: figures of a small town, for people and for programs.

#include <gtest/gtest.h>

#include "ops/cli/exit_code.h"
#include "tests/ops/queries/town.h"

namespace questions_test {
namespace {

// Two streets; one case was closed in time, one late, one is open, on Monday 2026-03-02 at 12:00.
class Figures : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    town_ = new Town;
    town_->tell("03-01 08:00", "area.registered", "town", R"({"level":"city"})");
    town_->tell("03-01 08:00", "area.registered", "east", R"({"level":"street","parent":"town","name":"East"})");
    town_->tell("03-01 08:00", "area.registered", "west", R"({"level":"street","parent":"town","name":"West"})");
    town_->tell("03-01 08:00", "policy.published", "handle", R"({"clock":"handle","limit":"2 urgent_hour"})");
    town_->tell("03-02 08:00", "request.reported", "c1", R"({"area":"east"})");
    town_->tell("03-02 08:10", "request.reported", "c2", R"({"area":"west"})");
    town_->tell("03-02 08:20", "request.reported", "c3", R"({"area":"west"})");
    town_->tell("03-02 09:00", "dispatch.closed", "c1");
    town_->tell("03-02 11:00", "dispatch.closed", "c2");
    town_->run("03-02 12:00");
  }
  static void TearDownTestSuite() { delete town_; }

  static std::string ask(std::vector<std::string> words) {
    const Printed printed = town_->ask(std::move(words));
    EXPECT_EQ(printed.code, ops::kOk) << printed.err;
    return printed.out;
  }

  static inline Town* town_ = nullptr;
};

#define EXPECT_CONTAINS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(Figures, RanksTheAreasOfALevel) {
  const std::string text = ask({"rankings", "--period", "2026-03", "--level", "street"});
  EXPECT_LT(text.find("East"), text.find("West")) << text;
  EXPECT_CONTAINS(text, "100.00");
  const std::string json = ask({"rankings", "--period", "2026-03", "--level", "street", "--json"});
  EXPECT_TRUE(json.starts_with(R"({"area":"east","name":"East","level":"street","period":"2026-03","rank":1,)"))
      << json;
}

TEST_F(Figures, RankingsOfAMonthWithoutCasesSaySo) {
  const Printed none = town_->ask({"rankings", "--period", "2025-01", "--level", "street"});
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(none.err, "no cases were due or opened in 2025-01\n");
  EXPECT_EQ(town_->ask({"rankings", "--period", "2026-3"}).code, ops::kUsage);
  EXPECT_EQ(town_->ask({"rankings", "--period", "2026-03", "--level", "planet"}).code, ops::kInvalid);
}

TEST_F(Figures, ShowsTheWorkloadOfAnAreaByDayAndMonth) {
  EXPECT_CONTAINS(ask({"workload", "west"}), "Open now: 1, overdue: 1\n");
  EXPECT_CONTAINS(ask({"workload", "west", "--json"}), R"("area":"west","total":true,"opened":2)");
  EXPECT_CONTAINS(ask({"workload", "west", "--months", "--json"}),
                  R"({"area":"west","month":"2026-03","opened":2,"closed":1,"open":1})");
  EXPECT_EQ(town_->ask({"workload", "north"}).err, "gridloop: unknown area north\n");
  EXPECT_EQ(town_->ask({"workload"}).code, ops::kUsage);
}

TEST_F(Figures, ComparesTheBusiestAreas) {
  const std::string text = ask({"workload", "--level", "street", "--top", "1"});
  EXPECT_CONTAINS(text, "West");
  EXPECT_CONTAINS(text, "1 others");
  const std::string json = ask({"workload", "--level", "street", "--top", "1", "--json"});
  EXPECT_CONTAINS(json, R"("area":"west")");
  EXPECT_EQ(json.find("others"), std::string::npos) << json;
}

TEST_F(Figures, ListsAlertsAndTheCurrentVerdicts) {
  const std::string all = ask({"alerts"});
  EXPECT_CONTAINS(all, "breached");
  EXPECT_EQ(ask({"alerts", "--case", "c1"}).find("c2"), std::string::npos);
  const Printed net = town_->ask({"alerts", "--net"});
  EXPECT_CONTAINS(net.err, "2 breached");
  EXPECT_CONTAINS(ask({"alerts", "--net", "--json"}), R"({"case":"c1","clock":"handle","cycle":1,"verdict":"met",)");
}

TEST_F(Figures, StatusAddsUpAllTasks) {
  const std::string text = ask({"status"});
  EXPECT_CONTAINS(text, "Cases     3: ");
  EXPECT_CONTAINS(text, "Areas     3\n");
  EXPECT_CONTAINS(text, "areas-0");
  const std::string json = ask({"status", "--json"});
  EXPECT_CONTAINS(json, R"("kind":"totals","areas":3,)");
  EXPECT_CONTAINS(json, R"("pending":0,"held_by_backfills":0})");
}

}  // namespace
}  // namespace questions_test
