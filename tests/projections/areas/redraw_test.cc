#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fmt/format.h>

#include "tests/projections/law.h"
#include "tests/projections/promises.h"
#include "tests/projections/stories.h"

namespace projections_test {
namespace {

using projections::CounterRow;
using topics::Counter;

constexpr int kCases = 24;
constexpr std::string_view kGrids[] = {"g1", "g2", "g3", "g4"};
constexpr std::string_view kStreets[] = {"north", "south"};

class Town {
 public:
  Town(std::uint32_t partitions, std::uint64_t step_rows)
      : world_({.start = kFirstBatch, .partitions = partitions, .step_rows = step_rows}) {
    tell("area.registered", "city", R"({"level":"city"})");
    for (const std::string_view street : kStreets) enter(street, "street", "city");
    for (const std::string_view grid : kGrids) enter(grid, "grid", "north");
    for (int i = 0; i < kCases; ++i) {
      const std::string_view area = i % 6 < 4 ? kGrids[static_cast<std::size_t>(i % 6)] : kStreets[i % 2];
      tell("request.reported", fmt::format("c{}", i), fmt::format(R"({{"area":"{}"}})", area));
      if (i % 5 == 0) tell("visit.made", fmt::format("h{}", i), fmt::format(R"({{"area":"{}"}})", area));
    }
    world_.drain();
  }

  void tell(std::string_view type, std::string_view subject, std::string data) {
    Told told;
    told.time = world_.clock().now();
    told.type = type;
    told.subject = subject;
    told.data = std::move(data);
    told.source = "/office";
    told.id = fmt::format("e{}", number_++);
    world_.append(told);
  }
  void enter(std::string_view area, std::string_view level, std::string_view parent) {
    tell("area.registered", area, fmt::format(R"({{"level":"{}","parent":"{}"}})", level, parent));
  }

  // One thing that can happen to the map; some of it is refused.
  void redraw() {
    const auto area = [] {
      return *rc::gen::arbitrary<bool>()
                 ? *rc::gen::elementOf(std::vector<std::string_view>(std::begin(kGrids), std::end(kGrids)))
                 : kStreets[*rc::gen::inRange(0, 2)];
    };
    const std::string_view subject = area();
    const bool grid = subject.front() == 'g';
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        return tell("area.moved", subject, fmt::format(R"({{"parent":"{}"}})", area()));
      case 1:
        return enter(subject, grid ? "grid" : "street", grid ? kStreets[*rc::gen::inRange(0, 2)] : "city");
      case 2:
        return tell("area.retired", subject, R"({"successors":["g1","g2"]})");
      case 3:
        return tell("area.retired", subject, "{}");
      default:
        return tell("area.retired", subject, fmt::format(R"({{"successors":["{}"]}})", area()));
    }
  }

  // What is lost, made up or counted below nothing; empty when all is in order.
  std::string unbalanced() {
    projections::Areas& areas = world_.areas();
    const std::int64_t open = areas.total_now()[Counter::open_now];
    if (open != kCases) return fmt::format("{} cases are open in all, they are {}", open, kCases);
    std::string wrong;
    const auto none_below_zero = [&](std::string_view what, const CounterRow& row) {
      for (const std::int64_t n : row.n) {
        if (n < 0) wrong += fmt::format("{} has {}\n", what, n);
      }
    };
    for (const auto& [id, area] : areas.directory().areas()) none_below_zero(id, areas.now(id));
    for (const std::string& top : areas.directory().tops()) {
      none_below_zero("beside " + top, areas.now(projections::kUnattributed));
    }
    return wrong;
  }

  World& world() { return world_; }

 private:
  World world_;
  int number_ = 0;
};

TEST(RedrawnAreas, LoseNothingWhileTheyAreRedrawn) {
  EXPECT_TRUE(law("after every step all cases are somewhere, and none twice", 100, [] {
    Town town(*rc::gen::element(1u, 3u), *rc::gen::element<std::uint64_t>(1, 3, 4000));
    for (int n = *rc::gen::inRange(1, 6); n > 0; --n) {
      town.redraw();
      for (int steps = *rc::gen::inRange(0, 12); steps > 0; --steps) {
        town.world().step();
        if (const std::string wrong = town.unbalanced(); !wrong.empty()) RC_FAIL(wrong);
      }
      if (*rc::gen::inRange(0, 4) == 0) town.world().restart();
    }
    while (!town.world().step()) {
      if (const std::string wrong = town.unbalanced(); !wrong.empty()) RC_FAIL(wrong);
    }
    if (const std::string broken = broken_promises(town.world()); !broken.empty()) RC_FAIL(broken);
  }));
}

TEST(RedrawnAreas, AMergerCountsAtOnceAndTheSweepMovesNoSum) {
  Town town(3, 1);
  town.tell("area.retired", "g1", R"({"successors":["g2"]})");
  projections::Areas& areas = town.world().areas();
  const std::int64_t both = areas.now("g1")[Counter::open_now] + areas.now("g2")[Counter::open_now];
  ASSERT_GT(areas.now("g1")[Counter::open_now], 0);
  bool recalculating = false;
  int steps = 0;
  for (; !town.world().step(); ++steps) {
    EXPECT_EQ(areas.now("g2")[Counter::open_now], both);
    recalculating = recalculating || areas.recalculating();
  }
  EXPECT_GT(steps, kCases / 3);  // one row a step
  EXPECT_TRUE(recalculating);
  EXPECT_FALSE(areas.recalculating());
  EXPECT_EQ(areas.now("g2")[Counter::open_now], both);
  EXPECT_EQ(areas.now("g1")[Counter::open_now], 0);
  EXPECT_EQ(broken_promises(town.world()), "");
}

}  // namespace
}  // namespace projections_test
