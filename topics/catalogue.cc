#include "topics/catalogue.h"

#include "engine/result.h"
#include "topics/names.h"

namespace topics {

namespace {

using T = Type;

constexpr Alias kAliases[] = {
    // other names in our own style
    {"request.opened", T::request_reported},
    {"request.created", T::request_reported},
    {"request.submitted", T::request_reported},
    {"request.accepted", T::request_registered},
    {"request.rejected", T::request_declined},
    {"dispatch.completed", T::dispatch_handled},
    {"dispatch.resolved", T::dispatch_handled},
    {"dispatch.accepted", T::dispatch_signed},
    {"dispatch.rejected", T::dispatch_returned},
    {"visit.follow_up", T::judgement_called_back},
    {"visit.completed", T::visit_made},
    {"sensor.reading", T::sensor_read},
    {"device.heartbeat", T::device_beat},
    // Open311 GeoReport and FixMyStreet
    {"service_request.created", T::request_reported},
    {"service_request.acknowledged", T::dispatch_signed},
    {"service_request.closed", T::dispatch_closed},
    {"service_request.reopened", T::dispatch_reopened},
    {"report.confirmed", T::request_reported},
    {"report.investigating", T::dispatch_taken},
    {"report.in_progress", T::dispatch_taken},
    {"report.action_scheduled", T::dispatch_assigned},
    {"report.fixed", T::dispatch_handled},
    {"report.closed", T::dispatch_closed},
    {"report.duplicate", T::request_merged},
    {"report.internal_referral", T::dispatch_forwarded},
    {"report.not_councils_responsibility", T::request_declined},
    {"report.withdrawn", T::request_withdrawn},
    // 12345 hotlines and 数字城管
    {"工单.受理", T::request_reported},
    {"工单.立案", T::request_registered},
    {"工单.不予受理", T::request_declined},
    {"工单.直接答复", T::request_answered},
    {"工单.追加", T::request_repeated},
    {"工单.派单", T::dispatch_sent},
    {"工单.派遣", T::dispatch_sent},
    {"工单.指派", T::dispatch_assigned},
    {"工单.接单", T::dispatch_taken},
    {"工单.签收", T::dispatch_signed},
    {"工单.退单", T::dispatch_returned},
    {"工单.转办", T::dispatch_forwarded},
    {"工单.提级", T::dispatch_raised},
    {"工单.吹哨", T::dispatch_whistled},
    {"工单.报到", T::dispatch_reported_in},
    {"工单.挂账", T::dispatch_suspended},
    {"工单.延期", T::dispatch_extended},
    {"工单.办结", T::dispatch_handled},
    {"工单.结案", T::dispatch_closed},
    {"工单.强制结案", T::dispatch_force_closed},
    {"工单.返工", T::dispatch_reopened},
    {"工单.核查", T::judgement_checked},
    {"工单.回访", T::judgement_called_back},
    {"工单.催办", T::judgement_urged},
    {"工单.督办", T::judgement_supervised},
    {"工单.剔除", T::judgement_exclusion_approved},
};

}  // namespace

std::string_view name(Family family) {
  switch (family) {
    case Family::requests:
      return "requests";
    case Family::dispatches:
      return "dispatches";
    case Family::visits:
      return "visits";
    case Family::judgements:
      return "judgements";
    case Family::sensors:
      return "sensors";
    case Family::directory:
      return "directory";
  }
  CHECK(false);
}

std::span<const Alias> aliases() {
  return kAliases;
}

const TypeSpec* find_type(std::string_view name) {
  static const NameTable table = [] {
    NameTable made;
    for (const TypeSpec& type : catalogue()) made.add(type.name, static_cast<std::uint16_t>(type.type));
    for (const Alias& alias : kAliases) made.add(alias.alias, static_cast<std::uint16_t>(alias.type));
    return made;
  }();
  const std::uint16_t found = table.find(name);
  return found == NameTable::kNone ? nullptr : &catalogue()[found];
}

const FieldSpec* find(const TypeSpec& type, Field field) {
  for (const FieldSpec& spec : type.fields) {
    if (spec.field == field) return &spec;
  }
  return nullptr;
}

}  // namespace topics
