#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace topics {

// A hash table from a fixed set of names to small numbers, for lookups per event and field.
//
// Ownership: the names are not copied.
// Threads:   find() from any once all names are added.
class NameTable {
 public:
  static constexpr std::uint16_t kNone = 0xffff;

  NameTable() : slots_(64) {}

  // REQUIRES: `name` is new (checked) and outlives the table.
  void add(std::string_view name, std::uint16_t value) {
    CHECK(find(name) == kNone);
    if (++size_ * 4 > slots_.size()) {
      std::vector<Slot> old(slots_.size() * 2);
      old.swap(slots_);
      for (const Slot& slot : old) {
        if (slot.value != kNone) place(slot);
      }
    }
    place({name, value});
  }

  std::uint16_t find(std::string_view name) const {
    for (std::size_t i = hash(name);; ++i) {
      const Slot& slot = slots_[i & (slots_.size() - 1)];
      if (slot.value == kNone || slot.name == name) return slot.value;
    }
  }

 private:
  struct Slot {
    std::string_view name;
    std::uint16_t value = kNone;
  };

  // From the length and up to eight bytes at either end.
  static std::size_t hash(std::string_view name) {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    if (name.size() >= 8) {
      std::memcpy(&head, name.data(), 8);
      std::memcpy(&tail, name.data() + name.size() - 8, 8);
    } else {
      for (const char c : name) head = head << 8 | static_cast<unsigned char>(c);
    }
    const std::uint64_t mixed = (head ^ (tail * 0x9e3779b97f4a7c15u) ^ name.size()) * 0xff51afd7ed558ccdu;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
  }

  void place(const Slot& slot) {
    std::size_t i = hash(slot.name);
    while (slots_[i & (slots_.size() - 1)].value != kNone) ++i;
    slots_[i & (slots_.size() - 1)] = slot;
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace topics
