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
  std::string prefix = "gridloop.";        // of the topics, which have to be there
  std::string mapping;                     // path
  std::vector<std::string> files;          // paths (source_text.h says of what); taken as one, in this order
  std::size_t batch_events = 20'000;       // events in one transaction
  bool abandon = false;                    // give up a backfill of the same source that other files left open
  std::uint64_t memory_bytes = 64u << 20;  // texts that are together larger are processed on the disk
  TempPlace temp;                          // where; no directory: that for temporary files of the system
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // after each transaction; may be empty
  const engine::Clock* clock = nullptr;  // rows from the future are skipped; nullptr: the machine's
};

// Imports `options.files` as a backfill of the mapping's source, in transactions of the id "import-<source>":
//   1. directory: backfill.abandoned (when asked for), backfill.opened, zone.published, area.registered;
//   2. the events in the order of (event time, row, rule of the mapping), `batch_events` at a time, each transaction
//      with a backfill.advanced that tells how many are written;
//   3. directory: backfill.closed.
// A second import of the same files with the same mapping (but for its comments) writes nothing, and of several files
// those are left out that were imported before. An import that was interrupted anywhere is resumed by calling this
// again; the log is then the same as without the interruption. Ids of events are made of their subject, type, time and
// data, so what a newer file repeats is known to be the same event.
// Files of any size are imported: what does not fit into memory is sorted in temporary files, before anything is
// written to the log. The log is the same either way.
//
// Errors: invalid (mapping, file, one file twice, topics missing, another backfill of the source open), fatal, retry,
// abort, unknown, fenced (from the log; what was committed stays, importing again goes on after it). Every message says
// what and where.
engine::Result<ImportReport> import_files(engine::Log& log, const ImportOptions& options);

}  // namespace ops
