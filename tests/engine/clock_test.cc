#include "engine/clock.h"

#include <gtest/gtest.h>

namespace {

using namespace engine;

TEST(SimulatedClock, MovesOnlyWhenTold) {
  SimulatedClock clock(instant(1000));
  EXPECT_EQ(clock.now(), instant(1000));
  clock.advance(Milliseconds(5));
  EXPECT_EQ(clock.now(), instant(1005));
  clock.advance(Milliseconds(-10));
  EXPECT_EQ(clock.now(), instant(995));
  clock.set(instant(7));
  EXPECT_EQ(clock.now(), instant(7));
}

TEST(SimulatedClock, ItsMonotonicTimeNeverGoesBack) {
  SimulatedClock clock(instant(1000));
  const Instant start = clock.monotonic();
  clock.advance(Milliseconds(5));
  clock.advance(Milliseconds(-10));
  EXPECT_EQ(clock.monotonic() - start, Milliseconds(5));
  clock.set(instant(1000));
  EXPECT_EQ(clock.monotonic() - start, Milliseconds(10));
  clock.set(instant(7));
  EXPECT_EQ(clock.monotonic() - start, Milliseconds(10));
  const BoundedClock bounded(clock, instant(3));
  EXPECT_EQ(bounded.monotonic(), clock.monotonic());
}

TEST(ScaledClock, RunsFromItsStartAtItsSpeed) {
  SimulatedClock under(instant(1'000'000));
  const ScaledClock scaled(under, instant(50), 60);
  EXPECT_EQ(scaled.now(), instant(50));
  under.advance(Milliseconds(1000));
  EXPECT_EQ(scaled.now(), instant(60050));
}

TEST(BoundedClock, StopsAtItsLimit) {
  SimulatedClock under(instant(10));
  const BoundedClock bounded(under, instant(20));
  EXPECT_EQ(bounded.now(), instant(10));
  under.set(instant(20));
  EXPECT_EQ(bounded.now(), instant(20));
  under.set(instant(21));
  EXPECT_EQ(bounded.now(), instant(20));
}

TEST(WallClock, ShowsATimeOfThisCentury) {
  EXPECT_GT(WallClock().now(), instant(1'600'000'000'000));
}

}  // namespace
