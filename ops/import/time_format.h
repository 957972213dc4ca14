#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/types.h"

namespace ops {

// A time as a file has it: local, with an optional offset from UTC.
struct WrittenTime {
  std::chrono::local_time<engine::Milliseconds> local;
  std::optional<int> offset_seconds;
};

// The format of times in a file, in the letters of strptime(3):
//   %Y %m %d %e %H %M %S   year (4 digits), month, day, day, hour, minute, second
//   %y                     year of 2 digits: 69..99 are 19xx, 00..68 are 20xx (POSIX)
//   %I %p                  hour of 12, AM or PM
//   %b                     name of the month in English, short or full
//   %f                     fraction of the second, any number of digits (cut to milliseconds)
//   %z                     offset from UTC: +hh:mm, +hhmm, +hh or Z
//   %F %T %%               %Y-%m-%d, %H:%M:%S, a percent sign
// Numbers may lack leading zeros; every other character, blanks included, stands for itself. Missing parts are zero.
//
// Threads: any.
class TimeFormat {
 public:
  // Errors: invalid, for an unknown letter, or if the format does not determine a day.
  static engine::Result<TimeFormat> parse(std::string_view format);

  // Nothing if `text` does not match the format, or is not a date of the years 1900 to 2200.
  std::optional<WrittenTime> read(std::string_view text) const;

  const std::string& text() const { return text_; }

 private:
  struct Part {
    char letter;  // 0 for a literal
    char literal;
  };

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace ops
