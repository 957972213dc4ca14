// Dates and times of day as text: "2026-03-02" and "08:00".
//
// Takes: text. Gives: a date that exists or a time of day; nothing for any other text. Pure functions.

#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace topics {

// The number in the `count` decimal digits at `at`; negative if one of them is not a digit.
constexpr int digits(const char* at, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    const unsigned digit = static_cast<unsigned char>(at[i]) - unsigned{'0'};
    if (digit > 9) return -1;
    value = value * 10 + static_cast<int>(digit);
  }
  return value;
}

inline constexpr std::size_t kDateSize = 10;

// The date at `at`, where there are kDateSize characters.
constexpr std::optional<std::chrono::year_month_day> date_at(const char* at) {
  const int year = digits(at, 4);
  const int month = digits(at + 5, 2);
  const int day = digits(at + 8, 2);
  if (at[4] != '-' || at[7] != '-' || year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return date;
}

// The whole text is a date.
constexpr std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
  return text.size() == kDateSize ? date_at(text.data()) : std::nullopt;
}

// The same as a day of the local calendar.
constexpr std::optional<std::chrono::local_days> parse_local_day(std::string_view text) {
  const auto date = parse_date(text);
  if (!date) return std::nullopt;
  return std::chrono::local_days(*date);
}

// "00:00" to "24:00", the end of the day.
constexpr std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = digits(text.data(), 2);
  const int minute = digits(text.data() + 3, 2);
  if (hour < 0 || minute < 0 || minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

}  // namespace topics
