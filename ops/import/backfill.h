#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/result.h"
#include "engine/types.h"

namespace ops {

// The backfills of one source, as recorded in the directory topic.
struct Backfills {
  enum class State : std::uint8_t { open, closed, abandoned };
  struct Import {
    State state = State::open;
    std::uint64_t events = 0;                            // total, from backfill.opened
    std::uint64_t events_written = 0;                    // from the last backfill.advanced
    std::vector<std::string> files;                      // their names
    std::vector<std::string> file_digests;               // of the files
    engine::Instant first_opened = engine::kMaxInstant;  // when it was logged
  };
  std::map<std::string, Import> imports;  // by digest
  std::string open;                       // digest of the open one; empty if there is none
  std::uint64_t opened = 0;               // number of openings

  bool is_closed(const std::string& digest) const;
  // Whether a closed import had this file among its files.
  bool has_file(const std::string& file_digest) const;
};

// The name of a file in backfill.opened: "rows.csv 4e07b036979cd26bf9505541bfecb98f". The digest covers the mapping and
// only that file.
std::string file_entry(const std::string& name, const std::string& file_digest);

// Reads the backfills of `source` from the topic of rules.
// Errors: those of the log; invalid if the topic is missing.
engine::Result<Backfills> read_backfills(engine::Log& log, const std::string& directory_topic,
                                         const std::string& source);

}  // namespace ops
