#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hash.h"
#include "engine/state/state.h"

namespace engine {

// Rows as bytes by key, in a hash table: each row is one piece of memory, as it lies in a checkpoint.
//
//   slots_   open addressing, linear probing: u64 hash of the key; address of the row, with four flags in its low bits
//   row      hash for the digest | sizes | key | value
//
// A row that was collected and is not in the store yet (frozen) is never overwritten: a change makes a new one, and
// release() frees the old. A row that was erased stays as a mark (absent) until the store knows.
//
// Invariants: the digest counts present rows, always up to date.
// Threads:    confined to one thread at a time; frozen rows may be read from one other until release().
// Errors:     see State.
class PackedTable : public TableBase {
 public:
  PackedTable(State& state, std::string name);
  PackedTable(const PackedTable&) = delete;
  ~PackedTable() override;

  // Asks the processor for the memory of rows that will be looked for soon: first for their places, then for them.
  void prefetch_place(std::uint64_t key_hash) const { __builtin_prefetch(&slots_[home(key_hash)]); }
  void prefetch_row(std::uint64_t key_hash) const;
  // The same for keys that are looked for one after the other: to be called before each, with it and those to come.
  void prefetch(std::span<const std::string> upcoming) const;

  void account(Hash128& digest) override;
  void collect(TableChanges& changes) override;
  void release() override;
  void shed(std::size_t bytes) override;
  std::size_t bytes() const override { return bytes_ + slots_.size() * sizeof(Slot); }
  std::size_t dirty_bytes() const override { return dirty_bytes_; }

 protected:
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  State& state() const { return state_; }
  // The row's value, or nothing; the view lives until the next call that is not const.
  std::optional<std::string_view> get(std::string_view key);
  void put(std::string_view key, std::string_view value);
  void remove(std::string_view key);
  // Calls visit for each row whose key starts with `prefix` and is not below `from`, ascending, until it returns false.
  void visit_rows(std::string_view prefix, std::string_view from, const Visit& visit);
  std::vector<std::string> first_keys_after(std::string_view after, std::size_t limit);
  bool has_rows();

 private:
  struct Packed;
  struct Slot {
    std::uint64_t hash = 0;
    std::uintptr_t at = 0;  // 0 = empty
    Packed* row() const { return reinterpret_cast<Packed*>(at & ~std::uintptr_t{15}); }
    bool has(std::uintptr_t flag) const { return (at & flag) != 0; }
  };

  std::size_t home(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
  Slot* find_slot(std::string_view key, std::uint64_t hash);
  Slot* load(std::string_view key, std::uint64_t hash);
  Slot& insert(std::uint64_t hash, Packed* row);
  void grow();
  void take_out(std::size_t index);
  void set(Slot& slot, std::string_view key, std::string_view value, bool absent);
  Packed* make(std::string_view key, std::string_view value);
  void free(Packed* row);
  // The rows in memory whose keys `wanted` accepts, ascending; absent ones, too.
  template <class Wanted>
  std::vector<const Slot*> sorted(const Wanted& wanted) const;

  State& state_;
  std::vector<Slot> slots_;
  std::size_t used_slots_ = 0;
  std::size_t hand_ = 0;  // of the clock that chooses what to forget
  std::vector<Packed*> retired_;
  Hash128 unaccounted_;  // what the digest has to be moved by
  std::string scratch_;
  std::size_t bytes_ = 0;
  std::size_t dirty_bytes_ = 0;
};

}  // namespace engine
