#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/bytes.h"
#include "engine/hash.h"
#include "topics/outputs/counters.h"

namespace projections {

// What is counted in one bucket, by the number of the counter.
using Counts = std::array<std::int64_t, topics::kCounterCount>;

// Those that are not 0, ascending by number:
//
//   varint n | n × (varint number of the counter | signed count)
void put_counts(std::string& out, const Counts& counts);
// All 0 but for those. False, with `counts` in any state, when a number is unknown or comes twice; check `in` as well.
bool get_counts(engine::ByteReader& in, Counts& counts);
bool is_zero(const Counts& counts);
void add(Counts& to, const Counts& counts, std::int64_t times = 1);

// Sums of counters by area and bucket, gathered over a step or several. Can be a row of a table:
//
//   u8 format (2) | for each area and bucket, ascending: area | u8 kind | signed number | counts, see put_counts()
//
// What has come to zero counts as a sum, too, until clear().
// Areas are given numbers, so that what costs a comparison of texts is done once. They hold until clear() says that it
// has forgotten them, which it does when there are very many. Threads: confined to one thread at a time.
class CounterSums {
 public:
  static constexpr std::uint8_t kFormat = 2;
  struct Sum {
    std::uint32_t area;
    topics::Bucket bucket;
    Counts counts;
  };

  CounterSums() : slots_(kFirstSlots) {}
  CounterSums(CounterSums&&) = default;
  CounterSums& operator=(CounterSums&&) = default;

  std::uint32_t number_of(std::string_view area);
  const std::string& area(std::uint32_t number) const { return *names_[number]; }
  std::size_t areas() const { return names_.size(); }

  // The counts of an area and bucket, to add to; valid until the next call.
  Counts& at(std::uint32_t area, topics::Bucket bucket);

  void add(std::string_view area, topics::Bucket bucket, topics::Counter counter, std::int64_t n) {
    at(number_of(area), bucket)[static_cast<std::size_t>(counter)] += n;
  }

  bool empty() const { return sums_.empty(); }
  std::size_t size() const { return sums_.size(); }  // areas and buckets
  // The sums, in the order of (id of the area, bucket); valid until the next at() or clear().
  std::vector<const Sum*> ordered() const;
  // Returns whether the numbers are forgotten, too.
  bool clear();

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  std::size_t memory() const;  // bytes on the heap, about

 private:
  static constexpr std::size_t kFirstSlots = 256;
  static constexpr std::size_t kMaxNames = 50'000;

  std::size_t slot_of(std::uint64_t key) const;
  // By the number of an area its place among the ids of those that have sums.
  std::vector<std::uint32_t> ranks() const;

  std::unordered_map<std::string, std::uint32_t, engine::TextHash, std::equal_to<>> numbers_;
  std::vector<const std::string*> names_;  // keys of numbers_
  std::vector<Sum> sums_;
  std::vector<std::uint32_t> slots_;  // index into sums_ + 1; 0 = empty
  std::size_t last_ = 0;              // what at() gave last
};

}  // namespace projections
