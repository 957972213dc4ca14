#pragma once

#include <cstdint>
#include <cstdlib>

namespace support {

// The seeds [first, first + count) of a campaign.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
};

// `all` seeds from 1 on; where the environment variable GRIDLOOP_SAMPLE holds a number, `sample` of them, from a seed on
// that changes with the number. tests/run.sh derives it from the commit, so a commit is judged by the same seeds whenever
// it is tested, and the next one by others.
inline Seeds campaign(std::uint64_t all, std::uint64_t sample) {
  const char* chosen = std::getenv("GRIDLOOP_SAMPLE");
  if (chosen == nullptr) return {.count = all};
  return {.first = 1 + std::strtoull(chosen, nullptr, 10) % 1'000'000 * 1000, .count = sample};
}

}  // namespace support
