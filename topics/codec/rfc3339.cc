#include "topics/codec/rfc3339.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

#include "engine/json.h"
#include "topics/codec/civil_time.h"

namespace topics {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::chrono::year kFirstYear{1900};
constexpr std::chrono::year kLastYear{2200};

// The numbers from 0 to 99 in two digits each.
constexpr auto kTwoDigits = [] {
  std::array<char, 200> text{};
  for (std::size_t i = 0; i < 100; ++i) {
    text[2 * i] = static_cast<char>('0' + i / 10);
    text[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return text;
}();

char* put_two(char* to, unsigned value) {  // REQUIRES: value < 100
  std::memcpy(to, &kTwoDigits[std::size_t{2} * value], 2);
  return to + 2;
}

char* put_new_date(char* to, std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  const int year = static_cast<int>(date.year());
  if (year >= 0 && year <= 9999) {
    to = put_two(put_two(to, static_cast<unsigned>(year) / 100), static_cast<unsigned>(year) % 100);
  } else {
    to = std::to_chars(to, to + 12, year).ptr;
  }
  *to++ = '-';
  to = put_two(to, static_cast<unsigned>(date.month()));
  *to++ = '-';
  return put_two(to, static_cast<unsigned>(date.day()));
}

// yyyy-mm-dd, remembered: records are about days that are near each other.
char* put_date(char* to, std::chrono::sys_days day) {
  struct Written {
    std::chrono::sys_days day = std::chrono::sys_days::min();
    std::size_t size = 0;
    std::array<char, 20> text{};
  };
  constexpr unsigned kRemembered = 64;
  thread_local std::array<Written, kRemembered> written;
  Written& known = written[static_cast<unsigned>(day.time_since_epoch().count()) % kRemembered];
  if (known.day != day) {
    known.size = static_cast<std::size_t>(put_new_date(known.text.data(), day) - known.text.data());
    known.day = day;
  }
  std::memcpy(to, known.text.data(), known.text.size());
  return to + known.size;
}

// Thh:mm:ss and, unless it is zero, .fff
char* put_time_of_day(char* to, unsigned ms) {
  *to++ = 'T';
  to = put_two(to, ms / 3'600'000);
  *to++ = ':';
  to = put_two(to, ms / 60'000 % 60);
  *to++ = ':';
  to = put_two(to, ms / 1000 % 60);
  if (ms % 1000 == 0) return to;
  *to++ = '.';
  *to++ = static_cast<char>('0' + ms % 1000 / 100);
  return put_two(to, ms % 100);
}

char* put_zone(char* to, int minutes) {
  if (minutes == 0) {
    *to++ = 'Z';
    return to;
  }
  *to++ = minutes < 0 ? '-' : '+';
  const auto distance = static_cast<unsigned>(minutes < 0 ? -minutes : minutes);
  to = put_two(to, distance / 60);
  *to++ = ':';
  return put_two(to, distance % 60);
}

}  // namespace

std::optional<engine::Instant> parse_rfc3339(std::string_view text) {
  // yyyy-mm-ddThh:mm:ss, then a fraction or not, then Z or ±hh:mm
  constexpr std::size_t kFraction = 19;
  if (text.size() < kFraction + 1) return std::nullopt;
  const char* at = text.data();
  if ((at[10] | 0x20) != 't' || at[13] != ':' || at[16] != ':') return std::nullopt;
  const auto date = date_at(at);
  const int hour = digits(at + 11, 2);
  const int minute = digits(at + 14, 2);
  const int second = digits(at + 17, 2);
  if (!date || date->year() < kFirstYear || date->year() > kLastYear) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;

  std::size_t i = kFraction;
  int ms = 0;
  if (text[i] == '.') {
    const std::size_t first = ++i;
    for (int weight = 100; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, weight /= 10) {
      ms += weight * (text[i] - '0');
    }
    if (i == first) return std::nullopt;
  }
  if (i >= text.size()) return std::nullopt;

  minutes offset{0};
  if ((text[i] | 0x20) == 'z') {
    if (i + 1 != text.size()) return std::nullopt;
  } else {
    if ((text[i] != '+' && text[i] != '-') || i + 6 != text.size() || text[i + 3] != ':') return std::nullopt;
    const int offset_hour = digits(at + i + 1, 2);
    const int offset_minute = digits(at + i + 4, 2);
    if (offset_hour < 0 || offset_hour > 23 || offset_minute < 0 || offset_minute > 59) return std::nullopt;
    offset = hours(offset_hour) + minutes(offset_minute);
    if (text[i] == '-') offset = -offset;
  }
  // A leap second is the last millisecond before it: the next second belongs to the next minute.
  const milliseconds within = second == 60 ? milliseconds(59'999) : seconds(second) + milliseconds(ms);
  return std::chrono::sys_days(*date) + hours(hour) + minutes(minute) + within - offset;
}

char* put_rfc3339(char* to, engine::Instant time, int offset_seconds) {
  const int offset_minutes = offset_seconds / 60;
  const engine::Instant local = time + minutes(offset_minutes);
  const auto day = std::chrono::floor<days>(local);
  const auto of_day = static_cast<unsigned>((local - day).count());
  return put_zone(put_time_of_day(put_date(to, day), of_day), offset_minutes);
}

void append_rfc3339(std::string& out, engine::Instant time, int offset_seconds) {
  engine::append_bytes(out, kMaxRfc3339, [&](char* to) { return put_rfc3339(to, time, offset_seconds); });
}

std::string format_rfc3339(engine::Instant time, int offset_seconds) {
  std::string text;
  append_rfc3339(text, time, offset_seconds);
  return text;
}

}  // namespace topics
