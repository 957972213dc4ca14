#pragma once

#include <memory>
#include <string>

#include "engine/log/disk.h"
#include "ops/import/source_text.h"
#include "ops/import/text_stream.h"

namespace ops {

// One sheet of an XLSX workbook as a CSV text in UTF-8, a line for each row, so that lines count as rows do.
//
//   dates       cells whose number format is one of dates hold "2026-03-02 09:12:40", local time
//   numbers     as they are written, without ".0"; formats (leading zeros, rounding) do not count
//   texts       shared or inline; a line break within becomes a blank
//   rows        rows before the first one with two cells that hold something are titles, and blank; so are rows that
//               hold nothing. Short rows are filled up to the header's width
//   header      of `format.header_rows` rows: a column is named by the lowest of them that holds something there, which
//               is what merged cells over it mean
//
// `format` says which sheet: the first when it names none. `temp` takes texts that do not fit into memory.
// Errors: invalid (damaged, encrypted, no workbook, no such sheet, beyond the limits of the format: 1,048,576 rows,
// 16,384 columns; a row of more than 16 MiB), with the path and the row.
engine::Result<std::unique_ptr<TextStream>> read_xlsx(const std::string& path, const SourceFormat& format,
                                                      const TempPlace& temp);

// Why a compound file, as old and encrypted spreadsheets are, cannot be read: "is an old spreadsheet (.xls): ...".
engine::Result<std::string> describe_compound_file(const engine::File& file);

}  // namespace ops
