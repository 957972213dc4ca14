// Adds a fact to the facts of a row, within the limits of a row.
//
// Takes: the row and the fact. Gives: whether the row has changed, or why the fact is refused. Nothing is folded.

#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>

#include "projections/cases/case_row.h"
#include "projections/cases/evicted_counts.h"
#include "topics/codec/event.h"

namespace projections {

inline constexpr std::size_t kMaxFacts = 1000;    // of a case
inline constexpr std::size_t kWindowFacts = 256;  // of the visits topic, kept of a household or a worker: the newest

enum class AddedFact : std::uint8_t {
  added,
  duplicate,          // known; nothing has changed
  earlier_duplicate,  // known; this copy was logged first, so it took the place of the other
};

// Of two copies of a fact the one that was logged first counts, so that the order of arrival does not matter. A subject
// that is no case keeps a window of the newest facts of the visits topic (its number is `visits_topic`); what leaves it
// goes to `evicted` and `sums`.
//
// Errors: id_conflict, too_late (older than the whole window), too_many_facts.
std::expected<AddedFact, topics::Rejection> add_fact(CaseRow& row, Fact fact, std::uint8_t visits_topic,
                                                     EvictedCounts& evicted, CounterSums& sums);

}  // namespace projections
