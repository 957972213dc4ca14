#include "ops/lab/random.h"

#include <gtest/gtest.h>

namespace {

using ops::Random;

constexpr int kDraws = 100'000;

// Within one part in 100 of `expected`.
void expect_about(double expected, double found) {
  EXPECT_NEAR(expected, found, expected / 100);
}

TEST(Random, SameSeedGivesTheSameNumbers) {
  Random one(7);
  Random other(7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(), other.next());
}

TEST(Random, ExponentialHasItsMeanAndItsMedian) {
  Random random(1);
  double sum = 0;
  int below_median = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::int64_t draw = random.exponential(1'000'000);
    ASSERT_GE(draw, 0);
    sum += static_cast<double>(draw);
    if (draw < 693'147) ++below_median;  // mean * ln 2
  }
  expect_about(1'000'000, sum / kDraws);
  expect_about(0.5, static_cast<double>(below_median) / kDraws);
}

TEST(Random, SkewedLiesInItsBoundsAndFavoursTheSmall) {
  Random random(1);
  int below_an_eighth = 0;
  std::uint64_t largest = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t draw = random.skewed(1844);
    largest = std::max(largest, draw);
    if (draw * 8 < 1844) ++below_an_eighth;
  }
  EXPECT_EQ(largest, 1843u);
  expect_about(0.25, static_cast<double>(below_an_eighth) / kDraws);  // u^1.5 < 1/8 when u < 1/4
}

}  // namespace
