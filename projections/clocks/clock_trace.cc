#include "projections/clocks/clock_trace.h"

namespace projections {

std::string_view name(TracedExtension::Standing standing) {
  using enum TracedExtension::Standing;
  switch (standing) {
    case counted:
      return "counted";
    case asked:
      return "asked";
    case rejected:
      return "rejected";
    case too_often:
      return "too_often";
    case late:
      return "late";
    case over:
      return "over";
    case not_for_it:
      return "not_for_it";
    case unclear:
      return "unclear";
    case replaced:
      return "replaced";
  }
  return "";
}

}  // namespace projections
