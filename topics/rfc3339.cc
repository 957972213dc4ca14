#include "topics/rfc3339.h"

#include <chrono>

#include "topics/encode.h"

namespace topics {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2200;

// The number in `count` digits at `at`; negative when they are not all digits.
int digits(const char* at, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    const unsigned digit = static_cast<unsigned char>(at[i]) - unsigned{'0'};
    if (digit > 9) return -1;
    value = value * 10 + static_cast<int>(digit);
  }
  return value;
}

void put_digits(char* at, int count, int value) {
  for (int i = count - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// yyyy-mm-dd. Most often of the day that was asked for just before: records are about what is near in time.
void append_date(std::string& out, std::chrono::sys_days day) {
  struct Written {
    std::chrono::sys_days day = std::chrono::sys_days::min();
    char text[11] = "0000-00-00";
  };
  thread_local Written last;
  if (last.day != day) {
    const std::chrono::year_month_day date(day);
    const int year = static_cast<int>(date.year());
    put_digits(last.text + 5, 2, static_cast<int>(static_cast<unsigned>(date.month())));
    put_digits(last.text + 8, 2, static_cast<int>(static_cast<unsigned>(date.day())));
    if (year < 0 || year > 9999) {
      last.day = std::chrono::sys_days::min();
      out += std::to_string(year);
      out.append(last.text + 4, 6);
      return;
    }
    put_digits(last.text, 4, year);
    last.day = day;
  }
  out.append(last.text, 10);
}

}  // namespace

std::optional<engine::Instant> parse_rfc3339(std::string_view text) {
  // yyyy-mm-ddThh:mm:ss, then a fraction or not, then Z or ±hh:mm
  constexpr std::size_t kFraction = 19;
  if (text.size() < kFraction + 1) return std::nullopt;
  const char* at = text.data();
  if (at[4] != '-' || at[7] != '-' || (at[10] | 0x20) != 't' || at[13] != ':' || at[16] != ':') return std::nullopt;
  const int year = digits(at, 4);
  const int month = digits(at + 5, 2);
  const int day = digits(at + 8, 2);
  const int hour = digits(at + 11, 2);
  const int minute = digits(at + 14, 2);
  const int second = digits(at + 17, 2);
  if (year < kFirstYear || year > kLastYear || month < 0 || day < 0) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;

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
  return std::chrono::sys_days(date) + hours(hour) + minutes(minute) + within - offset;
}

void append_rfc3339(std::string& out, engine::Instant time, int zone_seconds) {
  const int zone_minutes = zone_seconds / 60;
  const engine::Instant local = time + minutes(zone_minutes);
  const auto day = std::chrono::floor<days>(local);
  const int of_day = static_cast<int>((local - day).count());
  append_date(out, day);

  char text[] = "0000-00-00T00:00:00.000+00:00";
  put_digits(text + 11, 2, of_day / 3'600'000);
  put_digits(text + 14, 2, of_day / 60'000 % 60);
  put_digits(text + 17, 2, of_day / 1000 % 60);
  put_digits(text + 20, 3, of_day % 1000);
  out.append(text + 10, of_day % 1000 == 0 ? 9 : 13);
  if (zone_minutes == 0) {
    out += 'Z';
    return;
  }
  const int distance = zone_minutes < 0 ? -zone_minutes : zone_minutes;
  text[23] = zone_minutes < 0 ? '-' : '+';
  put_digits(text + 24, 2, distance / 60);
  put_digits(text + 27, 2, distance % 60);
  out.append(text + 23, 6);
}

std::string format_rfc3339(engine::Instant time, int offset_seconds) {
  std::string text;
  append_rfc3339(text, time, offset_seconds);
  return text;
}

}  // namespace topics
