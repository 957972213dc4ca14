#include "projections/cases/field_fold.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/projections/promises.h"
#include "tests/projections/stories.h"

namespace projections_test {
namespace {

using projections::EvictedRow;
using topics::Counter;

constexpr int kWindow = 256;

Told visit(int number, std::string_view type = "visit.made", std::string data = "{}") {
  Told told;
  told.time = kFirstBatch + std::chrono::hours(number);
  told.type = type;
  told.subject = "h1";
  told.data = std::move(data);
  told.source = "/worker-app";
  told.id = fmt::format("{}-{}", type, number);
  return told;
}

std::int64_t visited(World& world, std::string_view area) {
  std::int64_t n = 0;
  for (const auto& day : world.areas().days(area, 0, 100'000)) n += day.counters[Counter::visited];
  return n;
}

std::int64_t evicted(World& world) {
  std::int64_t n = 0;
  world.cases("h1").each_evicted([&](std::string_view, const EvictedRow& row) {
    for (const std::int64_t count : row.n) n += count;
  });
  return n;
}

TEST(Window, KeepsTheCountsOfWhatFallsOut) {
  World world({.start = kFirstBatch, .step_records = 50});
  world.append(visit(-1, "household.registered", R"({"area":"g7"})"));
  constexpr int kVisits = kWindow + 100;
  for (int i = 0; i < kVisits; ++i) {
    world.clock().set(kFirstBatch + std::chrono::hours(i));
    world.append(visit(i));
    if (i % 40 == 0) world.drain();
  }
  world.drain();
  EXPECT_EQ(visited(world, "g7"), kVisits);
  EXPECT_EQ(evicted(world), 101);  // the registration stays in the window
  EXPECT_EQ(broken_promises(world), "");

  // What fell out is known no more: told again it is too late, and counts no second time.
  world.append(visit(3));
  world.drain();
  EXPECT_EQ(world.cases("h1").tallies()["dead_letters.too_late"], 1);
  EXPECT_EQ(visited(world, "g7"), kVisits);
}

TEST(Window, KeepsTheAreaThatWasInForce) {
  World world({.start = kFirstBatch});
  world.append(visit(-1, "household.registered", R"({"area":"g7"})"));
  world.clock().set(kFirstBatch + std::chrono::hours(2 * kWindow));
  for (int i = 0; i < 300; ++i) {
    if (i == 100) world.append(visit(i, "household.registered", R"({"area":"g8"})"));
    world.append(visit(i));
  }
  world.drain();
  EXPECT_EQ(visited(world, "g7"), 100);
  EXPECT_EQ(visited(world, "g8"), 200);
  for (int i = 300; i < 400; ++i) world.append(visit(i));
  world.drain();
  EXPECT_EQ(visited(world, "g7"), 100);
  EXPECT_EQ(visited(world, "g8"), 300);
  EXPECT_EQ(broken_promises(world), "");
}

TEST(Window, FollowsAMergerWithWhatFellOut) {
  World world({.start = kFirstBatch, .step_rows = 1});
  for (const char* area : {"g7", "g8"}) {
    Told rule = visit(0, "area.registered", R"({"level":"grid"})");
    rule.subject = area;
    rule.id = area;
    world.append(rule);
  }
  world.clock().set(kFirstBatch + std::chrono::hours(2 * kWindow));
  for (int i = 0; i < 300; ++i) world.append(visit(i, "visit.made", R"({"area":"g7"})"));
  world.drain();
  EXPECT_EQ(evicted(world), 300 - kWindow);
  Told merged = visit(2 * kWindow, "area.retired", R"({"successors":["g8"]})");
  merged.subject = "g7";
  world.append(merged);
  for (int i = 300; i < 320; ++i) world.append(visit(i, "visit.made", R"({"area":"g7"})"));
  world.drain();
  EXPECT_EQ(visited(world, "g7"), 0);
  EXPECT_EQ(visited(world, "g8"), 320);
  EXPECT_EQ(broken_promises(world), "");
}

TEST(EvictedRow, IsReadAsItWasWritten) {
  EvictedRow row;
  row.area = "g7";
  row.add(Counter::visited);
  row.add(Counter::rounds);
  row.add(Counter::rounds);
  std::string bytes;
  row.encode(bytes);
  EvictedRow read;
  ASSERT_TRUE(read.decode(bytes));
  EXPECT_EQ(read.area, "g7");
  EXPECT_EQ(read.n, (std::array<std::int64_t, 4>{1, 0, 0, 2}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read.decode(std::string_view(bytes).substr(0, size)));
  }
  const std::string key = EvictedRow::key("g7", -3);
  EXPECT_EQ(EvictedRow::named_area(key), "g7");
  EXPECT_EQ(EvictedRow::day(key), -3);
}

}  // namespace
}  // namespace projections_test
