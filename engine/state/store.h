#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/result.h"

namespace engine {

// Rows of one table that changed since the last checkpoint, in any order; no value = the row is gone.
//
// Ownership: what was put is held here; what was referred to belongs to the table, until State::unfreeze().
struct TableChanges {
  struct Row {
    std::string_view key;
    std::optional<std::string_view> value;
  };
  explicit TableChanges(std::string of_table) : table(std::move(of_table)) {}

  std::string table;
  std::vector<Row> rows;

  void refer(std::string_view key, std::optional<std::string_view> value) { rows.push_back({key, value}); }
  void put(std::string_view key, std::optional<std::string_view> value) {
    const std::string_view kept = keep(key);
    refer(kept, value ? std::optional(keep(*value)) : std::nullopt);
  }

 private:
  std::string_view keep(std::string_view bytes) {
    if (bytes.size() > room_) {
      room_ = std::max(kBlock, bytes.size());
      held_.push_back(std::make_unique<char[]>(room_));
      free_ = held_.back().get();
    }
    char* const at = free_;
    std::copy(bytes.begin(), bytes.end(), at);
    free_ += bytes.size();
    room_ -= bytes.size();
    return {at, bytes.size()};
  }

  static constexpr std::size_t kBlock = 64u << 10;
  std::vector<std::unique_ptr<char[]>> held_;
  char* free_ = nullptr;
  std::size_t room_ = 0;
};

// All that changed between two committed boundaries, with the position (opaque here; see state.h) of the later one.
struct Checkpoint {
  std::string position;
  std::vector<TableChanges> tables;
};

// Walks a table in key order. A cursor sees the checkpoint that was newest when it was made.
class StoreCursor {
 public:
  virtual ~StoreCursor() = default;
  virtual void seek(std::string_view key) = 0;  // to the first row whose key is not below
  virtual bool valid() const = 0;
  virtual void next() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual Result<> status() const = 0;  // of everything since it was made
};

// PORT: keeps the last checkpoint of one task: its rows, together with the position that they were computed from.
//
// Invariants: after checkpoint(), rows and position on disk are both old or both new.
// Threads:    reads from one thread at a time, checkpoint() from one other.
// Errors:     corrupt: drop the store (clear()) and rebuild from the logs; fatal: the disk failed.
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<bool> get(std::string_view table, std::string_view key, std::string& value) = 0;
  virtual Result<std::unique_ptr<StoreCursor>> cursor(std::string_view table) = 0;
  virtual Result<> checkpoint(const Checkpoint& checkpoint) = 0;
  virtual Result<std::optional<std::string>> position() = 0;  // nothing before the first checkpoint
  virtual Result<> verify() = 0;                              // reads and checks every byte
};

}  // namespace engine
