#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/hash.h"
#include "engine/state.h"

namespace engine {

// A value that a table can hold. Encoding must be a function of the value alone: equal rows, equal bytes.
template <class Row>
concept TableRow =
    std::default_initializable<Row> && requires(const Row& row, Row& into, std::string& out, std::string_view bytes) {
      { row.encode(out) };
      { into.decode(bytes) } -> std::same_as<bool>;
    };

struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return hash64(key); }
};

enum class Access { hashed, ordered };  // ordered tables can be scanned cheaply

// Rows of one type by key (bytes; big-endian numbers, so that they sort).
//
// Ownership: a pointer to a row is valid until the end of the step; references returned by edit() may be changed until
//            then.
// Threads:   confined to the task's thread.
// Errors:    see State.
template <TableRow Row, Access access = Access::hashed>
class Table final : public TableBase {
 public:
  Table(State& state, std::string name) : TableBase(std::move(name), state.next_number()), state_(state) {
    state.add(*this);
  }

  // The row, or nullptr.
  const Row* find(std::string_view key) {
    Entry* entry = load(key);
    return entry != nullptr && entry->present ? &entry->row : nullptr;
  }

  // The row to change, or nullptr.
  Row* edit(std::string_view key) {
    Entry* entry = load(key);
    if (entry == nullptr || !entry->present) return nullptr;
    touch(key, *entry);
    return &entry->row;
  }

  // The row to change; made when missing.
  Row& upsert(std::string_view key) {
    Entry* entry = load(key);
    if (entry == nullptr) {
      entry = &entries_.emplace(std::string(key), Entry{}).first->second;
      bytes_ += key.size() + kEntryBytes;
    }
    if (!entry->present) entry->row = Row{};
    entry->present = true;
    touch(key, *entry);
    return entry->row;
  }

  void erase(std::string_view key) {
    Entry* entry = load(key);
    if (entry == nullptr || !entry->present) return;
    entry->present = false;
    entry->row = Row{};
    touch(key, *entry);
  }

  // Calls visit(key, row) for each row whose key starts with `prefix` and is not below `from`, ascending, until it
  // returns false. The table must not be changed meanwhile. On a hashed table this first sorts all keys in memory.
  template <class Visit>
  void scan(std::string_view prefix, std::string_view from, Visit&& visit) {
    if (from < prefix) from = prefix;
    if constexpr (access == Access::ordered) {
      merge(prefix, from, entries_.lower_bound(from), entries_.end(), visit,
            [](const auto& at) -> const Change& { return *at; });
    } else {
      std::vector<const Change*> sorted;
      for (const Change& entry : entries_) {
        if (entry.first >= from && entry.first.starts_with(prefix)) sorted.push_back(&entry);
      }
      std::ranges::sort(sorted, {}, [](const Change* entry) -> std::string_view { return entry->first; });
      merge(prefix, from, sorted.begin(), sorted.end(), visit, [](const auto& at) -> const Change& { return **at; });
    }
  }

  // Whether there is any row.
  bool any() {
    for (const Change& entry : entries_) {
      if (entry.second.present) return true;
    }
    return !keys_after("", 1).empty();
  }

  // The first `limit` keys of rows above `after`, ascending.
  std::vector<std::string> keys_after(std::string_view after, std::size_t limit) {
    std::vector<const Change*> cached;
    for (const Change& entry : entries_) {
      if (entry.first > after) cached.push_back(&entry);
    }
    // Those that are gone hide rows of the store, so they count when the rest is cut off.
    const auto key_of = [](const Change* entry) -> std::string_view { return entry->first; };
    std::ranges::sort(cached, {}, key_of);
    std::vector<std::string> keys;
    auto cursor = state_.store().cursor(name());
    if (!cursor) {
      state_.set_error(cursor.error());
      return keys;
    }
    StoreCursor& stored = **cursor;
    stored.seek(after);
    if (stored.valid() && stored.key() == after) stored.next();
    auto at = cached.begin();
    while (keys.size() < limit && (stored.valid() || at != cached.end())) {
      if (at != cached.end() && (!stored.valid() || (*at)->first <= stored.key())) {
        if (stored.valid() && (*at)->first == stored.key()) stored.next();
        if ((*at)->second.present) keys.push_back((*at)->first);
        ++at;
      } else {
        keys.emplace_back(stored.key());
        stored.next();
      }
    }
    if (const auto status = stored.status(); !status) state_.set_error(status.error());
    return keys;
  }

  void account(Hash128& digest) override {
    for (auto* change : unaccounted_) {
      Entry& entry = change->second;
      entry.unaccounted = false;
      digest -= entry.hash;
      entry.hash = {};
      if (entry.present) {
        scratch_.clear();
        entry.row.encode(scratch_);
        entry.hash = row_hash(change->first, scratch_);
        digest += entry.hash;
        const std::size_t bytes = memory_of(entry.row, scratch_);
        bytes_ += bytes - entry.bytes;
        if (entry.dirty) dirty_bytes_ += bytes - entry.bytes;
        entry.bytes = bytes;
      }
    }
    unaccounted_.clear();
  }

  void collect(TableChanges& changes) override {
    changes.rows.reserve(dirty_.size());
    for (auto* change : dirty_) {
      Entry& entry = change->second;
      entry.dirty = false;
      entry.pinned = true;
      std::optional<std::string> value;
      if (entry.present) entry.row.encode(value.emplace());
      changes.rows.emplace_back(change->first, std::move(value));
    }
    std::ranges::sort(changes.rows, {}, [](const auto& row) -> std::string_view { return row.first; });
    pinned_.insert(pinned_.end(), dirty_.begin(), dirty_.end());
    dirty_.clear();
    dirty_bytes_ = 0;
  }

