#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ops/import/cell_value.h"
#include "ops/import/source_text.h"
#include "ops/import/string_table.h"
#include "ops/import/text_stream.h"

namespace ops {

// What a sheet's cells mean.
struct SheetContext {
  std::string path;  // of the workbook, for messages
  SourceFormat format;
  DateSystem dates = DateSystem::from_1900;
  std::vector<bool> date_styles;  // by style
  StringTable strings;
};

// The CSV text of the sheet that `part`, a document, holds; xlsx.h says what becomes of cells, titles and headers.
std::unique_ptr<TextStream> read_sheet(std::unique_ptr<TextStream> part, SheetContext context);

}  // namespace ops
