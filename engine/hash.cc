#include "engine/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <new>

#include <fmt/format.h>

namespace engine {

Hash128& Hash128::operator+=(const Hash128& other) {
  const std::uint64_t before = low;
  low += other.low;
  high += other.high + (low < before ? 1 : 0);
  return *this;
}

Hash128& Hash128::operator-=(const Hash128& other) {
  const std::uint64_t before = low;
  low -= other.low;
  high -= other.high + (low > before ? 1 : 0);
  return *this;
}

// A seed costs XXH3 a secret of its own for longer texts.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  if (seed == 0) return XXH3_64bits(bytes.data(), bytes.size());
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes, std::uint64_t seed) {
  const XXH128_hash_t hash =
      seed == 0 ? XXH3_128bits(bytes.data(), bytes.size()) : XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.high64, hash.low64};
}

void Hasher::add(std::string_view bytes) {
  state_ = hash_of(state_, hash128(bytes));
}

void Hasher::add(std::uint64_t value) {
  state_ = hash_of(state_, {value, ~value});
}

StreamHasher::StreamHasher() {
  static_assert(sizeof(XXH3_state_t) <= sizeof(state_) && alignof(XXH3_state_t) <= 64);
  XXH3_128bits_reset(new (state_) XXH3_state_t{});  // resetting reads it
}

void StreamHasher::add(std::string_view bytes) {
  XXH3_128bits_update(reinterpret_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
}

Hash128 StreamHasher::value() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(reinterpret_cast<const XXH3_state_t*>(state_));
  return {hash.high64, hash.low64};
}

std::string to_hex(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

}  // namespace engine
