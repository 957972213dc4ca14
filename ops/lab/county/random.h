#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "ops/lab/split_mix.h"

namespace ops::simulate {

// What a stream of random numbers is for. Each thing that happens draws from a stream of its own, so that nothing that
// is added elsewhere changes it.
enum class Stream : std::uint64_t { map, day, contact, story, field, device_day, device, delivery, registry, peak };

// A number for a name, the same on every machine: FNV-1a. With the number of one text, that of both behind each other.
constexpr std::uint64_t text_number(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325u) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

// Random integers without floating point. An expression draws once at most, as compilers choose the order of its parts.
class Random : public SplitMix64 {
 public:
  Random(std::uint64_t seed, Stream stream, std::uint64_t a = 0, std::uint64_t b = 0)
      : SplitMix64(mix(mix(mix(seed ^ (static_cast<std::uint64_t>(stream) << 56)) + a) + b)) {}

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
};

}  // namespace ops::simulate
