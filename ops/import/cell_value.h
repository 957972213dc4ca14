#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ops {

// Conversion of the values of spreadsheet cells to texts.

// The origin of the serial numbers of dates: ISO/IEC 29500-1, 18.17.4.1.
enum class DateSystem : std::uint8_t {
  from_1900,  // 1 is 1900-01-01; 60 is the 29th of February 1900, which did not exist
  from_1904,  // 0 is 1904-01-01
};

// Whether cells of this number format hold dates or times. `code` is empty for built-in formats.
bool is_date_format(int id, std::string_view code);

// A number as the author wrote it: "12.0" and "1.2E1" become "12"; "0.30000000000000004" and plain digits stay.
std::string number_text(std::string_view number);

// The time of a serial number, to the second: "2026-03-02 09:12:40"; "09:12:40" if it has no day, and the number itself
// if it is not a date.
std::string date_text(std::string_view number, DateSystem system);

// An ISO 8601 time in a text cell: "2026-03-02T09:12:40" becomes "2026-03-02 09:12:40".
std::string iso_date_text(std::string_view text);

// The text with escapes such as "_x000D_" replaced by their characters (ECMA-376, ST_Xstring).
std::string unescaped_text(std::string_view text);

}  // namespace ops
