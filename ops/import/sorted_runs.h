#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "ops/import/temp_file.h"

namespace ops {

// The sort key of runs; unique among the entries.
struct RunKey {
  std::int64_t time_ms = 0;
  std::uint32_t row = 0;
  auto operator<=>(const RunKey&) const = default;
};

// Sorts more entries than memory holds. Entries that fit are sorted and written to a temporary file, a run. Runs are
// merged when there are many; the remaining ones are merged while they are read.
//
// Use:     add(), then sort() once, then next() until it returns false.
// Format:  an entry in a run is time (8 bytes), row (4), length (4), its bytes; integers in the machine's byte order,
//          because no other machine reads them.
// Threads: confined to one thread.
// Errors:  those of TempFile.
class SortedRuns {
 public:
  // A run holds entries of about `memory_bytes`.
  SortedRuns(std::size_t memory_bytes, TempPlace temp) : memory_bytes_(memory_bytes), temp_(std::move(temp)) {}

  engine::Result<> add(const RunKey& key, std::string_view bytes);
  engine::Result<> sort();

  // The next entry in the order of keys; false after the last. `bytes` are valid until the next call.
  engine::Result<bool> next(RunKey& key, std::string_view& bytes);

 private:
  // Reads a run from its beginning to its end.
  class Cursor {
   public:
    explicit Cursor(const TempFile& run) : run_(&run) {}
    engine::Result<bool> advance();
    const RunKey& key() const { return key_; }
    std::string_view bytes() const { return std::string_view(piece_).substr(at_ - size_, size_); }

   private:
    engine::Result<> need(std::size_t bytes);

    const TempFile* run_;
    std::uint64_t loaded_ = 0;
    std::string piece_;
    std::size_t at_ = 0;  // end of the entry, in the piece
    RunKey key_;
    std::uint32_t size_ = 0;
  };
  // Reads several runs at once, the smallest key first.
  class Merge {
   public:
    engine::Result<> open(const TempFile& run);
    engine::Result<bool> advance();
    const Cursor& head() const { return cursors_.back(); }

   private:
    std::vector<Cursor> cursors_;  // a heap; its head moves to the end while it is read
    bool taken_ = false;
  };
  struct Entry {
    RunKey key;
    std::uint32_t size = 0;
    std::size_t begin = 0;  // in bytes_
  };

  engine::Result<> write_run();
  engine::Result<> keep(TempFile run, std::size_t level);

  std::size_t memory_bytes_;
  TempPlace temp_;
  std::vector<Entry> entries_;
  std::string bytes_;
  std::vector<std::vector<TempFile>> levels_;  // runs by the number of their merges
  Merge merge_;
};

}  // namespace ops
