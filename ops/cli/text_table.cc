#include "ops/cli/text_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <utf8proc.h>

namespace ops {
namespace {

// A code point at the beginning of a text; no bytes when there is none in UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;
};

CodePoint first_of(std::string_view text) {
  utf8proc_int32_t value = 0;
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                      static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (bytes <= 0) return {};
  return {static_cast<std::uint32_t>(value), static_cast<std::size_t>(bytes)};
}

bool is_control(std::uint32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xa0);
}
bool is_mark(std::uint32_t value) {
  return (value >= 0x2028 && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
}

// In terminal columns: 2 for CJK characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint first = first_of(text);
    width += first.bytes == 0 ? 1 : static_cast<std::size_t>(utf8proc_charwidth(static_cast<int>(first.value)));
    text.remove_prefix(std::max<std::size_t>(1, first.bytes));
  }
  return width;
}

}  // namespace

std::string printable(std::string_view text, LineEnds line_ends) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint first = first_of(text);
    const std::size_t bytes = std::max<std::size_t>(1, first.bytes);
    if (first.bytes == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (first.value == '\n') {
      out += line_ends == LineEnds::kept ? "\n" : "\\n";
    } else if (is_control(first.value)) {
      out += fmt::format("\\x{:02x}", first.value);
    } else if (is_mark(first.value)) {
      out += fmt::format("\\u{:04x}", first.value);
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

void TextTable::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](auto&& cell) {
    std::string one;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& text = cell(i);
      const std::string pad(widths[i] - display_width(text), ' ');
      one += columns_[i].align == Align::right ? pad + text : text + pad;
      one += "  ";
    }
    while (!one.empty() && one.back() == ' ') one.pop_back();
    out += one + '\n';
  };
  line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) line([&](std::size_t i) -> const std::string& { return row[i]; });
  return out;
}

std::string with_commas(std::int64_t number) {
  const std::string digits = std::to_string(number < 0 ? -number : number);
  std::string out = number < 0 ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out.push_back(',');
    out.push_back(digits[i]);
  }
  return out;
}

std::string percent(std::int64_t num, std::int64_t den) {
  if (den == 0) return "–";
  const __int128 hundredths = (static_cast<__int128>(num) * 20000 + den) / (2 * static_cast<__int128>(den));
  return fmt::format("{}.{:02}", static_cast<std::int64_t>(hundredths / 100), static_cast<int>(hundredths % 100));
}

std::string duration(std::int64_t seconds) {
  if (seconds < 0) return fmt::format("-{}", duration(-seconds));
  if (seconds >= 86400) return fmt::format("{} d {} h", seconds / 86400, seconds % 86400 / 3600);
  if (seconds >= 3600) return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
  if (seconds >= 60) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} s", seconds);
}

}  // namespace ops
