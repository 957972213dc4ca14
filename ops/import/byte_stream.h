#pragma once

#include <memory>
#include <string>

#include "engine/log/disk.h"
#include "ops/import/text_stream.h"

namespace ops {

// The bytes of `file`, unchanged.
std::unique_ptr<TextStream> read_plain(const engine::File& file);

// The decompressed bytes of all frames of a Zstandard file. Errors: invalid if it is damaged or truncated.
std::unique_ptr<TextStream> read_zstd(const std::string& path, const engine::File& file);

}  // namespace ops
