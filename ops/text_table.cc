#include "ops/text_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace ops {
namespace {

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    // Three-byte characters from U+2E80 on are CJK, four-byte ones mostly are.
    const bool wide =
        bytes == 4 || (bytes == 3 && lead >= 0xe2 &&
                       !(lead == 0xe2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xba));
    width += wide ? 2 : 1;
    i += bytes;
  }
  return width;
}

}  // namespace

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
