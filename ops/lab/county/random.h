#pragma once

#include <cstdint>
#include <string_view>

#include "ops/lab/random.h"

namespace ops::simulate {

// What a stream of random numbers is for. Each thing that happens draws from a stream of its own, so that nothing that
// is added elsewhere changes it.
enum class Stream : std::uint64_t { map, day, contact, story, field, device_day, device, delivery, registry, peak };

// A number for a name, the same on every machine: FNV-1a. With the number of one text, that of both behind each other.
constexpr std::uint64_t text_number(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325u) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

// The stream of `seed` for one purpose and one thing, which `a` and `b` number.
inline Random random_stream(std::uint64_t seed, Stream stream, std::uint64_t a = 0, std::uint64_t b = 0) {
  using M = SplitMix64;
  return Random(M::mix(M::mix(M::mix(seed ^ (static_cast<std::uint64_t>(stream) << 56)) + a) + b));
}

}  // namespace ops::simulate
