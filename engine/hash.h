#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace engine {

// A 128-bit hash (XXH3). Hashes find damage and differences; they are no protection against forgery.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;

  // Sums of hashes do not depend on the order of their terms; used for digests of state.
  Hash128& operator+=(const Hash128& other);
  Hash128& operator-=(const Hash128& other);
};

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

// For hash tables with texts as keys, so that a view is enough to look one up.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return hash64(text); }
};
Hash128 hash128(std::string_view bytes, std::uint64_t seed = 0);
std::string to_hex(const Hash128& hash);

// The two halves of a product are spread over all bits of the operands.
inline std::uint64_t fold_product(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// The hash of two hashes; their order counts.
inline Hash128 hash_of(const Hash128& first, const Hash128& second) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15u;
  constexpr std::uint64_t kOther = 0xc2b2ae3d27d4eb4fu;
  // Each half of the result depends on all of both; the sums keep a zero on one side from swallowing the other.
  return {fold_product(first.high + kOdd, second.high ^ kOther) + first.low * kOther + second.low,
          fold_product(first.low + kOther, second.low ^ kOdd) ^ (first.high * kOdd + second.high)};
}

// Hashes a sequence of strings and numbers; the boundaries between them count.
class Hasher {
 public:
  void add(std::string_view bytes);
  void add(std::uint64_t value);
  Hash128 value() const { return state_; }

 private:
  Hash128 state_;
};

// XXH3 of bytes that come in pieces; where they are cut does not count: the hash is hash128() of all of them.
class StreamHasher {
 public:
  StreamHasher();
  StreamHasher(const StreamHasher&) = delete;
  StreamHasher& operator=(const StreamHasher&) = delete;
  void add(std::string_view bytes);
  Hash128 value() const;

 private:
  alignas(64) unsigned char state_[576];  // an XXH3_state_t
};

}  // namespace engine
