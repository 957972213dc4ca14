#pragma once

#include <cstdint>
#include <string_view>

#include "ops/lab/county/names.h"
#include "ops/lab/county/registrar.h"

// The rules of a county that counts in working time: policies for every kind of clock, and who may judge. They take the
// place of the policies in seconds.

namespace ops::simulate {

// The id of the county's working calendar.
inline constexpr std::string_view kWorkCalendar = "cn-work";

// About how long a case may be handled by these rules, nights and weekends in between.
std::int64_t usual_handling_seconds(const Category& category);

// All of them. REQUIRES: calendar, areas and categories were told.
void tell_working_rules(Registrar& registrar);

// What changes on the `number`th day (from 0): a policy is revised or retired.
void change_working_rules(std::uint32_t number, Registrar& registrar);

}  // namespace ops::simulate
