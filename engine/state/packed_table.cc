#include "engine/state/packed_table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace engine {
namespace {

// Flags of a slot.
constexpr std::uintptr_t kDirty = 1;   // changed since the last freeze()
constexpr std::uintptr_t kFrozen = 2;  // a checkpoint that is not in the store yet refers to it
constexpr std::uintptr_t kUsed = 4;    // lately
constexpr std::uintptr_t kAbsent = 8;  // erased

constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kAllocatorBytes = 16;  // what the allocator adds to a piece, about

}  // namespace

struct PackedTable::Packed {
  Hash128 hash;  // what the digest counts; zero when absent
  std::uint32_t capacity = 0;
  std::uint32_t value_bytes = 0;
  std::uint32_t key_bytes = 0;
  bool stored = false;  // the store has a row of this key, or will have

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view key() const { return {bytes(), key_bytes}; }
  std::string_view value() const { return {bytes() + key_bytes, value_bytes}; }
  std::size_t memory() const { return sizeof(Packed) + capacity + kAllocatorBytes; }
};

PackedTable::PackedTable(State& state, std::string name)
    : TableBase(std::move(name), state.next_number()), state_(state), slots_(kFirstSlots) {
  state.add(*this);
}

PackedTable::~PackedTable() {
  for (const Slot& slot : slots_) std::free(slot.row());
  for (Packed* row : superseded_) std::free(row);
}

PackedTable::Packed* PackedTable::make(std::string_view key, std::string_view value) {
  // Room for the row to grow a little: most change a few times.
  const std::size_t capacity = (key.size() + value.size() + 47) / 32 * 32;
  void* memory = std::malloc(sizeof(Packed) + capacity);
  if (memory == nullptr) throw std::bad_alloc();
  Packed* row = new (memory) Packed;
  row->capacity = static_cast<std::uint32_t>(capacity);
  row->key_bytes = static_cast<std::uint32_t>(key.size());
  row->value_bytes = static_cast<std::uint32_t>(value.size());
  std::memcpy(row->bytes(), key.data(), key.size());
  if (!value.empty()) std::memcpy(row->bytes() + key.size(), value.data(), value.size());
  bytes_ += row->memory();
  return row;
}

void PackedTable::free(Packed* row) {
  bytes_ -= row->memory();
  std::free(row);
}

void PackedTable::prefetch_row(std::uint64_t key_hash) const {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kLines = 8;
  const Slot& slot = slots_[home(key_hash)];
  if (slot.hash != key_hash || slot.at == 0) return;
  const char* row = reinterpret_cast<const char*>(slot.row());
  for (std::size_t i = 0; i < kLines; ++i) __builtin_prefetch(row + i * kLine);
}

void PackedTable::prefetch(std::span<const std::string> upcoming) const {
  constexpr std::size_t kPlace = 8;
  constexpr std::size_t kRow = 3;
  if (upcoming.size() > kPlace) prefetch_place(hash64(upcoming[kPlace]));
  if (upcoming.size() > kRow) prefetch_row(hash64(upcoming[kRow]));
}

PackedTable::Slot* PackedTable::find_slot(std::string_view key, std::uint64_t hash) {
  for (std::size_t i = home(hash);; i = (i + 1) & (slots_.size() - 1)) {
    Slot& slot = slots_[i];
    if (slot.at == 0) return nullptr;
    if (slot.hash == hash && slot.row()->key() == key) return &slot;
  }
}

PackedTable::Slot& PackedTable::insert(std::uint64_t hash, Packed* row) {
  if ((used_slots_ + 1) * 4 > slots_.size() * 3) grow();
  ++used_slots_;
  std::size_t i = home(hash);
  while (slots_[i].at != 0) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = {hash, reinterpret_cast<std::uintptr_t>(row)};
  return slots_[i];
}

void PackedTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  hand_ = 0;
  for (const Slot& slot : old) {
    if (slot.at == 0) continue;
    std::size_t i = home(slot.hash);
    while (slots_[i].at != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = slot;
  }
}

