#include "ops/import/cell_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

namespace ops {
namespace {

constexpr double kDaySeconds = 86400;
constexpr double kMaxDays = 2958465;  // 9999-12-31

std::optional<double> parse(std::string_view number) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<unsigned> hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  } else {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 63)));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  }
}

}  // namespace

bool is_date_format(int id, std::string_view code) {
  // 27..36 and 50..58 are the dates of Chinese, Japanese and Korean versions.
  if (code.empty())
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
  if (code == "General") return false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == ';') return false;  // the first section is that of positive numbers
    if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      // [h], [mm], [ss]: elapsed time; else a colour, condition or locale
      const std::size_t close = std::min(code.find(']', i), code.size());
      const std::string_view inner = code.substr(i + 1, close - i - 1);
      if (!inner.empty() && inner.find_first_not_of("hHmMsS") == std::string_view::npos) return true;
      i = close;
    } else if (std::string_view("yYmMdDhHsS").find(c) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

std::string number_text(std::string_view number) {
  const std::string_view digits = number.starts_with('-') ? number.substr(1) : number;
  if (std::ranges::all_of(digits, is_digit)) return std::string(number);
  const std::optional<double> value = parse(number);
  if (!value) return std::string(number);
  if (std::trunc(*value) == *value && std::abs(*value) < 1e18) return std::to_string(static_cast<std::int64_t>(*value));
  return fmt::format("{}", *value);
}

std::string date_text(std::string_view number, DateSystem system) {
  const std::optional<double> value = parse(number);
  if (!value || *value < 0 || *value > kMaxDays + 1) return number_text(number);
  auto days = static_cast<int>(*value);
  auto seconds = static_cast<int>(std::lround((*value - days) * kDaySeconds));
  if (seconds == static_cast<int>(kDaySeconds)) {
    ++days;
    seconds = 0;
  }
  std::string clock = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (days == 0 && system == DateSystem::from_1900) return clock;
  if (days == 60 && system == DateSystem::from_1900) return "1900-02-29 " + clock;
  using namespace std::chrono;
  constexpr sys_days k1904 = year(1904) / January / 1;
  constexpr sys_days k1899 = year(1899) / December / 31;
  const sys_days first = system == DateSystem::from_1904 ? k1904 : days < 60 ? k1899 : k1899 - std::chrono::days(1);
  const year_month_day date(first + std::chrono::days(days));
  return fmt::format("{:04}-{:02}-{:02} {}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock);
}

std::string iso_date_text(std::string_view text) {
  std::string result(text.substr(0, text.find('.')));
  if (result.ends_with('Z')) result.pop_back();
  if (result.size() == 10) result += "T00:00:00";
  const std::size_t letter = result.find('T');
  if (letter != std::string::npos) result[letter] = ' ';
  return result;
}

std::string unescaped_text(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    bool is_escape = text.substr(i).starts_with("_x") && i + 6 < text.size() && text[i + 6] == '_';
    for (std::size_t k = 2; is_escape && k < 6; ++k) {
      const auto digit = hex_digit(text[i + k]);
      is_escape = digit.has_value();
      code = code * 16 + digit.value_or(0);
    }
    if (!is_escape || (code >= 0xD800 && code <= 0xDFFF)) {
      result.push_back(text[i]);
      continue;
    }
    append_utf8(result, code);
    i += 6;
  }
  return result;
}

}  // namespace ops
