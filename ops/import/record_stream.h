#pragma once

#include <optional>
#include <string>

#include "engine/result.h"
#include "ops/import/csv.h"
#include "ops/import/source_text.h"

namespace ops {

// The records of a SourceText in sequence; only a piece of the text has to lie in memory. The records and problems do
// not depend on the place of the text.
//
// A record longer than kMaxBytes ends the reading: it results from a quote that is never closed.
// Threads: confined to one thread.
class RecordStream {
 public:
  static constexpr std::size_t kMaxBytes = 16u << 20;

  // `text` has to outlive this. REQUIRES: piece_bytes > 3.
  RecordStream(const SourceText& text, char delimiter, std::size_t piece_bytes = std::size_t{1} << 20);

  // Reads the next record; false at the end. The record is valid until the next call.
  engine::Result<bool> next(CsvRecord& record);

 private:
  engine::Result<> load_piece();
  void refuse(CsvRecord& record);

  const SourceText& source_;
  char delimiter_;
  std::size_t piece_bytes_;
  std::string piece_;         // unused if the text lies in memory
  std::uint64_t loaded_ = 0;  // bytes of the text that have been read
  bool has_last_ = false;     // the reader has the last piece
  std::optional<CsvReader> reader_;
};

}  // namespace ops
