#pragma once

#include <string>
#include <string_view>

#include "engine/cluster/assignment.h"

// Reports and assignments as the JSON of their topics.

namespace engine {

std::string encode(const Report& report);
std::string encode(const Assignment& assignment);
// Errors: invalid, with what is wrong.
Result<Report> decode_report(std::string_view json);
Result<Assignment> decode_assignment(std::string_view json);

}  // namespace engine
