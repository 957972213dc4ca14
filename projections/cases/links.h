// Merged cases and their parents: the use of row messages (stage/row_messages.h) by the cases stage.
//
// Takes: a row with the messages that it has received, and its folded case. Gives: what these messages change in the
// folded case, and the messages that the row has to send.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "projections/cases/case_fold.h"
#include "projections/stage/row_messages.h"

namespace projections {

// A merged child sends its parent when it was accepted, so that merging hides no lateness; a parent sends its children
// when it is closed, so that they close with it. A case passes on what it receives: from children of children, and to
// them. A message that comes through the case itself counts for nothing, so a merge cycle cannot keep its cases open.
//
// Members of the fact, each an instant:
//   merge.child   start, start_judged   when the child was accepted, or a case merged into it before
//                 since                 judged time of the merge
//   merge.parent  closed, closed_judged  absent: it is open

// Of a case; more are dead letters: they keep their facts and breaches, and count for nothing in the parent.
inline constexpr std::size_t kMaxLinks = 2000;

// Takes the message into the row. Returns whether it is newer than what was known. Errors: too_many_facts when kMaxLinks
// cases are merged into this one; a case that is no longer merged makes room.
std::expected<bool, topics::Rejection> receive_link(CaseRow& row, const RowMessage& message);

// What `row` has received, into the folded case.
void apply_links(const CaseRow& row, std::string_view subject, Case& folded);

// The messages that are news to their rows, with versions; they count as sent. Task, freeze number and time are left to
// the caller.
std::vector<RowMessage> links_to_send(CaseRow& row, std::string_view subject, const Case& folded);

}  // namespace projections
