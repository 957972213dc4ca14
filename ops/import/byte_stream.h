#pragma once

#include <memory>
#include <string>

#include "engine/log/disk.h"
#include "ops/import/text_stream.h"

namespace ops {

// The bytes of `file` as they are.
std::unique_ptr<TextStream> read_plain(const engine::File& file);

// The bytes that a Zstandard file holds, of all its frames. Errors: invalid when it is damaged or cut off.
std::unique_ptr<TextStream> read_zstd(const std::string& path, const engine::File& file);

}  // namespace ops