// Empties a slot and moves those behind it up, so that no probe meets a gap.
void PackedTable::erase_slot(std::size_t index) {
  const std::size_t mask = slots_.size() - 1;
  free(slots_[index].row());
  --used_slots_;
  std::size_t gap = index;
  for (std::size_t i = (index + 1) & mask; slots_[i].at != 0; i = (i + 1) & mask) {
    // It may move into the gap unless its home lies behind it.
    if (((i - home(slots_[i].hash)) & mask) < ((i - gap) & mask)) continue;
    slots_[gap] = slots_[i];
    gap = i;
  }
  slots_[gap] = {};
}

PackedTable::Slot* PackedTable::load(std::string_view key, std::uint64_t hash) {
  if (Slot* slot = find_slot(key, hash); slot != nullptr) {
    slot->at |= kUsed;
    return slot;
  }
  if (!state_.anything_stored()) return nullptr;
  const auto stored = state_.store().get(name(), key, scratch_);
  if (!stored) {
    state_.set_error(stored.error());
    return nullptr;
  }
  if (!*stored) return nullptr;
  Packed* row = make(key, scratch_);
  row->hash = row_hash(key, scratch_);
  row->stored = true;
  Slot& slot = insert(hash, row);
  slot.at |= kUsed;
  return &slot;
}

std::optional<std::string_view> PackedTable::get(std::string_view key) {
  const Slot* slot = load(key, hash64(key));
  if (slot == nullptr || slot->has(kAbsent)) return std::nullopt;
  return slot->row()->value();
}

void PackedTable::put(std::string_view key, std::string_view value) {
  const std::uint64_t hash = hash64(key);
  Slot* slot = load(key, hash);
  if (slot == nullptr) {
    Packed* row = make(key, value);
    row->hash = row_hash(key, value);
    undigested_ += row->hash;
    dirty_bytes_ += row->memory();
    insert(hash, row).at |= kDirty | kUsed;
    return;
  }
  if (!slot->has(kAbsent) && slot->row()->value() == value) return;
  set(*slot, key, value, false);
}

void PackedTable::remove(std::string_view key) {
  Slot* slot = load(key, hash64(key));
  if (slot == nullptr || slot->has(kAbsent)) return;
  if (slot->row()->stored) return set(*slot, key, {}, true);
  undigested_ -= slot->row()->hash;
  dirty_bytes_ -= slot->row()->memory();
  erase_slot(static_cast<std::size_t>(slot - slots_.data()));
}

void PackedTable::set(Slot& slot, std::string_view key, std::string_view value, bool absent) {
  Packed* row = slot.row();
  undigested_ -= row->hash;
  if (slot.has(kDirty)) dirty_bytes_ -= row->memory();
  if (slot.has(kFrozen) || key.size() + value.size() > row->capacity) {
    Packed* fresh = make(key, value);
    fresh->stored = row->stored;
    if (slot.has(kFrozen)) {
      superseded_.push_back(row);
    } else {
      free(row);
    }
    row = fresh;
  } else {
    row->value_bytes = static_cast<std::uint32_t>(value.size());
    if (!value.empty()) std::memcpy(row->bytes() + row->key_bytes, value.data(), value.size());
  }
  row->hash = absent ? Hash128{} : row_hash(key, value);
  undigested_ += row->hash;
  dirty_bytes_ += row->memory();
  slot.at = reinterpret_cast<std::uintptr_t>(row) | kDirty | kUsed | (absent ? kAbsent : 0);
}

void PackedTable::update_digest(Hash128& digest) {
  digest += undigested_;
  undigested_ = {};
}

void PackedTable::freeze(TableChanges& changes) {
  for (Slot& slot : slots_) {
    if (!slot.has(kDirty)) continue;
    slot.at = (slot.at & ~kDirty) | kFrozen;
    Packed& row = *slot.row();
    row.stored = true;
    changes.refer(row.key(), slot.has(kAbsent) ? std::nullopt : std::optional(row.value()));
  }
  dirty_bytes_ = 0;
}

void PackedTable::unfreeze() {
  for (Slot& slot : slots_) slot.at &= ~kFrozen;
  for (Packed* row : superseded_) free(row);
  superseded_.clear();
}

