#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "ops/lab/split_mix.h"

namespace ops {

// Random choices that are the same on every machine for one seed: integers only, no floating point. An expression should
// draw at most once, because compilers choose the order of its parts.
//
// The bytes of the county and of the benchmarks follow from these algorithms, and tests keep their digests: a changed
// algorithm is a new function.
class Random : public SplitMix64 {
 public:
  using SplitMix64::SplitMix64;

  // In [0, n). REQUIRES: 0 < n < 2^32.
  std::uint64_t below(std::uint64_t n) { return (next() >> 32) * n >> 32; }
  // In [low, high]. REQUIRES: low <= high < low + 2^32 - 1.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool per_mille(std::uint64_t n) { return below(1000) < n; }

  // The index of one of `weights`, each as often as its weight says. REQUIRES: their sum is above 0.
  std::size_t weighted(std::span<const unsigned> weights) {
    std::uint64_t sum = 0;
    for (const unsigned weight : weights) sum += weight;
    std::uint64_t draw = below(sum);
    std::size_t i = 0;
    while (draw >= weights[i]) draw -= weights[i++];
    return i;
  }
  std::size_t weighted(std::initializer_list<unsigned> weights) {
    return weighted(std::span<const unsigned>(weights.begin(), weights.size()));
  }

  // A value of the distribution whose quantiles `table` gives at equal steps from 0 to 1, linear between them.
  std::int64_t spread(std::span<const std::int64_t> table) {
    const std::size_t i = below(table.size() - 1);
    return between(table[i], table[i + 1]);
  }

  // `thousandths` / 1000, rounded up as often as its fraction says.
  std::int64_t rounded(std::int64_t thousandths) {
    return thousandths / 1000 + (per_mille(static_cast<std::uint64_t>(thousandths % 1000)) ? 1 : 0);
  }

  // In [0, bound), with modulo bias: small numbers are more frequent by up to bound / 2^64. The generated events of the
  // benchmarks are drawn by it. REQUIRES: bound > 0.
  std::uint64_t below_modulo(std::uint64_t bound) { return next() % bound; }

  // A draw from the exponential distribution, rounded down: mean * -ln(u), with 32 binary digits of the logarithm.
  // REQUIRES: mean < 2^40.
  std::int64_t exponential(std::int64_t mean) {
    constexpr std::uint64_t kLn2 = 0xb17217f8u;  // ln 2, times 2^32
    const auto log2 = static_cast<unsigned __int128>(minus_log2(next() | 1));
    return static_cast<std::int64_t>((log2 * kLn2 >> 32) * static_cast<unsigned __int128>(mean) >> 32);
  }

  // A number in [0, bound) of which u^1.5 of all lie below: small ones are more frequent.
  // REQUIRES: 0 < bound <= 2^32.
  std::uint64_t skewed(std::uint64_t bound) {
    const std::uint64_t u = next() >> 43;  // 21 bits
    const std::uint64_t root = square_root(u * u * u);
    constexpr std::uint64_t kAbove = 3037000500;  // the root of 2^63, rounded up
    return root * bound / kAbove;
  }

 private:
  // -log2(u / 2^64) times 2^32, by squaring: each time that the square exceeds 2, the next binary digit is 1.
  static std::uint64_t minus_log2(std::uint64_t u) {
    const int zeros = std::countl_zero(u);
    std::uint64_t x = u << zeros;  // in [1, 2), times 2^63
    std::uint64_t digits = 0;
    for (int i = 0; i < 32; ++i) {
      const auto square = static_cast<unsigned __int128>(x) * x;  // in [1, 4), times 2^126
      const bool one = (square >> 127) != 0;
      digits = digits << 1 | static_cast<std::uint64_t>(one);
      x = static_cast<std::uint64_t>(square >> (one ? 64 : 63));
    }
    return (static_cast<std::uint64_t>(zeros + 1) << 32) - digits;
  }

  // Rounded down.
  static std::uint64_t square_root(std::uint64_t n) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
      if ((root | bit) * (root | bit) <= n) root |= bit;
    }
    return root;
  }
};

}  // namespace ops
