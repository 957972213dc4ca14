#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/result.h"
#include "engine/types.h"

namespace ops {

// What the directory tells about the backfills of one source.
struct Backfills {
  enum class State : std::uint8_t { open, closed, abandoned };
  struct Import {
    State state = State::open;
    std::uint64_t events = 0;                            // in all, as backfill.opened told
    std::uint64_t events_written = 0;                    // as the last backfill.advanced told
    std::vector<std::string> files;                      // their names
    std::vector<std::string> file_digests;               // of the files
    engine::Instant first_opened = engine::kMaxInstant;  // when it was logged
  };
  std::map<std::string, Import> imports;  // by digest
  std::string open;                       // digest of the one that is open; empty when none is
  std::uint64_t opened = 0;               // how often one was opened

  bool is_closed(const std::string& digest) const;
  // Whether a closed import had this file among its files.
  bool has_file(const std::string& file_digest) const;
};

// How backfill.opened names a file: "rows.csv 4e07b036979cd26bf9505541bfecb98f", the digest being of the mapping and
// that file alone.
std::string file_entry(const std::string& name, const std::string& file_digest);

// Reads the backfills of `source` from the topic of rules.
// Errors: those of the log; invalid when the topic is missing.
engine::Result<Backfills> read_backfills(engine::Log& log, const std::string& directory_topic,
                                         const std::string& source);

}  // namespace ops
