#include "projections/stage/counter_sums.h"

#include <algorithm>

#include "engine/bytes.h"

namespace projections {
namespace {

std::uint64_t key_of(std::uint32_t area, topics::Bucket bucket) {
  return static_cast<std::uint64_t>(area) << 34 ^ static_cast<std::uint64_t>(bucket.kind) << 32 ^
         static_cast<std::uint32_t>(bucket.number);
}

}  // namespace

void put_counts(std::string& out, const Counts& counts) {
  engine::put_varint(out, counts.size() - static_cast<std::size_t>(std::ranges::count(counts, 0)));
  for (std::size_t number = 0; number < counts.size(); ++number) {
    if (counts[number] == 0) continue;
    engine::put_varint(out, number);
    engine::put_signed(out, counts[number]);
  }
}

bool get_counts(engine::ByteReader& in, Counts& counts) {
  counts.fill(0);
  std::uint64_t next = 0;  // lowest number that may come
  for (std::uint64_t n = in.varint(); n > 0; --n) {
    const std::uint64_t number = in.varint();
    if (in.failed() || number < next || number >= counts.size()) return false;
    counts[number] = in.integer();
    next = number + 1;
  }
  return true;
}

bool is_zero(const Counts& counts) {
  return std::ranges::all_of(counts, [](std::int64_t n) { return n == 0; });
}

void add(Counts& to, const Counts& counts, std::int64_t times) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += times * counts[i];
}

std::uint32_t CounterSums::number_of(std::string_view area) {
  const auto known = numbers_.find(area);
  if (known != numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(names_.size());
  const auto added = numbers_.emplace(area, number).first;
  names_.push_back(&added->first);
  return number;
}

std::size_t CounterSums::slot_of(std::uint64_t key) const {
  std::uint64_t mixed = key * 0x9e3779b97f4a7c15u;
  mixed ^= mixed >> 32;
  for (std::size_t i = mixed & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i] == 0) return i;
    const Sum& sum = sums_[slots_[i] - 1];
    if (key_of(sum.area, sum.bucket) == key) return i;
  }
}

Counts& CounterSums::at(std::uint32_t area, topics::Bucket bucket) {
  // Most often what is added to was added to just before.
  if (last_ < sums_.size() && sums_[last_].area == area && sums_[last_].bucket == bucket) return sums_[last_].counts;
  const std::size_t slot = slot_of(key_of(area, bucket));
  if (slots_[slot] != 0) {
    last_ = slots_[slot] - 1;
    return sums_[last_].counts;
  }
  last_ = sums_.size();
  sums_.push_back({area, bucket, {}});
  slots_[slot] = static_cast<std::uint32_t>(sums_.size());
  if (sums_.size() * 2 > slots_.size()) {
    slots_.assign(slots_.size() * 2, 0);
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      slots_[slot_of(key_of(sums_[i].area, sums_[i].bucket))] = static_cast<std::uint32_t>(i + 1);
    }
  }
  return sums_.back().counts;
}

// Few areas have sums, and comparing their texts once is enough.
std::vector<std::uint32_t> CounterSums::ranks() const {
  std::vector<std::uint32_t> present;
  for (const Sum& sum : sums_) present.push_back(sum.area);
  std::ranges::sort(present);
  present.erase(std::ranges::unique(present).begin(), present.end());
  std::ranges::sort(present, {}, [&](std::uint32_t number) -> std::string_view { return area(number); });
  std::vector<std::uint32_t> rank(names_.size());
  for (std::size_t i = 0; i < present.size(); ++i) rank[present[i]] = static_cast<std::uint32_t>(i);
  return rank;
}

std::vector<const CounterSums::Sum*> CounterSums::ordered() const {
  const std::vector<std::uint32_t> rank = ranks();
  std::vector<const Sum*> order;
  order.reserve(sums_.size());
  for (const Sum& sum : sums_) order.push_back(&sum);
  std::ranges::sort(order, [&](const Sum* a, const Sum* b) {
    return rank[a->area] != rank[b->area] ? rank[a->area] < rank[b->area] : a->bucket < b->bucket;
  });
  return order;
}

void CounterSums::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  for (const Sum* sum : ordered()) {
    engine::put_string(out, area(sum->area));
    engine::put_fixed(out, static_cast<std::uint8_t>(sum->bucket.kind));
    engine::put_signed(out, sum->bucket.number);
    put_counts(out, sum->counts);
  }
}

bool CounterSums::decode(std::string_view bytes) {
  *this = {};
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  while (!in.done()) {
    const std::uint32_t area = number_of(in.string());
    const auto kind = static_cast<topics::BucketKind>(in.fixed<std::uint8_t>());
    const auto number = static_cast<std::int32_t>(in.integer());
    if (!get_counts(in, at(area, {kind, number}))) return false;
  }
  return in.complete();
}

std::size_t CounterSums::memory() const {
  constexpr std::size_t kName = 96;  // of an area
  return sums_.capacity() * sizeof(Sum) + slots_.size() * sizeof(std::uint32_t) + names_.size() * kName;
}

bool CounterSums::clear() {
  if (sums_.empty()) return false;
  // Memory that a backlog took is given back once steps need little of it.
  constexpr std::size_t kMuch = 16;
  const bool much = slots_.size() > kFirstSlots && sums_.size() * kMuch < slots_.size();
  sums_.clear();
  if (much) sums_.shrink_to_fit();
  slots_.assign(much ? kFirstSlots : slots_.size(), 0);
  last_ = 0;
  if (names_.size() <= kMaxNames) return false;
  names_.clear();
  numbers_.clear();
  return true;
}

}  // namespace projections
