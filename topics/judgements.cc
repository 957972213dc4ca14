#include "topics/family.h"

namespace topics {

namespace {

using F = Field;
using T = Type;

constexpr auto kChecked =
    on_version(required(F::passed), optional(F::unit), optional(F::reason), optional(F::evidence), optional(F::text));
constexpr auto kCalledBack =
    on_version(optional(F::attempt), optional(F::reached), optional(F::resolved), optional(F::satisfaction),
               optional(F::unit), optional(F::text), optional(F::area));
constexpr auto kRated =
    on_version(required(F::satisfaction), optional(F::unit), optional(F::resolved), optional(F::text));
constexpr auto kPleaded = on_version(optional(F::unit), optional(F::reason), optional(F::evidence), optional(F::text));
constexpr auto kReason = on_version(optional(F::unit), optional(F::reason));
constexpr auto kAppealed =
    on_version(optional(F::unit), optional(F::concerns), optional(F::reason), optional(F::evidence), optional(F::text));
constexpr auto kDecided =
    on_version(required(F::upheld), optional(F::unit), optional(F::concerns), optional(F::reason));
constexpr auto kExtension = on_version(optional(F::due), optional(F::limit), optional(F::unit), optional(F::reason));
constexpr auto kSuspension = on_version(optional(F::until), optional(F::unit), optional(F::reason));
constexpr auto kSupervised = on_version(optional(F::kind), optional(F::level), optional(F::unit), optional(F::due),
                                        optional(F::reason), optional(F::text));
constexpr auto kUrged = on_version(optional(F::unit), optional(F::reason), optional(F::text));

constexpr TypeSpec kTypes[] = {
    {T::judgement_checked, "judgement.checked", Family::judgements, "case", "核查",
     "A checker looked at the work, on the spot or on paper.", kChecked},
    {T::judgement_called_back, "judgement.called_back", Family::judgements, "case", "回访",
     "Who asked was called back: reached, resolved, satisfied?", kCalledBack},
    {T::judgement_rated, "judgement.rated", Family::judgements, "case", "评价",
     "Who asked, or who whistled, rated the unit.", kRated},
    {T::judgement_exclusion_requested, "judgement.exclusion_requested", Family::judgements, "case", "申请剔除",
     "A unit asked that the case count for nothing.", kPleaded},
    {T::judgement_exclusion_approved, "judgement.exclusion_approved", Family::judgements, "case", "剔除",
     "A reviewer agreed; a policy says how many have to.", kReason},
    {T::judgement_exclusion_revoked, "judgement.exclusion_revoked", Family::judgements, "case", "撤销剔除",
     "The case counts again.", kReason},
    {T::judgement_appealed, "judgement.appealed", Family::judgements, "case", "申诉",
     "A unit appealed against a judgement or a verdict.", kAppealed},
    {T::judgement_appeal_decided, "judgement.appeal_decided", Family::judgements, "case", "申诉裁定",
     "The appeal was decided.", kDecided},
    {T::judgement_extension_approved, "judgement.extension_approved", Family::judgements, "case", "批准延期",
     "More time was granted: until `due`, or `limit` more, or as asked for.", kExtension},
    {T::judgement_extension_rejected, "judgement.extension_rejected", Family::judgements, "case", "驳回延期",
     "More time was refused.", kReason},
    {T::judgement_suspension_approved, "judgement.suspension_approved", Family::judgements, "case", "批准挂账",
     "A pause was granted.", kSuspension},
    {T::judgement_suspension_rejected, "judgement.suspension_rejected", Family::judgements, "case", "驳回挂账",
     "A pause was refused.", kReason},
    {T::judgement_supervised, "judgement.supervised", Family::judgements, "case", "督办",
     "A supervisor put the case under watch; kind is timeout, leader or important.", kSupervised},
    {T::judgement_urged, "judgement.urged", Family::judgements, "case", "催办", "The unit was told to hurry.", kUrged},
};

}  // namespace

std::span<const TypeSpec> judgement_types() {
  return kTypes;
}

}  // namespace topics
