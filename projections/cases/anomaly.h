#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace projections {

// Why a fact counts for nothing, or is odd. Its name is part of the contract.
enum class Anomaly : std::uint8_t {
  after_the_end,        // work on a case that was closed or ended early: not counted
  two_open_dispatches,  // sent to a lead unit while another one had not signed for it: the later counts
  returned_unsent,      // returned, though nobody has it: not counted
  nothing_to_resume,    // not counted
  unauthorised,         // the role may not send this: not counted
  by_the_judged,        // the unit judges its own work: not counted
  conflict,             // conditional on another version of the case: not counted
  too_many_units,       // whistled for: those beyond kMaxCallouts have no clock
  // Of clocks, see clocks.h:
  backdated,            // said to have happened in time, but told after the due time by a source that is not trusted
  merged_late,          // merged when its clock was breached already
  suspended_late,       // after the due time: not counted
  suspended_too_often,  // not counted
  suspended_too_long,   // cut
  extended_late,        // after the due time: not counted
  extended_too_often,   // not counted
  extended_unclear,     // no due time and no limit that the clock can count: not counted
};
inline constexpr std::size_t kAnomalies = 16;
std::string_view name(Anomaly anomaly);
// Whether a fact of a case that is odd so moves nothing. (Those of clocks move other clocks.)
bool moves_nothing(Anomaly anomaly);

}  // namespace projections
