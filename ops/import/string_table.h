#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "ops/import/temp_file.h"

namespace ops {

// Texts by number. The first kMemoryBytes lie in memory, the rest in a temporary file.
//
// Use:     add() them, finish(), then append().
// Threads: confined to one thread.
// Errors:  those of TempFile.
class StringTable {
 public:
  static constexpr std::size_t kMemoryBytes = 24u << 20;

  explicit StringTable(TempPlace temp, std::size_t memory_bytes = kMemoryBytes)
      : temp_(std::move(temp)), memory_bytes_(memory_bytes) {}

  engine::Result<> add(std::string_view text);
  engine::Result<> finish();

  std::size_t size() const { return ends_.size(); }
  // Appends a text to `out`. REQUIRES: number < size().
  engine::Result<> append(std::size_t number, std::string& out) const;

 private:
  TempPlace temp_;
  std::size_t memory_bytes_;
  std::vector<std::uint64_t> ends_;  // of each text, in the concatenation of all
  std::string text_;
  std::optional<TempFile> rest_;  // the texts after text_
};

}  // namespace ops
