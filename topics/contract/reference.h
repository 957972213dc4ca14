#pragma once

#include <string>
#include <string_view>

namespace topics {

// The README of this room with its generated tables renewed: whatever stands between a line "<!-- generated: X -->"
// and the next "<!-- end -->" is replaced by the table X (types, fields, aliases, topics, reasons, limits,
// counters, indicators). The rest
// is left as it is, and so is a block whose X is not known.
std::string with_reference(std::string_view readme);

}  // namespace topics
