#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/import/csv.h"
#include "ops/import/mapping.h"
#include "ops/import/row.h"
#include "ops/import/source_text.h"
#include "ops/import/temp_file.h"

namespace ops {

// The text of one file, and the places of the mapping's columns in it.
struct SourceFile {
  std::string path;
  std::string name;  // without its directory
  SourceText text;
  std::string digest;               // of the mapping and only this file
  std::vector<std::size_t> places;  // kNoPlace for a column that the file lacks
};

struct PlannedEvent {
  std::int64_t time_ms = 0;
  std::uint32_t row = 0;   // index among the usable rows of all files, in their order
  std::uint32_t rule = 0;  // index in Mapping::events
  auto operator<=>(const PlannedEvent&) const = default;
};

// Takes the events of an import row by row, and returns them in the order of time, row and rule, each with its row.
//
// Use:     add() for each row, sort() once, then skip() and next().
// Threads: confined to one thread.
// Errors:  those of files. Only temporary files are written.
class EventOrder {
 public:
  virtual ~EventOrder() = default;

  // Adds the next row and its events in the order of rules. `record` is the record of the row.
  // REQUIRES: `file` is an index in the list of files.
  virtual engine::Result<> add(std::uint32_t file, const CsvRecord& record, std::span<const PlannedEvent> events) = 0;
  virtual engine::Result<> sort() = 0;

  // Skips the next `events` events. REQUIRES: there are at least as many.
  virtual engine::Result<> skip(std::uint64_t events) = 0;
  // Returns the next event and loads its row into `row`, always the same object. REQUIRES: there is one.
  virtual engine::Result<PlannedEvent> next(Row& row) = 0;

  std::uint64_t rows() const { return rows_; }
  std::uint64_t events() const { return events_; }
  std::int64_t first_ms() const { return first_ms_; }  // REQUIRES: there is an event
  std::int64_t last_ms() const { return last_ms_; }

 protected:
  void count(std::span<const PlannedEvent> events);

 private:
  std::uint64_t rows_ = 0;
  std::uint64_t events_ = 0;
  std::int64_t first_ms_ = INT64_MAX;
  std::int64_t last_ms_ = INT64_MIN;
};

// For texts in memory: an index into them, of 16 bytes a row and 16 an event. `files` have to outlive it.
std::unique_ptr<EventOrder> order_in_memory(const Mapping& mapping, const std::vector<SourceFile>& files);

// For texts of any size: sorted runs of rows in temporary files, which are merged. A run has at most about
// `memory_bytes` of rows. It keeps the columns that the mapping names, once for each time of a row.
std::unique_ptr<EventOrder> order_on_disk(const Mapping& mapping, const std::vector<SourceFile>& files,
                                          std::size_t memory_bytes, const TempPlace& temp);

}  // namespace ops