void PackedTable::evict(std::size_t bytes) {
  const std::size_t before = bytes_;
  // Once around for those that were not used lately, and once more for those that were; erasing one is a step as well.
  for (std::size_t steps = slots_.size() * 3; steps > 0 && before - bytes_ < bytes; --steps) {
    Slot& slot = slots_[hand_];
    if (slot.at == 0 || slot.has(kDirty | kFrozen)) {
      hand_ = (hand_ + 1) & (slots_.size() - 1);
    } else if (slot.has(kUsed)) {
      slot.at &= ~kUsed;
      hand_ = (hand_ + 1) & (slots_.size() - 1);
    } else {
      erase_slot(hand_);  // the next one may have moved up to here
    }
  }
}

template <class Wanted>
std::vector<const PackedTable::Slot*> PackedTable::sorted(const Wanted& wanted) const {
  std::vector<const Slot*> found;
  for (const Slot& slot : slots_) {
    if (slot.at != 0 && wanted(slot.row()->key())) found.push_back(&slot);
  }
  std::ranges::sort(found, {}, [](const Slot* slot) { return slot->row()->key(); });
  return found;
}

void PackedTable::visit_rows(std::string_view prefix, std::string_view from, const Visit& visit) {
  const auto cached = sorted([&](std::string_view key) { return key >= from && key.starts_with(prefix); });
  auto cursor = state_.store().cursor(name());
  if (!cursor) return state_.set_error(cursor.error());
  StoreCursor& stored = **cursor;
  stored.seek(std::max(from, prefix));
  auto at = cached.begin();
  while (true) {
    const bool has_stored = stored.valid() && stored.key().starts_with(prefix);
    if (!has_stored && at == cached.end()) break;
    if (at != cached.end() && (!has_stored || (*at)->row()->key() <= stored.key())) {
      const Packed& row = *(*at)->row();
      if (has_stored && row.key() == stored.key()) stored.next();
      if (!(*at)->has(kAbsent) && !visit(row.key(), row.value())) return;
      ++at;
    } else {
      if (!visit(stored.key(), stored.value())) return;
      stored.next();
    }
  }
  if (const auto status = stored.status(); !status) state_.set_error(status.error());
}

std::vector<std::string> PackedTable::first_keys_after(std::string_view after, std::size_t limit) {
  const auto key_of = [](const Slot* slot) { return slot->row()->key(); };
  std::vector<std::string> keys;
  auto cursor = state_.store().cursor(name());
  if (!cursor) {
    state_.set_error(cursor.error());
    return keys;
  }
  StoreCursor& stored = **cursor;
  stored.seek(after);
  if (stored.valid() && stored.key() == after) stored.next();
  // Sorting all would cost a sweep over n rows n² / limit: the first ones are picked out first. Absent ones hide rows
  // of the store, so that some more than `limit` may be needed.
  std::vector<const Slot*> cached;
  std::size_t absent = 0;
  for (const Slot& slot : slots_) {
    if (slot.at == 0 || slot.row()->key() <= after) continue;
    cached.push_back(&slot);
    absent += slot.has(kAbsent) ? 1 : 0;
  }
  const std::size_t first = std::min(cached.size(), limit + absent);
  if (first < cached.size()) {
    std::ranges::nth_element(cached, cached.begin() + static_cast<std::ptrdiff_t>(first), {}, key_of);
    cached.resize(first);
  }
  std::ranges::sort(cached, {}, key_of);
  auto at = cached.begin();
  while (keys.size() < limit && (stored.valid() || at != cached.end())) {
    if (at != cached.end() && (!stored.valid() || key_of(*at) <= stored.key())) {
      if (stored.valid() && key_of(*at) == stored.key()) stored.next();
      if (!(*at)->has(kAbsent)) keys.emplace_back(key_of(*at));
      ++at;
    } else {
      keys.emplace_back(stored.key());
      stored.next();
    }
  }
  if (const auto status = stored.status(); !status) state_.set_error(status.error());
  return keys;
}

bool PackedTable::has_rows() {
  for (const Slot& slot : slots_) {
    if (slot.at != 0 && !slot.has(kAbsent)) return true;
  }
  return !first_keys_after("", 1).empty();
}

}  // namespace engine
