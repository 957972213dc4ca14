#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/cases/anomaly.h"
#include "projections/cases/case_grants.h"
#include "projections/rules/directory.h"
#include "projections/rules/policy.h"

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
  transferred,  // it left the system
};

std::string_view name(Status status);

// One sending to a unit: the lead unit (主办), or one that assists (协办, 加派).
struct Hop {
  std::string_view unit;
  Moment sent;
  bool assisting = false;
  std::optional<Moment> signed_for;
  std::optional<Moment> returned;
  std::optional<Moment> done;        // an assisting unit says that its part is handled
  std::optional<Moment> superseded;  // the next lead unit was sent for, or the case was closed
};

enum class Answer : std::uint8_t { none = 0, no = 1, yes = 2, partly = 3 };
std::string_view name(Answer answer);

struct Outcome {
  Answer resolved = Answer::none;
  std::uint8_t satisfaction = 0;  // 1 to 5; 0 = unknown
};

// The opinion of the caller about the work: at a call-back, or by rating it.
struct Feedback {
  Moment said;
  Outcome outcome;
};

// The time from opening, or from a re-opening (by a failed check, too), or from being raised to another level, to being
// handled and closed. Judgements by the unit that handles the case are in none.
struct Cycle {
  Moment start;
  bool rework = false;  // it was opened again; else, but for the first cycle, raised
  std::optional<Moment> handled;
  std::optional<Moment> closed;
  std::optional<Moment> contacted;      // first
  std::optional<Moment> arrived;        // first
  std::optional<Moment> checked;        // first
  std::optional<Moment> reached;        // by the first call-back that did
  std::optional<Feedback> called_back;  // the last call-back that reached somebody
  std::optional<Feedback> rated;        // the last rating

  // The feedback that tells a satisfaction: the call-back, or else the rating; nullptr when there is none.
  const Feedback* satisfaction() const {
    if (called_back && called_back->outcome.satisfaction != 0) return &*called_back;
    return rated ? &*rated : nullptr;
  }
};

// A due time that an event gave for handling, of the cycle with this index.
struct ExplicitDue {
  std::size_t cycle = 0;
  engine::Instant from;  // judged time
  engine::Instant due;
  bool carried = false;  // of the cycle before, which ended when the case was raised: it counts where no policy does
};

// A unit that was whistled for (吹哨), and its coming (报到).
struct Callout {
  std::string_view unit;
  Moment whistled;
  std::optional<engine::Instant> due;
  std::optional<Moment> reported_in;
  std::optional<Moment> ended;  // the case was closed
  std::uint8_t rating = 0;      // by the whistler, 1 to 5
};

struct Appeal {
  Moment filed;
  std::optional<engine::Instant> due;
  std::optional<Moment> decided;
  bool upheld = false;
};

// Supervision (督办) waits for handling, urging (催办) for any sign of work.
struct Supervision {
  bool urge = false;
  Moment told;
  std::string_view level;
  std::string_view unit;
  std::optional<engine::Instant> due;
  std::optional<Moment> answered;
};

// A case that was merged into this one, and was accepted before it.
struct Inherited {
  Moment start;
  engine::Instant since;         // judged time of the merge
  std::vector<std::string> via;  // the cases from which it comes, see links.h
};

// The traits that policies match by, from an instant on.
struct TraitsFrom {
  engine::Instant from;  // judged time
  CaseTraits traits;
};

inline constexpr std::size_t kMaxCallouts = 256;  // of a case

struct Flag {
  Anomaly anomaly;
  std::size_t fact = 0;  // index
};

// A case as its facts tell it. A pure function of the facts and of the rules about whom to trust, who may say what, and
// which area took over from which. Its texts are views into the facts and, of areas and levels, into the rules.
struct Case {
  Status status = Status::unopened;
  std::string_view area;        // that it is attributed to: the named one, or its successor
  std::string_view named_area;  // that its facts name last
  std::string_view category;
  std::string_view condition;
  std::string_view kind;
  std::string_view channel;
  std::string_view level;  // to which it was raised
  std::string_view unit;   // of the last lead hop, or the one that handled it
  std::int64_t priority = 0;
  bool duplicate = false;
  std::string parent;  // of a merged child
  std::string_view successor;
  // From other cases, see links.h:
  std::vector<Inherited> inherited;     // the earliest first
  std::optional<Moment> parent_closed;  // of a merged child
  std::vector<std::string> close_via;
  std::optional<Moment> opened;      // reported, or registered when nobody reported it
  std::optional<Moment> registered;  // first
  std::vector<Hop> hops;
  std::vector<Cycle> cycles;          // one at least; a new one with each re-opening after handling or closing
  std::optional<Moment> ended_early;  // declined, answered, withdrawn, merged, transferred
  std::optional<Moment> excluded;     // 剔除
  std::int64_t repeats = 0;           // times that the same caller asked again
  std::vector<TraitsFrom> traits;     // ascending; the first one holds before, too
  std::vector<ExplicitDue> dues;      // in the order of the facts
  std::vector<Suspension> suspensions;
  std::vector<Extension> extensions;
  std::vector<Callout> callouts;
  std::vector<Appeal> appeals;
  std::vector<Supervision> supervisions;
  std::vector<Flag> flags;
  // When it was visited, a visit was missed, and its handling was checked.
  std::vector<engine::Instant> visits;
  std::vector<engine::Instant> missed_visits;
  std::vector<engine::Instant> checks;
  bool in_the_field = false;  // there are facts for field_fold.h

  void clear();  // keeps the memory of its lists

  const std::optional<Moment>& handled() const { return cycles.back().handled; }
  const std::optional<Moment>& closed() const { return cycles.back().closed; }
  // Closed or ended early.
  const std::optional<Moment>& ended() const { return ended_early ? ended_early : cycles.back().closed; }
  // When it became a case (受理): registered; opened when nobody registers it.
  const std::optional<Moment>& accepted() const { return registered ? registered : opened; }
};

}  // namespace projections
