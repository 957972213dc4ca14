#pragma once

#include <string>

#include "engine/result.h"

namespace ops {

// The text of the file at `path`, whole: decompressed when it is Zstandard (told by its first bytes, not by its name),
// and without its byte order mark. REQUIRES `encoding` from known_encoding().
//
// Errors: fatal (unreadable, with the path and the system's reason), invalid (damaged compression, or a format that is
// not a CSV text: gzip, a spreadsheet, UTF-16).
engine::Result<std::string> read_source_text(const std::string& path, const std::string& encoding);

// Whether `encoding` is one that read_source_text() reads: "utf-8" or "utf-8-bom" (which demands the mark).
bool known_encoding(const std::string& encoding);

// The file at `path` as it lies on disk.
engine::Result<std::string> read_bytes(const std::string& path);

}  // namespace ops
