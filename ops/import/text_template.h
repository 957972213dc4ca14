#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace ops {

// Number of a column in the list that a Mapping keeps.
using ColumnNumber = std::uint32_t;

// A text with columns in it: "Council district {city_council_district|integer}". Behind a column's name may stand
// filters, applied from left to right:
//   trim      without blanks around it
//   lower, upper   ASCII letters changed
//   integer   "8.0" and "08" become "8"; what is no whole number stays
//   slug      ASCII letters and digits in lower case, everything between them one '-'; other scripts stay as they are
//
// Threads: any.
class TextTemplate {
 public:
  // `column` gives the number of a column from its name. Errors: invalid, for an unclosed brace or an unknown filter.
  static engine::Result<TextTemplate> parse(std::string_view text,
                                            const std::function<ColumnNumber(std::string_view)>& column);

  // A text without columns, braces and all.
  static TextTemplate literal(std::string text);

  // Replaces `out` by the text for a row with these `values`; false, with `out` empty, when a column in it is blank.
  bool expand(std::span<const std::string_view> values, std::string& out) const;

 private:
  enum class Filter : std::uint8_t { trim, lower, upper, integer, slug };
  struct Part {
    std::string literal;  // of a part that is no column
    bool is_column = false;
    ColumnNumber column = 0;
    std::vector<Filter> filters;
  };
  static void apply(Filter filter, std::string& text, std::size_t from);

  std::vector<Part> parts_;
};

// Whether a field holds nothing but ASCII blanks.
bool is_blank(std::string_view value);

}  // namespace ops
