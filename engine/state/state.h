#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hash.h"
#include "engine/schedule.h"
#include "engine/state/store.h"
#include "engine/types.h"

namespace engine {

// Where a task stands: what its state was computed from. Kept with every checkpoint.
//
//   u8 format (1) | string stage | varint partition | varint partitions | varint logic version | varint step
//   | chain (u64, u64) | digest (u64, u64) | signed clock | string timers mark | varint n | n x varint next_offset
//   | varint next schedule offset
struct Position {
  std::string stage;
  Partition partition;
  std::uint32_t partitions = 1;
  std::uint32_t logic_version = 0;
  StepNumber step{0};
  Hash128 chain;
  Hash128 digest;  // of all rows
  Instant clock = kMinInstant;
  std::string timers_mark;           // all timers up to this key have fired
  std::vector<Offset> next_offsets;  // by input
  Offset next_schedule_offset{0};    // the record of `step` is the one before

  // Whether a task that stood at `before` may come to stand here: the same task, a later step, and nothing gone back.
  bool follows(const Position& before) const;

  std::string encode() const;
  static Result<Position> decode(std::string_view bytes);
};

// One table of a State: what the State needs to know of it.
class TableBase {
 public:
  TableBase(std::string name, std::uint8_t number) : name_(std::move(name)), number_(number) {}
  virtual ~TableBase() = default;
  const std::string& name() const { return name_; }

  // Brings `digest` up to date with the rows that changed since the last call.
  virtual void update_digest(Hash128& digest) = 0;
  // Adds the rows changed since the last freeze(). They count as unchanged afterwards, and stay in memory until
  // unfreeze().
  virtual void freeze(TableChanges& changes) = 0;
  // The frozen rows are in the store now.
  virtual void unfreeze() = 0;
  // Forgets unchanged rows of about so many bytes, first those that were not used lately.
  virtual void evict(std::size_t bytes) = 0;
  // Bytes in memory, about.
  virtual std::size_t bytes() const = 0;
  virtual std::size_t dirty_bytes() const = 0;

  // What the digest counts for a row.
  Hash128 row_hash(std::string_view key, std::string_view value) const;

 private:
  std::string name_;
  std::uint8_t number_;
};

// The rows of one task: typed tables over a Store, changed rows in memory.
//
// Invariants: the digest is the sum of the hashes of all rows, whatever the order in which they came about.
// Threads:    confined to one thread at a time.
// Errors:     a read that fails makes the table answer "no row" and sets error(): the step must then be dropped.
class State {
 public:
  explicit State(Store& store) : store_(store) {}
  State(const State&) = delete;

  Store& store() { return store_; }
  // REQUIRES: outlives the State; called in the same order in every run (the order numbers the tables).
  void add(TableBase& table) { tables_.push_back(&table); }
  std::uint8_t next_number() const { return static_cast<std::uint8_t>(tables_.size() + 1); }

  const std::optional<Error>& error() const { return error_; }
  void set_error(Error error) {
    if (!error_) error_ = std::move(error);
  }

  // Whether the store may hold rows. Tables look for none while it cannot.
  bool anything_stored() const { return anything_stored_; }
  void set_nothing_stored() { anything_stored_ = false; }

  std::vector<std::string> table_names() const;
  // The digest of the rows in the store alone, computed from all of them.
  Result<Hash128> stored_digest();

  void set_digest(const Hash128& digest) { digest_ = digest; }
  const Hash128& digest();  // brings it up to date first

  // All changes since the last one. REQUIRES: digest() was called since the last change.
  std::vector<TableChanges> freeze();
  void unfreeze();
  // Forgets unchanged rows until those in memory take `bytes` at most, as far as there are any.
  void evict_to(std::size_t bytes);
  std::size_t bytes() const;
  std::size_t dirty_bytes() const;

 private:
  Store& store_;
  std::vector<TableBase*> tables_;
  std::optional<Error> error_;
  Hash128 digest_;
  bool anything_stored_ = true;
};

}  // namespace engine
