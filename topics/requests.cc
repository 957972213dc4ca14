#include "topics/family.h"

namespace topics {

namespace {

using F = Field;
using T = Type;

constexpr auto kReported = on_version(
    optional(F::area), optional(F::map_version), optional(F::category), optional(F::condition), optional(F::priority),
    optional(F::channel), optional(F::kind), optional(F::title), optional(F::text), optional(F::address),
    optional(F::reporter), optional(F::phone), optional(F::latitude), optional(F::longitude), optional(F::due),
    optional(F::duplicate), optional(F::unit), optional(F::worker), optional(F::evidence));
constexpr auto kRegistered = on_version(optional(F::area), optional(F::category), optional(F::condition),
                                        optional(F::priority), optional(F::kind), optional(F::unit), optional(F::due));
constexpr auto kReason = on_version(optional(F::reason));
constexpr auto kAnswered = on_version(optional(F::text));
constexpr auto kClassified =
    on_version(required(F::category), optional(F::condition), optional(F::priority), optional(F::kind));
constexpr auto kLocated = on_version(required(F::area), optional(F::map_version), optional(F::latitude),
                                     optional(F::longitude), optional(F::address));
constexpr auto kMerged = on_version(required(F::parent), optional(F::reason));
constexpr auto kRepeated =
    on_version(optional(F::reporter), optional(F::phone), optional(F::channel), optional(F::text));

constexpr TypeSpec kTypes[] = {
    {T::request_reported, "request.reported", Family::requests, "case", "反映", "Somebody asked for something.",
     kReported},
    {T::request_registered, "request.registered", Family::requests, "case", "立案",
     "The request was accepted; it is a case now.", kRegistered},
    {T::request_declined, "request.declined", Family::requests, "case", "不予受理", "It was not accepted.", kReason},
    {T::request_answered, "request.answered", Family::requests, "case", "直接答复",
     "It was answered at the desk; no unit has to act.", kAnswered},
    {T::request_classified, "request.classified", Family::requests, "case", "归类",
     "Its category or priority was decided or changed.", kClassified},
    {T::request_located, "request.located", Family::requests, "case", "定位", "Its place was decided or changed.",
     kLocated},
    {T::request_merged, "request.merged", Family::requests, "case", "并案",
     "It is the same matter as its parent and follows it.", kMerged},
    {T::request_unmerged, "request.unmerged", Family::requests, "case", "撤销并案",
     "The merge was wrong; the case stands alone again.", kReason},
    {T::request_withdrawn, "request.withdrawn", Family::requests, "case", "撤诉", "Who asked took it back.", kReason},
    {T::request_repeated, "request.repeated", Family::requests, "case", "追加",
     "The same caller asked again about the same case.", kRepeated},
};

}  // namespace

std::span<const TypeSpec> request_types() {
  return kTypes;
}

}  // namespace topics
