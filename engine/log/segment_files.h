#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/log/disk.h"
#include "engine/log/journal.h"

// The files of a journal, as whoever reads all of them finds them: the embedded log when it opens, and the check.

namespace engine::journal {

std::string segment_name(std::uint32_t number);
std::string index_name(std::uint32_t number);

// Numbers of the segment files in `directory`, ascending. Errors: corrupt when one is missing.
Result<std::vector<std::uint32_t>> segment_numbers(const Disk& disk, const std::string& directory);

Result<std::string> read_all(const File& file);

// The newer of the two slots of the file `acknowledged`. Sets `damaged` when a slot holds something else.
Result<Acknowledged> read_acknowledged(const File& file, bool& damaged);

// How far a segment must reach for the blocks of its index.
std::uint64_t bytes_needed(const Blocks& blocks);

// The end of each partition, by topic.
std::vector<std::vector<std::int64_t>> ends_of(const Catalogue& catalogue);

}  // namespace engine::journal
