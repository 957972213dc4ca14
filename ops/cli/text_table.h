#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ops {

// `text` with what could act on a terminal written out: control characters and bytes that are no UTF-8 as \x1b, the
// line and direction marks of Unicode (U+2028, U+2029, U+202A to U+202E, U+2066 to U+2069) as \u202e, a line end as \n.
// All text that comes from data goes through it before it is shown to people; JSON has its own way.
enum class LineEnds { escaped, kept };
std::string printable(std::string_view text, LineEnds line_ends = LineEnds::escaped);

// A table for people: columns as wide as their widest cell, in terminal columns: CJK characters take two, combining
// marks none.
// Cells are shown by printable().
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// 1234567 as "1,234,567".
std::string with_commas(std::int64_t number);

// num/den in percent with two decimals, rounded half up; "–" when den is 0.
std::string percent(std::int64_t num, std::int64_t den);

// Seconds as "3 d 4 h", "2 h 05 min", "41 s".
std::string duration(std::int64_t seconds);

}  // namespace ops
