#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ops/import/cell_value.h"
#include "ops/import/source_text.h"
#include "ops/import/string_table.h"
#include "ops/import/text_stream.h"

namespace ops {

// The context in which the cells of a sheet are read.
struct SheetContext {
  std::string path;  // of the workbook, for messages
  SourceFormat format;
  DateSystem dates = DateSystem::from_1900;
  std::vector<bool> date_styles;  // by style
  StringTable strings;
};

// The CSV text of the sheet in the document `part`; xlsx.h gives the rules for cells, titles and headers.
std::unique_ptr<TextStream> read_sheet(std::unique_ptr<TextStream> part, SheetContext context);

}  // namespace ops
