#pragma once

#include <memory>
#include <string>

#include "engine/log/disk.h"
#include "ops/import/source_text.h"
#include "ops/import/text_stream.h"

namespace ops {

// One sheet of an XLSX workbook as a CSV text in UTF-8, a line for each row, so that line numbers equal row numbers.
//
//   dates       cells with a date format become "2026-03-02 09:12:40", local time
//   numbers     as written, without ".0"; formats (leading zeros, rounding) are ignored
//   texts       shared or inline; a line break within a text becomes a blank
//   rows        rows before the first one with two non-empty cells are titles, and become blank, as empty rows are.
//               Short rows are filled up to the width of the header
//   header      `format.header_rows` rows: the lowest non-empty one of them names a column, which is the meaning of
//               merged cells above it
//
// `format` names the sheet; without a name it is the first. `temp` takes texts that do not fit into memory.
// Errors: invalid (damaged, encrypted, not a workbook, no such sheet, beyond the limits of the format: 1,048,576 rows,
// 16,384 columns; a row of more than 16 MiB), with the path and the row.
engine::Result<std::unique_ptr<TextStream>> read_xlsx(const std::string& path, const SourceFormat& format,
                                                      const TempPlace& temp);

// The reason why a compound file (an old or encrypted spreadsheet) is refused: "is an old spreadsheet (.xls): ...".
engine::Result<std::string> describe_compound_file(const engine::File& file);

}  // namespace ops
