#include "topics/family.h"

namespace topics {

namespace {

using F = Field;
using T = Type;

constexpr FieldSpec kRead[] = {required(F::metric), required(F::reading), optional(F::value_unit),
                               optional(F::battery_percent), optional(F::area)};
constexpr FieldSpec kRaised[] = {required(F::alarm),   optional(F::level),      optional(F::metric),
                                 optional(F::reading), optional(F::value_unit), optional(F::area),
                                 optional(F::evidence)};
constexpr FieldSpec kCleared[] = {required(F::alarm), optional(F::metric), optional(F::reading),
                                  optional(F::value_unit)};
constexpr auto kVerified =
    by_actor(required(F::alarm), optional(F::worker), optional(F::case_id), optional(F::evidence), optional(F::text));
constexpr auto kDismissed = by_actor(required(F::alarm), optional(F::worker), optional(F::reason));
constexpr FieldSpec kBeat[] = {optional(F::battery_percent), optional(F::interval_seconds)};
constexpr FieldSpec kSilenced[] = {optional(F::last_heard), optional(F::reason)};
constexpr FieldSpec kTampered[] = {optional(F::evidence), optional(F::reason)};
constexpr FieldSpec kLowBattery[] = {optional(F::battery_percent)};
constexpr auto kRegistered = by_actor(optional(F::area), optional(F::model), optional(F::kind), optional(F::unit),
                                      optional(F::household), optional(F::interval_seconds), optional(F::latitude),
                                      optional(F::longitude), optional(F::address), optional(F::valid_from));
constexpr auto kRetired = by_actor(optional(F::reason), optional(F::successor), optional(F::valid_from));

constexpr TypeSpec kTypes[] = {
    {T::sensor_read, "sensor.read", Family::sensors, "device", "读数", "A device measured something.", kRead},
    {T::alarm_raised, "alarm.raised", Family::sensors, "device", "报警", "A device raised an alarm.", kRaised},
    {T::alarm_cleared, "alarm.cleared", Family::sensors, "device", "消警", "The device took the alarm back.", kCleared},
    {T::alarm_verified, "alarm.verified", Family::sensors, "device", "核实", "A person found the alarm to be true.",
     kVerified},
    {T::alarm_dismissed, "alarm.dismissed", Family::sensors, "device", "误报", "A person found the alarm to be false.",
     kDismissed},
    {T::device_beat, "device.beat", Family::sensors, "device", "心跳", "The device lives.", kBeat},
    {T::device_silenced, "device.silenced", Family::sensors, "device", "失联",
     "Nothing has been heard of the device for too long.", kSilenced},
    {T::device_tampered, "device.tampered", Family::sensors, "device", "拆动",
     "The device was opened, moved or covered.", kTampered},
    {T::device_low_battery, "device.low_battery", Family::sensors, "device", "低电量", "The device needs a battery.",
     kLowBattery},
    {T::device_registered, "device.registered", Family::sensors, "device", "设备登记",
     "A device was entered or changed.", kRegistered},
    {T::device_retired, "device.retired", Family::sensors, "device", "设备停用", "A device was taken out of use.",
     kRetired},
};

}  // namespace

std::span<const TypeSpec> sensor_types() {
  return kTypes;
}

}  // namespace topics
