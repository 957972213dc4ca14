#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/log/log.h"
#include "engine/result.h"
#include "ops/import/report.h"
#include "ops/import/temp_file.h"

namespace ops {

struct ImportOptions {
  std::string prefix = "gridloop.";        // of the topics, which have to exist
  std::string mapping;                     // path
  std::vector<std::string> files;          // paths (formats: source_text.h); imported as one, in this order
  std::size_t batch_events = 20'000;       // events in one transaction
  bool abandon = false;                    // abandon an open backfill of the same source by other files
  std::uint64_t memory_bytes = 64u << 20;  // larger texts (in total) are processed on the disk
  TempPlace temp;                          // place for that; no directory: the system's
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // after each transaction; may be empty
  const engine::Clock* clock = nullptr;  // rows from the future are skipped; nullptr: the wall clock
};

// Imports `options.files` as a backfill of the mapping's source, in transactions of the id "import-<source>":
//   1. directory: backfill.abandoned (on request), backfill.opened, zone.published, area.registered;
//   2. the events in the order of (event time, row, rule of the mapping), `batch_events` at a time, each transaction
//      with a backfill.advanced that gives the number of written events;
//   3. directory: backfill.closed.
// A second import of the same files with the same mapping (apart from its comments) writes nothing. Among several files
// the already imported ones are left out. To resume an import that was interrupted anywhere, call this function again;
// the log is then the same as without the interruption. The id of an event is derived from its subject, type, time and
// data, so an event that a newer file repeats keeps its id.
// Files can have any size: texts that do not fit into memory are sorted in temporary files, before anything is written
// to the log. The log is the same either way.
//
// Errors: invalid (mapping, file, one file twice, topics missing, another backfill of the source open), fatal, retry,
// abort, unknown, fenced (from the log; committed transactions stay, and the next import continues after them). Every
// message names the fault and its place.
engine::Result<ImportReport> import_files(engine::Log& log, const ImportOptions& options);

}  // namespace ops
