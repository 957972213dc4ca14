#include "projections/cases/case_grants.h"

#include <algorithm>
#include <utility>

namespace projections {
namespace {

using topics::Field;

template <class Grant>
bool is_open(const std::vector<Grant>& all) {
  return !all.empty() && !all.back().approval.rejected;
}

template <class Grant>
void reject(const Moment& moment, std::vector<Grant>& all) {
  if (is_open(all)) all.back().approval.rejected = moment;
}

}  // namespace

std::optional<engine::Instant> ApprovalRequest::in_force(std::int64_t needed) const {
  const auto unless_rejected = [&](engine::Instant at) {
    return rejected && rejected->judged <= at ? std::optional<engine::Instant>() : at;
  };
  if (needed <= 0 && declared) return unless_rejected(requested.judged);
  const auto enough = static_cast<std::size_t>(std::max<std::int64_t>(needed, 1));
  std::vector<std::pair<std::uint64_t, engine::Instant>> first;  // of each actor
  for (const Approval& approval : approvals) {
    const auto known = std::ranges::find(first, approval.actor, [](const auto& one) { return one.first; });
    if (known == first.end()) {
      first.emplace_back(approval.actor, approval.at.judged);
    } else {
      known->second = std::min(known->second, approval.at.judged);
    }
  }
  if (first.size() < enough) return std::nullopt;
  std::ranges::sort(first, {}, [](const auto& one) { return one.second; });
  return unless_rejected(std::max(requested.judged, first[enough - 1].second));
}

void add_suspension(const Fact& fact, const Moment& moment, std::vector<Suspension>& all) {
  const bool approval = fact.kind == FactKind::suspension_approved;
  const auto until = fact.instant(Field::until);
  if (approval && is_open(all) && (!until || until == all.back().until)) {
    all.back().approval.approvals.push_back({moment, fact.hash(Field::actor)});
    return;
  }
  Suspension one{
      .approval = {.requested = moment, .declared = !approval}, .until = until, .reason = fact.text(Field::reason)};
  if (approval) one.approval.approvals.push_back({moment, fact.hash(Field::actor)});
  all.push_back(std::move(one));
}

void add_extension(const Fact& fact, const Moment& moment, std::size_t cycle, std::vector<Extension>& all) {
  const bool approval = fact.kind == FactKind::extension_approved;
  const auto due = fact.due();
  const std::string_view limit = fact.text(Field::limit);
  const bool names_none = !due && limit.empty();
  if (approval && is_open(all) && all.back().cycle == cycle &&
      (names_none || (due == all.back().due && limit == all.back().limit))) {
    all.back().approval.approvals.push_back({moment, fact.hash(Field::actor)});
    return;
  }
  Extension one{.cycle = cycle,
                .approval = {.requested = moment, .declared = fact.kind == FactKind::extended},
                .due = due,
                .limit = limit};
  if (approval) one.approval.approvals.push_back({moment, fact.hash(Field::actor)});
  all.push_back(std::move(one));
}

void reject_suspension(const Moment& moment, std::vector<Suspension>& all) {
  reject(moment, all);
}

void reject_extension(const Moment& moment, std::vector<Extension>& all) {
  reject(moment, all);
}

bool resume(const Moment& moment, std::vector<Suspension>& all) {
  const auto open = std::ranges::find_if(all.rbegin(), all.rend(),
                                         [](const Suspension& one) { return !one.resumed && !one.approval.rejected; });
  if (open == all.rend()) return false;
  open->resumed = moment;
  return true;
}

}  // namespace projections
