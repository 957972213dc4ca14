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
#include "engine/state/packed_table.h"
#include "engine/state/state.h"

namespace engine {

// A value that a table can hold. Encoding must be a function of the value alone: equal rows, equal bytes.
template <class Row>
concept TableRow =
    std::default_initializable<Row> && requires(const Row& row, Row& into, std::string& out, std::string_view bytes) {
      { row.encode(out) };
      { into.decode(bytes) } -> std::same_as<bool>;
    };

enum class Access {
  hashed,   // many rows; a scan sorts the keys in memory first
  ordered,  // few rows; they are kept as objects, and scanned cheaply
};

template <TableRow Row, Access access = Access::hashed>
class Table;

namespace detail {

// Decodes a row of `table`. Returns false, with the State's error set, when the bytes are malformed.
template <TableRow Row>
bool decode_row(State& state, std::string_view table, std::string_view bytes, Row& row) {
  if (row.decode(bytes)) return true;
  if constexpr (requires { Row::kFormat; }) {
    if (!bytes.empty() && static_cast<std::uint8_t>(bytes.front()) > Row::kFormat) {
      state.set_error({Action::invalid, "table " + std::string(table) +
                                            " holds rows of a newer format: a newer version of the program wrote "
                                            "them, use that one"});
      return false;
    }
  }
  state.set_error(
      {Action::corrupt, "a row of table " + std::string(table) + " is malformed; rebuild the state from the logs"});
  return false;
}

}  // namespace detail

// Rows of one type by key (bytes; big-endian numbers, so that they sort), kept encoded: one row at a time is open as
// an object.
//
// Ownership: a pointer to a row is valid until the next call on this table. What was changed through it counts then.
// Threads:   confined to one thread at a time.
// Errors:    see State.
template <TableRow Row>
class Table<Row, Access::hashed> final : public PackedTable {
 public:
  Table(State& state, std::string name) : PackedTable(state, std::move(name)) {}

  // The row, or nullptr.
  const Row* find(std::string_view key) { return open(key) ? &row_ : nullptr; }

  // The row to change, or nullptr.
  Row* edit(std::string_view key) {
    if (!open(key)) return nullptr;
    editing_ = true;
    return &row_;
  }

  // The row to change; made when missing.
  Row& upsert(std::string_view key) {
    if (!open(key)) {
      row_ = Row{};
      key_ = key;
      is_open_ = true;
    }
    editing_ = true;
    return row_;
  }

  void erase(std::string_view key) {
    close();
    remove(key);
  }

  // The row as it is encoded, or nothing; the view lives until the next call on this table.
  std::optional<std::string_view> find_encoded(std::string_view key) {
    close();
    return get(key);
  }
  // Stores a row that the caller has encoded. REQUIRES: Row::decode() takes it.
  void put_encoded(std::string_view key, std::string_view row) {
    close();
    put(key, row);
  }

  // Calls visit(key, row) for each row whose key starts with `prefix` and is not below `from`, ascending, until it
  // returns false. The table must not be changed meanwhile. Sorts all keys in memory first.
  template <class Visit>
  void scan(std::string_view prefix, std::string_view from, Visit&& visit) {
    close();
    Row row;
    visit_rows(prefix, from, [&](std::string_view key, std::string_view value) {
      return detail::decode_row(state(), name(), value, row) && visit(key, std::as_const(row));
    });
  }

  // Whether there is any row.
  bool any() {
    close();
    return has_rows();
  }

  // The first `limit` keys of rows above `after`, ascending.
  std::vector<std::string> keys_after(std::string_view after, std::size_t limit) {
    close();
    return first_keys_after(after, limit);
  }

  void update_digest(Hash128& digest) override {
    close();
    PackedTable::update_digest(digest);
  }
  void freeze(TableChanges& changes) override {
    close();
    PackedTable::freeze(changes);
  }
  void evict(std::size_t bytes) override {
    close();
    PackedTable::evict(bytes);
  }