  void release() override {
    for (auto* change : pinned_) change->second.pinned = false;
    pinned_.clear();
  }

  void shed() override {
    for (auto at = entries_.begin(); at != entries_.end();) {
      Entry& entry = at->second;
      if (entry.dirty || entry.pinned || entry.unaccounted || entry.used) {
        entry.used = false;
        ++at;
      } else {
        bytes_ -= at->first.size() + kEntryBytes + entry.bytes;
        at = entries_.erase(at);
      }
    }
  }

  std::size_t bytes() const override { return bytes_; }
  std::size_t dirty_bytes() const override { return dirty_bytes_; }

 private:
  struct Entry {
    Row row;
    Hash128 hash;           // what the digest counts for this row
    std::size_t bytes = 0;  // of the row in memory, about
    bool present = false;
    bool dirty = false;        // differs from what was collected
    bool unaccounted = false;  // differs from what the digest counts
    bool pinned = false;       // collected, but not in the store yet
    bool used = false;
  };
  using Entries = std::conditional_t<access == Access::ordered, std::map<std::string, Entry, std::less<>>,
                                     std::unordered_map<std::string, Entry, KeyHash, std::equal_to<>>>;
  using Change = typename Entries::value_type;

  static constexpr std::size_t kEntryBytes = sizeof(Entry) + 96;  // and what the hash table and the allocator add
  static constexpr std::size_t kGuess = 256;                      // bytes of a new row until it is accounted

  // Visits the rows of the store, overlaid with those in memory from `cached` on.
  template <class Iterator, class Visit, class Get>
  void merge(std::string_view prefix, std::string_view from, Iterator cached, Iterator end, Visit&& visit,
             Get&& entry) {
    auto cursor = state_.store().cursor(name());
    if (!cursor) return state_.set_error(cursor.error());
    StoreCursor& stored = **cursor;
    stored.seek(from);
    Row row;
    while (true) {
      const bool has_stored = stored.valid() && stored.key().starts_with(prefix);
      const bool has_cached = cached != end && entry(cached).first.starts_with(prefix);
      if (!has_stored && !has_cached) break;
      if (has_cached && (!has_stored || entry(cached).first <= stored.key())) {
        const bool same = has_stored && entry(cached).first == stored.key();
        const bool go_on =
            !entry(cached).second.present || visit(std::string_view(entry(cached).first), entry(cached).second.row);
        ++cached;
        if (same) stored.next();
        if (!go_on) return;
        continue;
      }
      if (!decode(stored.value(), row)) return;
      if (!visit(stored.key(), std::as_const(row))) return;
      stored.next();
    }
    if (const auto status = stored.status(); !status) state_.set_error(status.error());
  }

  // Bytes that a row takes beside its entry: as it says itself, or about twice its encoding.
  static std::size_t memory_of(const Row& row, std::string_view encoded) {
    if constexpr (requires { row.memory(); }) {
      return row.memory();
    } else {
      return encoded.size() * 2;
    }
  }

  Entry* load(std::string_view key) {
    if (const auto found = entries_.find(key); found != entries_.end()) {
      found->second.used = true;
      return &found->second;
    }
    const auto stored = state_.store().get(name(), key, scratch_);
    if (!stored) {
      state_.set_error(stored.error());
      return nullptr;
    }
    if (!*stored) return nullptr;
    Entry entry;
    if (!decode(scratch_, entry.row)) return nullptr;
    entry.hash = row_hash(key, scratch_);
    entry.bytes = memory_of(entry.row, scratch_);
    entry.present = true;
    entry.used = true;
    bytes_ += key.size() + kEntryBytes + entry.bytes;
    return &entries_.emplace(std::string(key), std::move(entry)).first->second;
  }

  bool decode(std::string_view bytes, Row& row) {
    row = Row{};
    if (row.decode(bytes)) return true;
    if constexpr (requires { Row::kFormat; }) {
      if (!bytes.empty() && static_cast<std::uint8_t>(bytes.front()) > Row::kFormat) {
        state_.set_error({Action::invalid, "table " + name() +
                                               " holds rows of a newer format: a newer version of the "
                                               "program wrote them, use that one"});
        return false;
      }
    }
    state_.set_error({Action::corrupt, "a row of table " + name() + " is malformed; rebuild the state from the logs"});
    return false;
  }

  void touch(std::string_view key, Entry& entry) {
    if (entry.dirty && entry.unaccounted) return;
    const auto at = entries_.find(key);
    if (!entry.unaccounted) {
      entry.unaccounted = true;
      unaccounted_.push_back(&*at);
    }
    if (!entry.dirty) {
      entry.dirty = true;
      if (entry.bytes == 0) {
        entry.bytes = kGuess;
        bytes_ += kGuess;
      }
      dirty_bytes_ += key.size() + kEntryBytes + entry.bytes;
      dirty_.push_back(&*at);
    }
  }

  State& state_;
  Entries entries_;
  std::vector<Change*> dirty_;
  std::vector<Change*> unaccounted_;
  std::vector<Change*> pinned_;
  std::string scratch_;
  std::size_t bytes_ = 0;
  std::size_t dirty_bytes_ = 0;
};

}  // namespace engine
