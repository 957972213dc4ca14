#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/types.h"

namespace ops {

// An oddity in the imported data: its name, its count, and an example.
struct QuirkCount {
  std::string name;
  std::string explanation;
  std::uint64_t count = 0;
  std::string example;  // "file:line" of the first one; empty if there is none

  void add(const std::string& file, std::size_t line);
};

// The findings and effects of an import.
struct ImportReport {
  std::string source;
  std::string digest;
  std::vector<std::string> files;        // of this import
  std::vector<std::string> known_files;  // left out: earlier imports wrote all of their events

  std::uint64_t rows = 0;                                             // records after the headers
  std::uint64_t skipped_rows = 0;                                     // of `rows`: unusable
  std::vector<std::string> skipped;                                   // the first kListedRows of them: "file:line: why"
  std::uint64_t events = 0;                                           // in the files
  std::uint64_t events_written = 0;                                   // by this import
  std::vector<std::pair<std::string, std::uint64_t>> events_by_type;  // in the order of the mapping
  std::vector<std::pair<std::string, std::uint64_t>> areas_by_level;  // in the order of the mapping
  std::optional<engine::Instant> first, last;                         // event times
  std::vector<QuirkCount> quirks;  // those of the mapping first, including the ones that never occurred

  bool already_imported = false;            // the log had all events: nothing was written
  std::optional<std::uint64_t> resumed_at;  // events that an interrupted import had written before
  std::optional<std::string> abandoned;     // digest of the open backfill that was abandoned for this one

  static constexpr std::size_t kListedRows = 10;
};

// A table for people.
std::string to_text(const ImportReport& report);

// The same as JSON, an object a line: one of "kind":"import", then one for each type, level, quirk and listed row.
std::string to_json_lines(const ImportReport& report);

}  // namespace ops
