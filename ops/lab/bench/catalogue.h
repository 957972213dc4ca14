#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The catalogue of a municipality that does not exist: classes (小类) of what is reported, and for each some filing
// conditions (立案条件) with the limit for handling. Source of the numbers: a real one of 519 conditions in 190
// classes, 412 of them in work days, 61 in work hours, 42 in urgent hours and 4 in natural days.

namespace ops::bench {

inline constexpr std::size_t kClasses = 190;
inline constexpr std::size_t kConditions = 519;

// The id of a class: first the categories of the generated events. REQUIRES: number < kClasses.
std::string class_id(std::size_t number);

struct FilingCondition {
  std::string category;
  std::string condition;
  std::string_view limit;  // "5 work_day"
};

// The classes have two or three conditions each. REQUIRES: number < kConditions.
FilingCondition filing_condition(std::size_t number);

// What the generated case of this number was filed under; empty for one of four. Each category of the generated events
// has it.
std::string_view condition_of_case(std::uint64_t number);

}  // namespace ops::bench
