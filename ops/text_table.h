#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ops {

// A table for people: columns as wide as their widest cell (in terminal columns; CJK characters take two).
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
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
