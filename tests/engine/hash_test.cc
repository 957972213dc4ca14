#include "engine/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace engine;

Hash128 hash_texts(const std::vector<std::string_view>& texts) {
  Hasher hasher;
  for (const std::string_view text : texts) hasher.add(text);
  return hasher.value();
}

Hash128 hash_numbers(const std::vector<std::uint64_t>& numbers) {
  Hasher hasher;
  for (const std::uint64_t number : numbers) hasher.add(number);
  return hasher.value();
}

// Among a million hashes of 64 bits two are equal by chance in one case of 40 million.
void expect_all_different(const std::function<Hash128(std::uint64_t)>& hash) {
  constexpr std::uint64_t kInputs = 1'000'000;
  std::vector<std::uint64_t> high(kInputs);
  std::vector<std::uint64_t> low(kInputs);
  for (std::uint64_t i = 0; i < kInputs; ++i) {
    const Hash128 value = hash(i);
    high[i] = value.high;
    low[i] = value.low;
  }
  for (auto* half : {&high, &low}) {
    std::ranges::sort(*half);
    EXPECT_EQ(std::ranges::adjacent_find(*half), half->end());
  }
}

TEST(Hash, OfTwoHashesDependsOnTheirOrder) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Hash128 a{i, 0};
    const Hash128 b{0, i + 1};
    EXPECT_NE(hash_of(a, b), hash_of(b, a));
    EXPECT_NE(hash_of(hash128("a"), a), hash_of(a, hash128("a")));
  }
}

TEST(Hash, OfTwoHashesDependsOnEveryBitOfBoth) {
  const Hash128 a = hash128("a");
  const Hash128 b = hash128("b");
  const Hash128 both = hash_of(a, b);
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t one = std::uint64_t{1} << bit;
    for (const Hash128& other : {hash_of({a.high ^ one, a.low}, b), hash_of({a.high, a.low ^ one}, b),
                                 hash_of(a, {b.high ^ one, b.low}), hash_of(a, {b.high, b.low ^ one})}) {
      EXPECT_NE(other.high, both.high);
      EXPECT_NE(other.low, both.low);
    }
  }
}

TEST(Hash, OfSmallNumbersCollideNowhere) {
  expect_all_different([](std::uint64_t i) { return hash_of({i % 1000, 0}, {i / 1000, 0}); });
  expect_all_different([](std::uint64_t i) { return hash_of({0, i % 1000}, {0, i / 1000}); });
  expect_all_different([](std::uint64_t i) { return hash_of({i % 1000, i % 7}, {0, i / 1000}); });
}

TEST(Hasher, KeepsTheBoundariesBetweenItsInputs) {
  EXPECT_NE(hash_texts({"ab", "c"}), hash_texts({"a", "bc"}));
  EXPECT_NE(hash_texts({"abc"}), hash_texts({"a", "bc"}));
  EXPECT_NE(hash_texts({"abc", ""}), hash_texts({"abc"}));
  EXPECT_NE(hash_texts({"", "abc"}), hash_texts({"abc", ""}));
  EXPECT_NE(hash_texts({""}), hash_texts({}));
  EXPECT_NE(hash_texts({"", ""}), hash_texts({""}));
  EXPECT_NE(hash_numbers({0}), hash_texts({}));
  EXPECT_NE(hash_numbers({0, 0}), hash_numbers({0}));
  EXPECT_NE(hash_numbers({1, 2}), hash_numbers({2, 1}));
  EXPECT_NE(hash_texts({"a", "b"}), hash_texts({"b", "a"}));
}

TEST(Hasher, OfSmallInputsCollidesNowhere) {
  expect_all_different([](std::uint64_t i) { return hash_numbers({i}); });
  expect_all_different([](std::uint64_t i) { return hash_numbers({i % 1000, i / 1000}); });
  expect_all_different([](std::uint64_t i) { return hash_numbers({UINT64_MAX - i % 1000, i / 1000, 0}); });
  expect_all_different(
      [](std::uint64_t i) { return hash_texts({std::to_string(i % 1000), std::to_string(i / 1000)}); });
}

TEST(Hash128, SumsCarryIntoTheUpperHalf) {
  Hash128 sum{0, UINT64_MAX};
  sum += {0, 1};
  EXPECT_EQ(sum, (Hash128{1, 0}));
  sum -= {0, 1};
  EXPECT_EQ(sum, (Hash128{0, UINT64_MAX}));
}

}  // namespace
