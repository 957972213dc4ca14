#pragma once

#include <cstdint>
#include <span>

#include "ops/lab/split_mix.h"

namespace support {

// Choices that are the same on every machine for one seed.
class Random : public ops::SplitMix64 {
 public:
  using SplitMix64::SplitMix64;

  // A number in [0, bound). REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // A number in [first, last].
  std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
  }
  bool per_mille(unsigned chance) { return below(1000) < chance; }
  bool coin() { return (next() & 1) != 0; }

  template <class T>
  const T& pick(std::span<const T> choices) {
    return choices[below(choices.size())];
  }
};

}  // namespace support
