// The row of a subject: all that the state keeps of it.
//
// Takes: the facts of one subject. Gives: the row with its facts, sent ledger, armed timer, contribution and links, and its
// encoding.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "projections/cases/fact.h"
#include "projections/stage/row_messages.h"
#include "topics/outputs/outputs.h"

namespace projections {

// The kinds of clocks, see clocks.h. The numbers are part of the row format.
enum class ClockKind : std::uint8_t {
  sign = 0,
  handle = 1,
  close = 2,
  registration = 3,
  contact = 4,
  arrive = 5,
  check = 6,
  callback = 7,
  appeal = 8,
  report_in = 9,
  supervise = 10,
  urge = 11,
};
inline constexpr std::size_t kClockKinds = 12;
std::string_view name(ClockKind clock);
std::optional<ClockKind> find_clock(std::string_view name);

// Where a clock stands. Verdicts grow worse or better with facts and with time, see clocks.h.
enum class Verdict : std::uint8_t { none = 0, warned = 1, breached = 2, met = 3 };
std::string_view name(Verdict verdict);

// Where the course of a clock stands, apart from its verdict.
enum class Course : std::uint8_t { none = 0, running = 1, paused = 2, over = 3 };
inline bool runs(Course course) {
  return course == Course::running || course == Course::paused;
}

// What was announced of one cycle of a clock, and how often anything was.
struct Sent {
  ClockKind clock = ClockKind::handle;
  std::int32_t cycle = 0;
  Verdict verdict = Verdict::none;
  engine::Instant due;         // of the verdict
  std::int64_t announced = 0;  // alerts of this cycle
  std::uint8_t step = 0;       // of warned and breached: the last of the policy's rungs that was told
  Course course = Course::none;
  engine::Instant course_due;  // that was told last; of one that has ended, `due`
  std::uint32_t shown = 0;     // hash of what the published row tells of it beyond that; of one that has ended, 0
  bool operator==(const Sent&) const = default;
};

// One term of what a row adds to the counters of an area.
struct Term {
  topics::Bucket bucket;
  topics::Counter counter = topics::Counter::opened;
  std::int64_t n = 0;
  auto operator<=>(const Term&) const = default;
};

// What a row has added to the counters; taken back term by term when it changes.
struct Contribution {
  std::string area;
  std::vector<Term> terms;  // ascending by (bucket, counter), none twice, none 0
  bool operator==(const Contribution&) const = default;
};

// The newest message of another case: that it is merged into this one, or how far the parent is. See links.h.
struct Link : ReceivedMessage {
  std::optional<Moment> start;   // of a child: when it was accepted, or one merged into it
  engine::Instant since;         // of a child: judged time of the merge
  std::optional<Moment> closed;  // of a parent
  bool operator==(const Link&) const = default;
};

// The row of a subject: its facts, and apart from them what was done because of them.
//
//   u8 format (6) | u8 owed | [u64 queue] | u16 facts | varint version | varint bytes of what was done |
//   what was done | facts
//   what was done   nothing, or: varint n | n sent | armed | area | terms | varint n | n deltas of visits |
//                   nothing, or: links and what was told
//   terms           varint n | n buckets: u8 kind | signed number | varint m | m × (varint counter | signed n)
//   fact            varint bytes | id | body | source | u8 kind | u8 topic | signed ms happened |
//                   signed ms from then to logged | varint partition | varint offset | pairs, see field_values.h
//
// Invariants: facts ascend by before(); no id twice. In the encoding of a row that is pending, or was
// touched by the step in hand, they need not ascend.
struct CaseRow {
  static constexpr std::uint8_t kFormat = 6;
  std::vector<Fact> facts;
  std::uint64_t version = 0;                 // facts that were ever added, those that have left included
  std::vector<Sent> sent;                    // ascending by (clock, cycle)
  std::optional<engine::Instant> armed;      // the timer: when time alone may change one of its clocks
  Contribution counted;                      // as a case
  std::vector<topics::CounterDelta> visits;  // and as a household or a worker, see field_fold.h
  std::vector<Link> links;                   // ascending by (from, kind)
  std::vector<SentMessage> told;             // to other cases; ascending by (to, kind)
  std::optional<std::uint64_t> owed;         // the queue in which its announcements wait, see cases.h

  // Adds a fact in its place, and counts it. REQUIRES: no fact has its id.
  void insert(Fact fact);
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  std::size_t memory() const;  // bytes on the heap, about
  bool operator==(const CaseRow&) const = default;
};

}  // namespace projections
