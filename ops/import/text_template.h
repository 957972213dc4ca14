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

// A text with columns in it: "Council district {city_council_district|integer}". Filters may follow the name of a
// column; they apply from left to right:
//   trim           removes blanks around the value
//   lower, upper   changes the case of ASCII letters
//   integer        "8.0" and "08" become "8"; other values than whole numbers stay
//   slug           ASCII letters and digits in lower case, one '-' for anything between them; other scripts stay
//
// Threads: any.
class TextTemplate {
 public:
  // `column` gives the number of a column from its name. Errors: invalid, for an unclosed brace or an unknown filter.
  static engine::Result<TextTemplate> parse(std::string_view text,
                                            const std::function<ColumnNumber(std::string_view)>& column);

  // A text without columns; braces have no meaning in it.
  static TextTemplate literal(std::string text);

  // Replaces `out` by the text for a row with these `values`; false, with `out` empty, if one of its columns is blank.
  bool expand(std::span<const std::string_view> values, std::string& out) const;

 private:
  enum class Filter : std::uint8_t { trim, lower, upper, integer, slug };
  struct Part {
    std::string literal;  // of a part that is not a column
    bool is_column = false;
    ColumnNumber column = 0;
    std::vector<Filter> filters;
  };
  static void apply(Filter filter, std::string& text, std::size_t from);

  std::vector<Part> parts_;
};

// Whether a field holds only ASCII blanks.
bool is_blank(std::string_view value);

}  // namespace ops
