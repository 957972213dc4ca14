#include "topics/family.h"

namespace topics {

namespace {

using F = Field;
using T = Type;

constexpr auto kPlanned = by_actor(optional(F::due), optional(F::worker), optional(F::unit), optional(F::case_id),
                                   optional(F::household), optional(F::reason));
constexpr auto kContacted = by_actor(optional(F::worker), optional(F::unit), optional(F::means), optional(F::reached),
                                     optional(F::case_id), optional(F::text));
constexpr auto kArrived =
    by_actor(optional(F::worker), optional(F::unit), optional(F::area), optional(F::latitude), optional(F::longitude),
             optional(F::accuracy_m), optional(F::case_id), optional(F::evidence));
constexpr auto kMade =
    by_actor(optional(F::worker), optional(F::unit), optional(F::area), optional(F::result), optional(F::text),
             optional(F::evidence), optional(F::case_id), optional(F::household), optional(F::expectation));
constexpr auto kMissed = by_actor(optional(F::due), optional(F::worker), optional(F::unit), optional(F::reason),
                                  optional(F::case_id), optional(F::household));
constexpr auto kCheckedIn = by_actor(optional(F::area), optional(F::latitude), optional(F::longitude),
                                     optional(F::accuracy_m), optional(F::route));
constexpr auto kRound = by_actor(required(F::drawn), optional(F::worker), optional(F::unit), optional(F::route),
                                 optional(F::area), optional(F::text));
constexpr auto kFix = by_actor(required(F::latitude), required(F::longitude), optional(F::accuracy_m),
                               optional(F::area), optional(F::route));
constexpr auto kExpectation =
    by_actor(required(F::expectation), optional(F::due), optional(F::worker), optional(F::area));
constexpr auto kHousehold = by_actor(optional(F::area), optional(F::tags), optional(F::worker), optional(F::person),
                                     optional(F::phone), optional(F::address), optional(F::valid_from));
constexpr auto kWorker = by_actor(optional(F::area), optional(F::unit), optional(F::tags), optional(F::person),
                                  optional(F::phone), optional(F::valid_from));
constexpr auto kRetired = by_actor(optional(F::reason), optional(F::successor), optional(F::valid_from));

constexpr std::string_view kAnySubject = "case, household or worker";

constexpr TypeSpec kTypes[] = {
    {T::visit_planned, "visit.planned", Family::visits, kAnySubject, "走访计划", "A visit is to be made.", kPlanned},
    {T::visit_contacted, "visit.contacted", Family::visits, kAnySubject, "联系",
     "First contact was made with the person concerned.", kContacted},
    {T::visit_arrived, "visit.arrived", Family::visits, kAnySubject, "到场", "A worker is at the place.", kArrived},
    {T::visit_made, "visit.made", Family::visits, kAnySubject, "走访", "A visit was made.", kMade},
    {T::visit_missed, "visit.missed", Family::visits, kAnySubject, "漏访", "A planned visit was not made.", kMissed},
    {T::worker_checked_in, "worker.checked_in", Family::visits, "worker", "签到", "A worker is on duty at a place.",
     kCheckedIn},
    {T::round_made, "round.made", Family::visits, "household", "七点半拉窗帘",
     "A round passed a household and looked at its curtain.", kRound},
    {T::patrol_located, "patrol.located", Family::visits, "worker", "巡查定位", "A patrolling worker's position.",
     kFix},
    {T::expectation_missed, "expectation.missed", Family::visits, kAnySubject, "逾期未做",
     "What was expected by a time did not happen.", kExpectation},
    {T::household_registered, "household.registered", Family::visits, "household", "户登记",
     "A household was entered or changed.", kHousehold},
    {T::household_retired, "household.retired", Family::visits, "household", "户注销",
     "A household is no longer looked after.", kRetired},
    {T::worker_registered, "worker.registered", Family::visits, "worker", "网格员登记",
     "A worker was entered or changed; role tells dedicated from part-time.", kWorker},
    {T::worker_retired, "worker.retired", Family::visits, "worker", "网格员离岗", "A worker left.", kRetired},
};

}  // namespace

std::span<const TypeSpec> visit_types() {
  return kTypes;
}

}  // namespace topics
