#include "ops/import/time_format.h"

#include <fmt/format.h>

#include <array>

namespace ops {
namespace {

constexpr std::string_view kLetters = "YymdeHIMSpbfz";
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// What has been read of a time. Each take_ function removes from the front of `rest` and is false when it cannot.
struct Reading {
  std::string_view rest;
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0;
  std::optional<bool> afternoon;
  bool hour_of_twelve = false;
  std::optional<int> offset_seconds;

  bool take_number(int& value, int most_digits, int lowest, int highest) {
    std::size_t size = 0;
    value = 0;
    while (size < rest.size() && size < static_cast<std::size_t>(most_digits) && is_digit(rest[size])) {
      value = value * 10 + (rest[size++] - '0');
    }
    rest.remove_prefix(size);
    return size > 0 && value >= lowest && value <= highest;
  }

  bool take_month_name() {
    std::size_t size = 0;
    while (size < rest.size() && lower(rest[size]) >= 'a' && lower(rest[size]) <= 'z') ++size;
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
      const std::string_view name = kMonths[i];
      if (size != 3 && size != name.size()) continue;
      std::size_t same = 0;
      while (same < size && lower(rest[same]) == name[same]) ++same;
      if (same != size) continue;
      month = static_cast<int>(i) + 1;
      rest.remove_prefix(size);
      return true;
    }
    return false;
  }

  bool take_half_of_day() {
    if (rest.size() < 2 || lower(rest[1]) != 'm') return false;
    const char half = lower(rest[0]);
    if (half != 'a' && half != 'p') return false;
    afternoon = half == 'p';
    rest.remove_prefix(2);
    return true;
  }

  bool take_fraction() {
    if (rest.empty() || !is_digit(rest.front())) return false;
    int weight = 100;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), weight /= 10) {
      millisecond += (rest.front() - '0') * weight;
    }
    return true;
  }

  bool take_offset() {
    if (rest.empty()) return false;
    const char sign = rest.front();
    rest.remove_prefix(1);
    if (sign == 'Z' || sign == 'z') {
      offset_seconds = 0;
      return true;
    }
    int hours = 0;
    int minutes = 0;
    if ((sign != '+' && sign != '-') || !take_number(hours, 2, 0, 23)) return false;
    const bool colon = rest.starts_with(':');
    if (colon) rest.remove_prefix(1);
    if ((colon || (!rest.empty() && is_digit(rest.front()))) && !take_number(minutes, 2, 0, 59)) return false;
    offset_seconds = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
  }

  bool take(char letter) {
    switch (letter) {
      case 'Y':
        return take_number(year, 4, 1900, 2200);
      case 'y':
        if (!take_number(year, 2, 0, 99)) return false;
        year += year >= 69 ? 1900 : 2000;
        return true;
      case 'm':
        return take_number(month, 2, 1, 12);
      case 'd':
      case 'e':
        if (letter == 'e' && rest.starts_with(' ')) rest.remove_prefix(1);
        return take_number(day, 2, 1, 31);
      case 'H':
        return take_number(hour, 2, 0, 23);
      case 'I':
        hour_of_twelve = true;
        return take_number(hour, 2, 1, 12);
      case 'M':
        return take_number(minute, 2, 0, 59);
      case 'S':
        return take_number(second, 2, 0, 59);
      case 'p':
        return take_half_of_day();
      case 'b':
        return take_month_name();
      case 'f':
        return take_fraction();
      case 'z':
        return take_offset();
    }
    return false;
  }
};

}  // namespace

engine::Result<TimeFormat> TimeFormat::parse(std::string_view format) {
  TimeFormat result;
  result.text_ = format;
  const auto refuse = [&](std::string why) {
    return engine::fail(engine::Action::invalid, fmt::format("time format \"{}\": {}", format, why));
  };
  std::string expanded;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format.substr(i).starts_with("%F")) {
      expanded += "%Y-%m-%d";
      ++i;
    } else if (format.substr(i).starts_with("%T")) {
      expanded += "%H:%M:%S";
      ++i;
    } else {
      expanded += format[i];
      if (format[i] == '%' && i + 1 < format.size()) expanded += format[++i];
    }
  }
  std::string seen;
  for (std::size_t i = 0; i < expanded.size(); ++i) {
    if (expanded[i] != '%') {
      result.parts_.push_back({0, expanded[i]});
      continue;
    }
    if (++i == expanded.size()) return refuse("ends with a single %");
    const char letter = expanded[i];
    if (letter == '%') {
      result.parts_.push_back({0, '%'});
      continue;
    }
    if (kLetters.find(letter) == std::string_view::npos) {
      return refuse(
          fmt::format("unknown specifier %{}; known are %Y %y %m %d %e %b %H %I %M %S %p %f %z %F %T %%", letter));
    }
    result.parts_.push_back({letter, 0});
    seen += letter;
  }
  const auto has = [&](std::string_view letters) { return seen.find_first_of(letters) != std::string::npos; };
  if (!has("Yy") || !has("mb") || !has("de")) return refuse("has no year, month or day");
  if (has("I") != has("p")) return refuse("%I and %p must be used together");
  return result;
}

std::optional<WrittenTime> TimeFormat::read(std::string_view text) const {
  Reading reading;
  reading.rest = text;
  for (const Part& part : parts_) {
    if (part.letter != 0) {
      if (!reading.take(part.letter)) return std::nullopt;
      continue;
    }
    if (reading.rest.empty() || reading.rest.front() != part.literal) return std::nullopt;
    reading.rest.remove_prefix(1);
  }
  if (!reading.rest.empty()) return std::nullopt;
  if (reading.hour_of_twelve) reading.hour = reading.hour % 12 + (reading.afternoon.value_or(false) ? 12 : 0);
  const std::chrono::year_month_day date(std::chrono::year(reading.year),
                                         std::chrono::month(static_cast<unsigned>(reading.month)),
                                         std::chrono::day(static_cast<unsigned>(reading.day)));
  if (!date.ok()) return std::nullopt;
  const auto local = std::chrono::local_days(date) + std::chrono::hours(reading.hour) +
                     std::chrono::minutes(reading.minute) + std::chrono::seconds(reading.second) +
                     engine::Milliseconds(reading.millisecond);
  return WrittenTime{local, reading.offset_seconds};
}

}  // namespace ops
