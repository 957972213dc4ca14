#include "topics/family.h"

namespace topics {

namespace {

using F = Field;
using T = Type;

constexpr auto kSent = on_version(required(F::unit), optional(F::lead), optional(F::due), optional(F::hop),
                                  optional(F::area), optional(F::category));
constexpr auto kAssigned = on_version(required(F::worker), optional(F::unit), optional(F::due), optional(F::area));
constexpr auto kTaken = on_version(optional(F::unit), optional(F::worker), optional(F::due));
constexpr auto kUnit = on_version(optional(F::unit));
constexpr auto kUnitReason = on_version(optional(F::unit), optional(F::reason));
constexpr auto kForwarded = on_version(required(F::unit), optional(F::reason), optional(F::outside));
constexpr auto kRaised = on_version(optional(F::unit), required(F::level), optional(F::reason));
constexpr auto kWhistled =
    on_version(required(F::units), optional(F::unit), optional(F::due), optional(F::area), optional(F::reason));
constexpr auto kReportedIn = on_version(required(F::unit), optional(F::worker));
constexpr auto kSuspended = on_version(required(F::until), optional(F::reason));
constexpr auto kNothing = on_version();
constexpr auto kExtended = on_version(optional(F::due), optional(F::limit), optional(F::unit), optional(F::reason));
constexpr auto kHandled = on_version(optional(F::unit), optional(F::worker), optional(F::result), optional(F::evidence),
                                     optional(F::text), optional(F::area));
constexpr auto kSelfHandled =
    on_version(optional(F::worker), optional(F::result), optional(F::evidence), optional(F::text), optional(F::area));
constexpr auto kForceClosed = on_version(required(F::reason), optional(F::unit), optional(F::successor));
constexpr auto kReopened = on_version(optional(F::reason), optional(F::unit));

constexpr TypeSpec kTypes[] = {
    {T::dispatch_sent, "dispatch.sent", Family::dispatches, "case", "派单", "It was sent to a unit.", kSent},
    {T::dispatch_assigned, "dispatch.assigned", Family::dispatches, "case", "指派",
     "The unit gave it to one of its workers.", kAssigned},
    {T::dispatch_taken, "dispatch.taken", Family::dispatches, "case", "接单", "A worker or unit took it.", kTaken},
    {T::dispatch_signed, "dispatch.signed", Family::dispatches, "case", "签收", "The unit confirmed its receipt.",
     kUnit},
    {T::dispatch_returned, "dispatch.returned", Family::dispatches, "case", "退单",
     "The unit sent it back: not its matter.", kUnitReason},
    {T::dispatch_forwarded, "dispatch.forwarded", Family::dispatches, "case", "转办",
     "It went on to another unit, or out of the system (110, 信访).", kForwarded},
    {T::dispatch_raised, "dispatch.raised", Family::dispatches, "case", "提级",
     "It went to a higher level for want of competence.", kRaised},
    {T::dispatch_whistled, "dispatch.whistled", Family::dispatches, "case", "吹哨",
     "Units were called to the place; each has to report in.", kWhistled},
    {T::dispatch_reported_in, "dispatch.reported_in", Family::dispatches, "case", "报到",
     "A unit that was whistled for has come.", kReportedIn},
    {T::dispatch_suspended, "dispatch.suspended", Family::dispatches, "case", "挂账",
     "Its clocks pause until a set time.", kSuspended},
    {T::dispatch_resumed, "dispatch.resumed", Family::dispatches, "case", "恢复", "The pause ended early.", kNothing},
    {T::dispatch_extension_requested, "dispatch.extension_requested", Family::dispatches, "case", "申请延期",
     "The unit asked for more time.", kExtended},
    {T::dispatch_extended, "dispatch.extended", Family::dispatches, "case", "延期",
     "It has more time: until `due`, or `limit` more.", kExtended},
    {T::dispatch_handled, "dispatch.handled", Family::dispatches, "case", "办结", "The unit says that it is done.",
     kHandled},
    {T::dispatch_self_handled, "dispatch.self_handled", Family::dispatches, "case", "自处置",
     "Who found it dealt with it on the spot.", kSelfHandled},
    {T::dispatch_check_requested, "dispatch.check_requested", Family::dispatches, "case", "申请核查",
     "The unit asked for a check of its work.", kUnit},
    {T::dispatch_closed, "dispatch.closed", Family::dispatches, "case", "结案", "The case was closed.", kUnitReason},
    {T::dispatch_force_closed, "dispatch.force_closed", Family::dispatches, "case", "强制结案",
     "It was closed though not done; a successor may carry it on.", kForceClosed},
    {T::dispatch_reopened, "dispatch.reopened", Family::dispatches, "case", "返工",
     "A closed or handled case goes on: a new cycle of its clocks.", kReopened},
};

}  // namespace

std::span<const TypeSpec> dispatch_types() {
  return kTypes;
}

}  // namespace topics
