#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ops {

// The entry of `names` that takes the fewest edits to turn into `name` (insert, delete or replace a letter; case does not
// count), for "did you mean". Nothing when more than half of the letters, or more than two of a short name, differ.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace ops
