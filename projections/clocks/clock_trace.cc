#include "projections/clocks/clock_trace.h"

namespace projections {

using Standing = TracedExtension::Standing;

std::string_view name(TracedExtension::Standing standing) {
  switch (standing) {
    case Standing::counted:
      return "counted";
    case Standing::asked:
      return "asked";
    case Standing::rejected:
      return "rejected";
    case Standing::too_often:
      return "too_often";
    case Standing::late:
      return "late";
    case Standing::over:
      return "over";
    case Standing::not_for_it:
      return "not_for_it";
    case Standing::unclear:
      return "unclear";
    case Standing::replaced:
      return "replaced";
  }
  return "";
}

}  // namespace projections
