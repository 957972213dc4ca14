#pragma once

#include <string_view>
#include <vector>

#include "projections/cases/case_fold.h"

namespace projections {

// What rows of cases tell one another: a merged child tells its parent when it was accepted, so that merging hides no
// lateness, and a parent its children when it is closed, so that they close with it. They lie in other partitions, so
// it goes through the inbox of the stage (topics::CaseLink).
//
// What a case hears it passes on: from children of children, and to them. Each message names the cases that it comes
// from. One that comes from the case itself counts for nothing: so cases that are merged into one another hold each
// other up with nothing.

inline constexpr std::size_t kMaxHops = 8;  // of what is passed on; beyond it is a dead letter `loop`

// Of a case; more are dead letters: they keep their facts and breaches, and count for nothing in the parent.
inline constexpr std::size_t kMaxLinks = 2000;

// Whether the row can take what was told: at most kMaxLinks cases are merged into one. One that is merged no more makes
// room.
bool make_room(CaseRow& row, const topics::CaseLink& told);

// Takes what was told into the row; false when it is older than what is known, or the same.
bool hear(CaseRow& row, const topics::CaseLink& told);

// What `row` has heard, into the folded case.
void inherit(const CaseRow& row, std::string_view subject, Case& folded);

// What there is to tell that was not told last; it counts as told then.
std::vector<topics::CaseLink> to_tell(CaseRow& row, std::string_view subject, const Case& folded);

}  // namespace projections
