#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ops {

// How the values of spreadsheet cells become texts.

// From which day serial numbers of dates are counted: ISO/IEC 29500-1, 18.17.4.1.
enum class DateSystem : std::uint8_t {
  from_1900,  // 1 is 1900-01-01; 60 is the 29th of February 1900, a day that never was
  from_1904,  // 0 is 1904-01-01
};

// Whether cells of this number format hold dates or times. `code` is empty for the formats that are built in.
bool is_date_format(int id, std::string_view code);

// A number as it was written: "12.0" and "1.2E1" become "12", "0.30000000000000004" stays, digits alone are never
// touched.
std::string number_text(std::string_view number);

// The time that a serial number stands for, to the second: "2026-03-02 09:12:40"; "09:12:40" when it has no day, and
// the number itself when it is no date.
std::string date_text(std::string_view number, DateSystem system);

// An ISO 8601 time of a cell that holds one as text: "2026-03-02T09:12:40" becomes "2026-03-02 09:12:40".
std::string iso_date_text(std::string_view text);

// The text with "_x000D_" and the like replaced by the characters they stand for (ECMA-376, ST_Xstring).
std::string unescaped_text(std::string_view text);

}  // namespace ops