 private:
  bool open(std::string_view key) {
    if (is_open_ && key == key_) return true;
    close();
    const auto value = get(key);
    if (!value || !detail::decode_row(state(), name(), *value, row_)) return false;
    key_ = key;
    is_open_ = true;
    return true;
  }

  void close() {
    if (is_open_ && editing_) {
      encoded_.clear();
      row_.encode(encoded_);
      put(key_, encoded_);
    }
    is_open_ = false;
    editing_ = false;
  }

  Row row_;
  std::string key_;
  std::string encoded_;
  bool is_open_ = false;
  bool editing_ = false;
};

// Rows of one type by key, kept as objects in their order.
//
// Ownership: a pointer to a row is valid until the end of the step; references returned by edit() may be changed until
//            then.
// Threads:   confined to one thread at a time.
// Errors:    see State.
template <TableRow Row>
class Table<Row, Access::ordered> final : public TableBase {
 public:
  Table(State& state, std::string name) : TableBase(std::move(name), state.next_number()), state_(state) {
    state.add(*this);
  }

  // The row, or nullptr.
  const Row* find(std::string_view key) {
    const Change* at = load(key);
    return at != nullptr && at->second.present ? &at->second.row : nullptr;
  }

  // The row to change, or nullptr.
  Row* edit(std::string_view key) {
    Change* at = load(key);
    if (at == nullptr || !at->second.present) return nullptr;
    touch(*at);
    return &at->second.row;
  }

  // The row to change; made when missing.
  Row& upsert(std::string_view key) {
    Change* at = load(key);
    if (at == nullptr) at = &add(key, Entry{});
    Entry& entry = at->second;
    if (!entry.present) entry.row = Row{};
    entry.present = true;
    touch(*at);
    return entry.row;
  }

  void erase(std::string_view key) {
    Change* at = load(key);
    if (at == nullptr || !at->second.present) return;
    at->second.present = false;
    at->second.row = Row{};
    touch(*at);
  }

  // Calls visit(key, row) for each row whose key starts with `prefix` and is not below `from`, ascending, until it
  // returns false. The table must not be changed meanwhile.
  template <class Visit>
  void scan(std::string_view prefix, std::string_view from, Visit&& visit) {
    if (from < prefix) from = prefix;
    merge(prefix, from, entries_.lower_bound(from), visit);
  }

  // Whether there is any row.
  bool any() {
    bool found = false;
    scan("", "", [&](std::string_view, const Row&) {
      found = true;
      return false;
    });
    return found;
  }

  // The first `limit` keys of rows above `after`, ascending.
  std::vector<std::string> keys_after(std::string_view after, std::size_t limit) {
    std::vector<std::string> keys;
    if (limit == 0) return keys;
    scan("", after, [&](std::string_view key, const Row&) {
      if (key > after) keys.emplace_back(key);
      return keys.size() < limit;
    });
    return keys;
  }

