#pragma once

#include <string>
#include <string_view>

namespace topics {

// `json` for people and for diffs: a value that does not fit on a line is split, one member or element a line, indented
// by two spaces. Ends with a line break. REQUIRES: `json` is valid JSON.
std::string laid_out(std::string_view json);

}  // namespace topics
