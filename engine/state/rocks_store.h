#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/store.h"

namespace engine {

// A Store in RocksDB: one column family per table, and `position`. A checkpoint writes one sorted file per table and
// ingests all of them at once; nothing goes through the write-ahead log or a memtable.
class RocksStore final : public Store {
 public:
  struct Options {
    std::string directory;
    std::vector<std::string> tables;
    bool read_only = false;
  };
  // Errors: corrupt when the database in the directory is damaged; invalid when it does not fit the tables.
  static Result<std::unique_ptr<RocksStore>> open(const Options& options);
  // Bytes for blocks that were read, shared by all stores of the process; 32 MiB without a call.
  static void set_cache_bytes(std::size_t bytes);
  // Removes the database in `directory`, if there is one.
  static Result<> remove(const std::string& directory);
  ~RocksStore() override;

  Result<bool> get(std::string_view table, std::string_view key, std::string& value) override;
  Result<std::unique_ptr<StoreCursor>> cursor(std::string_view table) override;
  Result<> checkpoint(const Checkpoint& checkpoint) override;
  Result<std::optional<std::string>> position() override;
  Result<> verify() override;

  // Bytes of the files of the last checkpoints; verify() reads as many.
  std::uint64_t bytes() const;

 private:
  struct Database;
  explicit RocksStore(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace engine
