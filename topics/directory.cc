#include "topics/family.h"

namespace topics {

namespace {

using F = Field;
using T = Type;

constexpr auto kArea = by_actor(required(F::level), optional(F::parent), optional(F::name), optional(F::unit),
                                optional(F::map_version), optional(F::valid_from));
constexpr auto kAreaMoved =
    by_actor(required(F::parent), optional(F::map_version), optional(F::reason), optional(F::valid_from));
constexpr auto kAreaRetired =
    by_actor(optional(F::successors), optional(F::map_version), optional(F::reason), optional(F::valid_from));
constexpr auto kUnit =
    by_actor(required(F::name), optional(F::level), optional(F::area), optional(F::parent), optional(F::valid_from));
constexpr auto kUnitRetired = by_actor(optional(F::successor), optional(F::reason), optional(F::valid_from));
constexpr auto kCategory =
    by_actor(required(F::name), optional(F::parent), optional(F::level), optional(F::unit), optional(F::valid_from));
constexpr auto kPolicy = by_actor(
    required(F::clock), optional(F::limit), optional(F::limit_seconds), optional(F::category), optional(F::condition),
    optional(F::kind), optional(F::priority), optional(F::channel), optional(F::area), optional(F::level),
    optional(F::start), optional(F::count_from), optional(F::end_of_day), optional(F::work_day_minutes),
    optional(F::calendar), optional(F::warn), optional(F::warn_seconds), optional(F::escalate), optional(F::rebase),
    optional(F::max_extensions), optional(F::extension_approvals), optional(F::max_suspensions),
    optional(F::max_suspension_days), optional(F::suspension_approvals), optional(F::valid_from), optional(F::version));
constexpr auto kPolicyRetired = by_actor(optional(F::reason), optional(F::valid_from));
constexpr auto kAuthority = by_actor(required(F::roles), optional(F::reason), optional(F::valid_from));
constexpr auto kCalendar = by_actor(optional(F::zone), optional(F::sessions), optional(F::seasons),
                                    optional(F::weekly_days_off), optional(F::days_off), optional(F::days_on),
                                    optional(F::known), optional(F::valid_from), optional(F::version));
constexpr auto kRuleset =
    by_actor(required(F::level), required(F::indicators), optional(F::weights), optional(F::minimum_sample),
             optional(F::ranking), optional(F::count_duplicates), optional(F::valid_from), optional(F::version));
constexpr auto kExpectation =
    by_actor(required(F::expects), optional(F::daily_at), optional(F::window_seconds), optional(F::calendar),
             optional(F::tags), optional(F::unit), optional(F::valid_from), optional(F::version));
constexpr auto kZone = by_actor(required(F::transitions));
constexpr auto kTrusted =
    by_actor(required(F::judged_by), optional(F::max_backdate_seconds), optional(F::types), optional(F::valid_from));
constexpr auto kSetting = by_actor(required(F::value), optional(F::valid_from));
constexpr auto kOpened = by_actor(required(F::digest), required(F::events), optional(F::files));
constexpr auto kAdvanced = by_actor(required(F::digest), required(F::events));
constexpr auto kClosed = by_actor(required(F::digest), optional(F::events));
constexpr auto kAbandoned = by_actor(optional(F::digest), optional(F::reason));
constexpr auto kFrozen = by_actor(optional(F::edition), optional(F::reason));

constexpr TypeSpec kTypes[] = {
    {T::area_registered, "area.registered", Family::directory, "area", "网格登记",
     "An area was entered or changed; one without a parent is the root.", kArea},
    {T::area_moved, "area.moved", Family::directory, "area", "网格调整", "An area has another parent.", kAreaMoved},
    {T::area_retired, "area.retired", Family::directory, "area", "网格撤并", "An area was split, merged or given up.",
     kAreaRetired},
    {T::unit_registered, "unit.registered", Family::directory, "unit", "单位登记", "A unit was entered or changed.",
     kUnit},
    {T::unit_retired, "unit.retired", Family::directory, "unit", "单位撤并", "A unit was merged or given up.",
     kUnitRetired},
    {T::category_registered, "category.registered", Family::directory, "category", "事项登记",
     "An item of the work list was entered or changed; level says who answers for it.", kCategory},
    {T::policy_published, "policy.published", Family::directory, "policy", "时限政策",
     "How long one clock may run for some cases.", kPolicy},
    {T::policy_retired, "policy.retired", Family::directory, "policy", "时限政策废止",
     "A policy counts no more; the clocks that run by it are cancelled.", kPolicyRetired},
    {T::authority_published, "authority.published", Family::directory, "type of events", "权限",
     "Which roles may send events of a type.", kAuthority},
    {T::calendar_published, "calendar.published", Family::directory, "calendar", "工作日历",
     "When work is done, whole: a later one of the same id takes its place.", kCalendar},
    {T::ruleset_published, "ruleset.published", Family::directory, "ruleset", "考核办法",
     "How the areas of a level are scored and ranked.", kRuleset},
    {T::expectation_published, "expectation.published", Family::directory, "expectation", "应做事项",
     "What has to happen to subjects of some tags, and by when.", kExpectation},
    {T::zone_published, "zone.published", Family::directory, "zone", "时区",
     "A time zone by its transitions, in the order of time.", kZone},
    {T::source_trusted, "source.trusted", Family::directory, "source", "可信来源",
     "Which time of a source's events decides on lateness.", kTrusted},
    {T::setting_changed, "setting.changed", Family::directory, "setting", "设置",
     "A setting that changes results has another value.", kSetting},
    {T::backfill_opened, "backfill.opened", Family::directory, "source", "补录开始",
     "A source starts to write its past; rows made of it alone announce nothing.", kOpened},
    {T::backfill_advanced, "backfill.advanced", Family::directory, "source", "补录进度",
     "So many events of the backfill have been written.", kAdvanced},
    {T::backfill_closed, "backfill.closed", Family::directory, "source", "补录结束",
     "The past is complete; what its rows have to announce is announced.", kClosed},
    {T::backfill_abandoned, "backfill.abandoned", Family::directory, "source", "补录放弃",
     "The rest of the past will not come.", kAbandoned},
    {T::period_frozen, "period.frozen", Family::directory, "period", "考核期冻结",
     "The figures of a period are published as an edition.", kFrozen},
    {T::period_corrected, "period.corrected", Family::directory, "period", "考核期更正",
     "A new edition of a period's figures is called for.", kFrozen},
};

}  // namespace

std::span<const TypeSpec> directory_types() {
  return kTypes;
}

}  // namespace topics
