#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/import/areas.h"
#include "ops/import/mapping.h"
#include "ops/import/report.h"

namespace ops {

// The text of one file, and where the mapping's columns lie in it.
struct SourceFile {
  std::string path;
  std::string name;  // without its directory: the same wherever the file lies
  std::string text;
  std::string digest;  // of the mapping and this file alone
  std::vector<std::size_t> places;
};

struct PlannedRow {
  std::uint32_t file = 0;
  std::uint64_t position = 0;  // of the record in the file's text
};

struct PlannedEvent {
  std::int64_t time_ms = 0;
  std::uint32_t row = 0;   // number in Plan::rows
  std::uint32_t rule = 0;  // number in Mapping::events
  auto operator<=>(const PlannedEvent&) const = default;
};

// All that an import will write, as an index into its files.
struct Plan {
  std::vector<PlannedRow> rows;      // usable ones, in the order of the files
  std::vector<PlannedEvent> events;  // sorted: by time, row and rule
  std::vector<Area> areas;
  engine::Instant first_written = engine::kMaxInstant;  // of all times that the usable rows hold, due times too
  engine::Instant last_written = engine::kMinInstant;
};

// Reads all rows of `files` once, and counts in `report` what they hold. Rows with an event after `latest` are skipped.
// Errors: invalid when more rows cannot be used than can: the mapping is wrong then, not the data.
engine::Result<Plan> make_plan(const Mapping& mapping, const std::vector<SourceFile>& files, engine::Instant latest,
                               ImportReport& report);

}  // namespace ops