  void update_digest(Hash128& digest) override {
    for (auto* change : undigested_) {
      Entry& entry = change->second;
      entry.undigested = false;
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
    undigested_.clear();
  }

  void freeze(TableChanges& changes) override {
    changes.rows.reserve(dirty_.size());
    for (auto* change : dirty_) {
      Entry& entry = change->second;
      entry.dirty = false;
      entry.frozen = true;
      if (entry.present) {
        scratch_.clear();
        entry.row.encode(scratch_);
        changes.put(change->first, scratch_);
      } else {
        changes.put(change->first, std::nullopt);
      }
    }
    frozen_.insert(frozen_.end(), dirty_.begin(), dirty_.end());
    dirty_.clear();
    dirty_bytes_ = 0;
  }

  void unfreeze() override {
    for (auto* change : frozen_) change->second.frozen = false;
    frozen_.clear();
  }

  void evict(std::size_t) override {
    for (auto at = entries_.begin(); at != entries_.end();) {
      Entry& entry = at->second;
      if (entry.dirty || entry.frozen || entry.undigested || entry.used) {
        entry.used = false;
        ++at;
      } else {
        bytes_ -= at->first.size() + kEntryBytes + entry.bytes;
        index_.erase(at->first);
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
    bool dirty = false;       // changed since the last freeze()
    bool undigested = false;  // differs from what the digest counts
    bool frozen = false;      // in a checkpoint that is not in the store yet
    bool used = false;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  using Change = typename Entries::value_type;

  static constexpr std::size_t kEntryBytes = sizeof(Entry) + 160;  // and what the map, the index and the allocator add
  static constexpr std::size_t kGuess = 256;                       // bytes of a new row until its encoding is known

  // Visits the rows of the store, overlaid with those in memory from `cached` on.
  template <class Visit>
  void merge(std::string_view prefix, std::string_view from, typename Entries::iterator cached, Visit&& visit) {
    auto cursor = state_.store().cursor(name());
    if (!cursor) return state_.set_error(cursor.error());
    StoreCursor& stored = **cursor;
    stored.seek(from);
    Row row;
    while (true) {
      const bool has_stored = stored.valid() && stored.key().starts_with(prefix);
      const bool has_cached = cached != entries_.end() && cached->first.starts_with(prefix);
      if (!has_stored && !has_cached) break;
      if (has_cached && (!has_stored || cached->first <= stored.key())) {
        const bool same = has_stored && cached->first == stored.key();
        const bool go_on =
            !cached->second.present || visit(std::string_view(cached->first), std::as_const(cached->second.row));
        ++cached;
        if (same) stored.next();
        if (!go_on) return;
        continue;
      }
      row = Row{};
      if (!detail::decode_row(state_, name(), stored.value(), row)) return;
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

  Change* load(std::string_view key) {
    if (const auto found = index_.find(key); found != index_.end()) {
      found->second->second.used = true;
      return found->second;
    }
    if (!state_.anything_stored()) return nullptr;
    const auto stored = state_.store().get(name(), key, scratch_);
    if (!stored) {
      state_.set_error(stored.error());
      return nullptr;
    }
    Entry entry;
    if (!*stored) {  // kept as absent, so that the store is not asked again
      entry.used = true;
      return &add(key, std::move(entry));
    }
    if (!detail::decode_row(state_, name(), scratch_, entry.row)) return nullptr;
    entry.hash = row_hash(key, scratch_);
    entry.bytes = memory_of(entry.row, scratch_);
    entry.present = true;
    entry.used = true;
    return &add(key, std::move(entry));
  }

  Change& add(std::string_view key, Entry entry) {
    bytes_ += key.size() + kEntryBytes + entry.bytes;
    Change& added = *entries_.emplace(std::string(key), std::move(entry)).first;
    index_.emplace(added.first, &added);
    return added;
  }

  void touch(Change& change) {
    Entry& entry = change.second;
    if (!entry.undigested) {
      entry.undigested = true;
      undigested_.push_back(&change);
    }
    if (!entry.dirty) {
      entry.dirty = true;
      if (entry.bytes == 0) {
        entry.bytes = kGuess;
        bytes_ += kGuess;
      }
      dirty_bytes_ += change.first.size() + kEntryBytes + entry.bytes;
      dirty_.push_back(&change);
    }
  }

  struct KeyHash {
    std::size_t operator()(std::string_view key) const { return hash64(key); }
  };

  State& state_;
  Entries entries_;
  std::unordered_map<std::string_view, Change*, KeyHash> index_;  // of entries_: most rows are looked for by key
  std::vector<Change*> dirty_;
  std::vector<Change*> undigested_;
  std::vector<Change*> frozen_;
  std::string scratch_;
  std::size_t bytes_ = 0;
  std::size_t dirty_bytes_ = 0;
};

}  // namespace engine
