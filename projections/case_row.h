#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hash.h"
#include "engine/types.h"
#include "topics/event.h"
#include "topics/outputs.h"

namespace projections {

// What kind of fact an event is. The numbers are part of the row format: never reuse one.
enum class FactKind : std::uint8_t {
  kept = 0,  // known to the catalogue or not, but not folded yet: kept with its data
  reported = 1,
  registered = 2,
  declined = 3,
  answered = 4,
  classified = 5,
  located = 6,
  merged = 7,
  unmerged = 8,
  withdrawn = 9,
  repeated = 10,
  sent = 20,
  assigned = 21,
  taken = 22,
  signed_for = 23,
  returned = 24,
  forwarded = 25,
  raised = 26,
  extended = 27,
  handled = 28,
  self_handled = 29,
  closed = 30,
  force_closed = 31,
  reopened = 32,
  contacted = 40,
  arrived = 41,
  visited = 42,
  visit_missed = 43,
  checked_in = 44,
  round_made = 45,
  household_registered = 46,
  worker_registered = 47,
  checked = 60,
  called_back = 61,
  rated = 62,
};

FactKind fact_kind(const topics::TypeSpec* spec);
std::string_view name(FactKind kind);

// The texts of a fact. The numbers are part of the row format.
enum class Text : std::uint8_t { area = 0, category = 1, channel = 2, unit = 3, parent = 4, data = 5, by_unit = 6 };
inline constexpr std::size_t kTexts = 7;

// Several short texts in one piece of memory, which lies in the object itself while they are short in all: rows are
// decoded and folded for each event.
class Texts {
 public:
  // The view lives until the next set(), or until the Texts are moved.
  std::string_view get(Text text) const {
    const auto i = static_cast<std::size_t>(text);
    const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
    return {bytes() + begin, ends_[i] - begin};
  }
  void set(Text text, std::string_view value);
  std::size_t size() const { return ends_.back(); }
  std::size_t memory() const { return long_.capacity() > 15 ? long_.capacity() + 16 : 0; }
  friend bool operator==(const Texts& a, const Texts& b) { return a.ends_ == b.ends_ && a.all() == b.all(); }

 private:
  static constexpr std::size_t kInline = 60;
  const char* bytes() const { return ends_.back() <= kInline ? short_.data() : long_.data(); }
  std::string_view all() const { return {bytes(), ends_.back()}; }

  std::array<std::uint32_t, kTexts> ends_{};
  std::array<char, kInline> short_;  // the texts, when they fit; what lies behind them means nothing
  std::string long_;                 // the texts, when they do not
};

enum class Answer : std::uint8_t { none = 0, no = 1, yes = 2, partly = 3 };
std::string_view name(Answer answer);

// What a visit or a judgement came to.
struct Outcome {
  Answer went = Answer::none;  // of a check: passed; of a contact or a call-back: reached
  Answer resolved = Answer::none;
  std::uint8_t satisfaction = 0;  // 1 to 5; 0 = not told
  bool operator==(const Outcome&) const = default;
};

// Something that happened to a subject, as one event told it. Never changed once it is in a row.
struct Fact {
  FactKind kind = FactKind::kept;
  engine::Instant happened;  // the event's time
  engine::Instant logged;    // the log time of the record
  engine::Hash128 id;        // of (source, id)
  std::uint64_t body = 0;    // hash of type, time and data: the same id with another body is a conflict
  std::uint64_t source = 0;  // hash of the event's source; Directory knows whom to trust
  std::uint8_t topic = 0;    // where it lies: index into the stage's inputs,
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
  // What the folds need; absent = empty or 0. `data` is of kept facts, visits and judgements: {"type":…, and the
  // fields that are not personal}. `by_unit`, for whom somebody judged, is of judgements.
  Texts texts;
  std::int64_t priority = 0;
  std::optional<engine::Instant> due;
  bool duplicate = false;
  Outcome outcome;

  std::string_view text(Text which) const { return texts.get(which); }
  bool operator==(const Fact&) const = default;
};

// The order in which facts are folded: by time; at one instant as a case usually goes; then by id. A total order, so
// that a row does not depend on the order of arrival.
bool before(const Fact& a, const Fact& b);

Fact fact_of(const topics::Event& event, engine::Instant logged, std::uint8_t topic, std::uint32_t partition,
             std::int64_t offset);
std::uint64_t source_hash(std::string_view source);

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

// What was announced of one cycle of a clock, and how often anything was.
struct Sent {
  ClockKind clock = ClockKind::handle;
  std::int32_t cycle = 0;
  Verdict verdict = Verdict::none;
  engine::Instant due;
  std::int64_t announced = 0;
  bool operator==(const Sent&) const = default;
};

struct Armed {
  ClockKind clock = ClockKind::handle;
  engine::Instant at;
  bool operator==(const Armed&) const = default;
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

// The row of a subject: its facts, and apart from them what was done because of them.
//
//   u8 format (3) | u8 owed | [u64 queue] | u16 facts | varint bytes of what was done | what was done | facts
//   what was done   nothing, or: varint n | n sent | varint n | n armed | area | terms | varint n | n deltas of visits
//   terms           varint n | n buckets: u8 kind | signed number | varint bits of the counters | their signed numbers
//   fact            varint bytes | id | body | source | u8 kind | u8 topic | the rest, see encoded_case.cc
//
// Invariants: facts ascend by before(); no id twice. In the encoding of a row that is owed they need not ascend.
struct CaseRow {
  static constexpr std::uint8_t kFormat = 3;
  std::vector<Fact> facts;
  std::vector<Sent> sent;                    // ascending by (clock, cycle)
  std::vector<Armed> armed;                  // ascending by clock
  Contribution counted;                      // as a case
  std::vector<topics::CounterDelta> visits;  // and as a household or a worker, see field_fold.h
  std::optional<std::uint64_t> owed;         // the queue in which its announcements wait, see cases.h

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  std::size_t memory() const;  // bytes on the heap, about
  bool operator==(const CaseRow&) const = default;
};

}  // namespace projections
