#pragma once

#include <memory>
#include <string>

#include "ops/import/text_stream.h"

namespace ops {

enum class Encoding : std::uint8_t {
  utf8,      // with or without a byte order mark
  utf8_bom,  // with one
  gb18030,   // includes GBK and GB 2312; a UTF-8 byte order mark at the beginning makes it UTF-8
};

// The text of `bytes` as UTF-8, decoded piece by piece: a character may lie in two pieces. A byte that begins no
// character is replaced by U+FFFD and counted, and decoding continues after it.
// Errors: those of `bytes`; fatal if the system's iconv does not know GB18030.
engine::Result<std::unique_ptr<TextStream>> decode_gb18030(std::unique_ptr<TextStream> bytes);

}  // namespace ops
