#include "projections/cases/anomaly.h"

#include <array>

namespace projections {
namespace {

constexpr std::array<std::string_view, kAnomalies> kAnomalyNames = {
    "after_the_end",      "two_open_dispatches", "returned_unsent",    "nothing_to_resume",
    "unauthorised",       "by_the_judged",       "conflict",           "too_many_units",
    "backdated",          "merged_late",         "suspended_late",     "suspended_too_often",
    "suspended_too_long", "extended_late",       "extended_too_often", "extended_unclear"};

}  // namespace

std::string_view name(Anomaly anomaly) {
  return kAnomalyNames[static_cast<std::size_t>(anomaly)];
}

bool moves_nothing(Anomaly anomaly) {
  switch (anomaly) {
    case Anomaly::after_the_end:
    case Anomaly::returned_unsent:
    case Anomaly::nothing_to_resume:
    case Anomaly::unauthorised:
    case Anomaly::by_the_judged:
    case Anomaly::conflict:
      return true;
    default:
      return false;
  }
}

}  // namespace projections
