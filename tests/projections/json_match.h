#pragma once

#include <string>
#include <string_view>

namespace projections_test {

// Why `actual` does not hold all that `expected` says; empty when it does. Objects may have more members than expected;
// arrays may not; texts that are instants are compared as instants; null = absent. A member that a CloudEvent lacks is
// looked for in its data. Both are JSON texts; throws std::runtime_error when one is not.
std::string mismatch(std::string_view expected, std::string_view actual);

// The member `name` of the event's data, or else of the event, as JSON text; empty when there is none.
std::string member(std::string_view event, std::string_view name);

}  // namespace projections_test
