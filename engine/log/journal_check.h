#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/log/disk.h"
#include "engine/result.h"

namespace engine {

// One finding of verify_journal().
struct Damage {
  std::string what;
};

struct JournalCheck {
  std::uint64_t transactions = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::string note;  // a torn tail that was never acknowledged
  std::vector<Damage> damages;
};

// Reads the whole journal in `directory` and compares every hash, the chain, the indexes and what was acknowledged.
// Changes nothing. Errors: fatal when a file cannot be read.
Result<JournalCheck> verify_journal(Disk& disk, const std::string& directory);

}  // namespace engine
