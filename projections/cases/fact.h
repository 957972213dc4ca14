#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/hash.h"
#include "engine/types.h"
#include "topics/codec/event.h"

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
  whistled = 33,
  reported_in = 34,
  suspended = 35,
  resumed = 36,
  extension_requested = 37,
  check_requested = 38,
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
  exclusion_requested = 63,
  exclusion_approved = 64,
  exclusion_revoked = 65,
  appealed = 66,
  appeal_decided = 67,
  extension_approved = 68,
  extension_rejected = 69,
  suspension_approved = 70,
  suspension_rejected = 71,
  supervised = 72,
  urged = 73,
};
inline constexpr std::size_t kFactKinds = 74;  // one more than the highest

FactKind fact_kind(const topics::TypeSpec* spec);
std::string_view name(FactKind kind);

// The texts of a fact. The numbers are part of the row format.
enum class Text : std::uint8_t {
  area = 0,
  category = 1,
  channel = 2,
  unit = 3,
  parent = 4,
  data = 5,
  by_unit = 6,
  role = 7,
  condition = 8,
  request_kind = 9,
  level = 10,
  limit = 11,
  units = 12,  // each ends with a line feed
  reason = 13,
  successor = 14,
};
inline constexpr std::size_t kTexts = 15;

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

inline constexpr std::uint32_t kNoFact = UINT32_MAX;

// What a point in the life of a case means for people and for clocks.
struct Moment {
  engine::Instant happened;      // for status and counters
  engine::Instant judged;        // for deadlines, see Directory::judged()
  std::uint32_t fact = kNoFact;  // index of the fact that tells it; kNoFact when another case does
  bool operator==(const Moment&) const = default;
};

// nullptr for none; valid as long as `moment` is there and unchanged.
inline const Moment* pointer(const std::optional<Moment>& moment) {
  return moment ? &*moment : nullptr;
}
const Moment* pointer(std::optional<Moment>&& moment) = delete;

enum class Answer : std::uint8_t { none = 0, no = 1, yes = 2, partly = 3 };
std::string_view name(Answer answer);

// What a visit or a judgement came to.
struct Outcome {
  Answer went = Answer::none;  // of a check: passed; of a contact or a call-back: reached; of an appeal: upheld
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
  // What the folds need; absent = empty or 0. `data` is of kept facts, visits, judgements and whatever says more than
  // stands here: {"type":…, and the fields that are not personal}. `by_unit`, for whom somebody judged, is of
  // judgements; `reason` of suspensions.
  Texts texts;
  std::int64_t priority = 0;
  std::optional<engine::Instant> due;  // of suspensions: until when
  std::uint64_t actor = 0;             // hash of the actor's pseudonym, of judgements
  bool duplicate = false;
  bool assisting = false;  // sent to an assisting unit (协办)
  bool outside = false;    // it left the system
  bool conflict = false;   // conditional on a version that the row did not have
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

}  // namespace projections
