#include "projections/cases/add_fact.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace projections {
namespace {

using topics::Reason;

std::unexpected<topics::Rejection> refused(Reason reason, std::string detail) {
  return std::unexpected(topics::Rejection{reason, std::move(detail)});
}

std::expected<AddedFact, topics::Rejection> add_copy(Fact& known, Fact copy) {
  if (known.body != copy.body) {
    return refused(Reason::id_conflict, fmt::format("another event of this source with the same id is known, at "
                                                    "offset {} of partition {}",
                                                    known.offset, known.partition));
  }
  const auto place = [](const Fact& fact) { return std::tuple(fact.logged, fact.topic, fact.partition, fact.offset); };
  if (place(copy) >= place(known)) return AddedFact::duplicate;
  copy.set_conflict(known.conflict());  // as it was when it came
  known = std::move(copy);
  return AddedFact::earlier_duplicate;
}

bool is_case(const CaseRow& row) {
  return std::ranges::any_of(
      row.facts, [](const Fact& fact) { return fact.kind == FactKind::reported || fact.kind == FactKind::registered; });
}

}  // namespace

std::expected<AddedFact, topics::Rejection> add_fact(CaseRow& row, Fact fact, std::uint8_t visits_topic,
                                                     EvictedCounts& evicted, CounterSums& sums) {
  const auto known = std::ranges::find(row.facts, fact.id, &Fact::id);
  if (known != row.facts.end()) return add_copy(*known, std::move(fact));
  if (fact.topic == visits_topic && row.facts.size() >= kWindowFacts && !is_case(row) &&
      std::ranges::count(row.facts, visits_topic, &Fact::topic) >= static_cast<std::ptrdiff_t>(kWindowFacts)) {
    const auto leaving = next_to_leave(row.facts, visits_topic);
    if (before(fact, *leaving)) {
      return refused(Reason::too_late, fmt::format("the newest {} facts of the subject are later", kWindowFacts));
    }
    evicted.evict(row, leaving, sums);
  }
  if (row.facts.size() >= kMaxFacts) {
    return refused(Reason::too_many_facts, fmt::format("the subject has {} facts", row.facts.size()));
  }
  row.insert(std::move(fact));
  return AddedFact::added;
}

}  // namespace projections
