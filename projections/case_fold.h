#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/directory.h"

namespace projections {

enum class Status : std::uint8_t {
  unopened,  // something happened to it, but nobody has reported it yet
  reported,
  registered,
  sent,
  signed_for,
  returned,
  handled,
  closed,
  declined,
  answered,
  withdrawn,
  merged,
};

std::string_view name(Status status);

// What a point in the life of a case means for people and for clocks.
struct Moment {
  engine::Instant happened;  // for status and counters
  engine::Instant judged;    // for deadlines, see Directory::judged()
};

// One sending to a unit.
struct Hop {
  std::string_view unit;
  Moment sent;
  std::optional<Moment> signed_for;
  std::optional<Moment> returned;
};

// What whoever asked says of the work: at a call-back, or by rating it.
struct Voice {
  Moment said;
  Outcome outcome;
};

// The time from opening, or from a re-opening (by a failed check, too), to being handled and closed. Judgements by the
// unit that handles the case are in none.
struct Cycle {
  Moment start;
  std::optional<engine::Instant> due;  // as the events of the cycle give it: the last one said counts
  std::optional<Moment> handled;
  std::optional<Moment> closed;
  std::optional<Moment> contacted;   // first
  std::optional<Moment> arrived;     // first
  std::optional<Voice> called_back;  // the last call-back that reached somebody
  std::optional<Voice> rated;        // the last rating

  // Who says how satisfied they are: the call-back, or else the rating; nullptr when nobody does.
  const Voice* satisfaction() const {
    if (called_back && called_back->outcome.satisfaction != 0) return &*called_back;
    return rated ? &*rated : nullptr;
  }
};

// A case as its facts tell it. A pure function of the facts and of the rules about whom to trust and which area took
// over from which. Its texts are views into the facts and, of areas, into the rules.
struct Case {
  Status status = Status::unopened;
  std::string_view area;        // that it is attributed to: the named one, or its successor
  std::string_view named_area;  // that its facts name last
  std::string_view category;
  std::string_view channel;
  std::string_view unit;  // of the last hop, or whoever handled it
  std::int64_t priority = 0;
  bool duplicate = false;
  std::string parent;            // of a merged child
  std::optional<Moment> opened;  // reported, or registered when nobody reported it
  std::vector<Hop> hops;
  std::vector<Cycle> cycles;       // one at least; a new one with each re-opening after handling or closing
  std::optional<Moment> given_up;  // declined, answered, withdrawn, merged
  // When it was visited, a visit was missed, and its handling was checked.
  std::vector<engine::Instant> visits;
  std::vector<engine::Instant> missed_visits;
  std::vector<engine::Instant> checks;
  bool in_the_field = false;  // there are facts for field_fold.h

  const std::optional<Moment>& handled() const { return cycles.back().handled; }
  const std::optional<Moment>& closed() const { return cycles.back().closed; }
  // Closed or given up.
  const std::optional<Moment>& ended() const { return given_up ? given_up : cycles.back().closed; }
};

// REQUIRES: `facts` ascend by before().
Case fold(const std::vector<Fact>& facts, const Directory& rules);
// The same into a Case that was used before, whose memory it takes over.
void fold(const std::vector<Fact>& facts, const Directory& rules, Case& into);

}  // namespace projections
