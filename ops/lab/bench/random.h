#pragma once

#include <bit>
#include <cstdint>

#include "ops/lab/split_mix.h"

namespace ops::bench {

// Numbers of the distributions that the generated events have.
class Random : public SplitMix64 {
 public:
  using SplitMix64::SplitMix64;

  // A number in [0, bound). REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

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

}  // namespace ops::bench
