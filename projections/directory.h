#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/table.h"
#include "projections/case_row.h"
#include "topics/event.h"

namespace projections {

struct Area {
  std::string parent;  // empty = a root
  std::string level;
  std::string name;
};

// Whether `text` can be the id of an area: 1 to 256 bytes, no control characters.
bool is_identifier(std::string_view text);

// How long one clock may run, for the cases that it matches.
struct Policy {
  std::string id;
  ClockKind clock = ClockKind::handle;
  std::string category;       // empty = any
  std::int64_t priority = 0;  // 0 = any
  bool from_sending = false;  // the clock starts when the case is sent, else when it is opened
  std::int64_t limit_seconds = 0;
  std::int64_t warn_seconds = 0;  // before due; 0 = no warning
  engine::Instant valid_from;
};

// One row of the table of rules, in a form that all kinds share.
//
//   u8 format (1) | varint n | n texts | varint n | n signed numbers
struct RuleRow {
  static constexpr std::uint8_t kFormat = 1;
  std::vector<std::string> texts;
  std::vector<std::int64_t> numbers;

  // Nothing and 0 for what a row of an earlier version does not have.
  std::string text(std::size_t i) const { return i < texts.size() ? texts[i] : std::string(); }
  std::int64_t number(std::size_t i) const { return i < numbers.size() ? numbers[i] : 0; }

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// An area that was given up, merged into another, or split. It stays a place in the tree while rows name it.
struct RetiredArea {
  std::vector<std::string> successors;
  std::string parent;  // when it was living
  std::string above;   // its only successor; of an area that was split, its parent; else empty
};

// The rules in force, as the directory topic has told them so far. Every task keeps its own copy.
//
// Invariants: what is accepted depends on the prefix of the directory topic alone, so all tasks agree.
// Threads:    confined to the task's thread.
class Directory {
 public:
  // What an event did, for whoever keeps something per area.
  struct Change {
    std::optional<topics::Rejection> refused;
    std::string area;            // registered, moved or retired
    std::optional<Area> before;  // nothing when it was not known
    bool backfill = false;       // a backfill was opened, closed or abandoned
    bool refold = false;         // rows that are there already may fold to something else now
  };

  explicit Directory(engine::State& state);

  // Builds what is derived from the table. Call once, after the state was loaded.
  void restore();

  // Takes a directory event into the rules, or refuses it and changes nothing.
  Change apply(const topics::Event& event, engine::Instant logged);

  const Area* area(std::string_view id) const;
  const std::map<std::string, Area, std::less<>>& areas() const { return areas_; }
  const RetiredArea* retired(std::string_view id) const;
  // The area that has what is said of area `id` now: the successor of a merged one, through any number of mergers;
  // none for 'unattributed'.
  // A view of `id`, or one that lives until the next apply().
  std::string_view attributed(std::string_view id) const;
  // The area itself and those above it, from the lowest up. An unknown area stands alone. A merged area lies below its
  // successor, one that was split where it was before, and one that was given up alone.
  std::vector<std::string> chain(std::string_view id) const;
  // The top of the chain; empty for no area.
  std::string city(std::string_view id) const;
  // All levels that areas have, ascending by name.
  std::set<std::string> levels() const;
  // Living areas with no living area above them, ascending.
  std::vector<std::string> tops() const;
  // How many changes so far were such that rows may fold to something else.
  std::int64_t refolds() const { return refolds_; }

  // Seconds east of UTC at `time`, in the zone of the city; UTC+8 until a zone is published.
  std::int64_t zone_offset(engine::Instant time) const;
  // The local day (days since 1970-01-01) and month (months since 1970-01) of `time`.
  std::int32_t day(engine::Instant time) const;
  std::int32_t month(engine::Instant time) const;
  // The instant at which the local month begins. Source: the zone's transitions; a month that begins in a fold of local
  // time begins at the earlier instant, one that begins in a gap begins when the gap does.
  engine::Instant month_begin(std::int32_t month) const;

  // The policy for one clock of a case that started at `start`: the most specific that matches and was valid then; of
  // equals the one that became valid last, then the smallest id. nullptr when none does.
  const Policy* policy(ClockKind clock, std::string_view category, std::int64_t priority, engine::Instant start) const;

  // The time by which a fact is judged: the log time, or the event time when its source is trusted for it and did not
  // date it back too far (DOMAIN.md §0 "Which time judges").
  engine::Instant judged(const Fact& fact) const;

  // Whether the source with this hash has a backfill open now.
  bool backfilling(std::uint64_t source) const { return open_backfills_.contains(source); }
  struct Backfill {
    std::string source;
    std::string digest;
    std::string state;  // open, closed, abandoned
    std::int64_t events = 0;
    std::int64_t advanced = 0;
  };
  std::vector<Backfill> backfills();

 private:
  std::optional<topics::Rejection> refuse(const topics::Event& event) const;
  void store(const std::string& key, RuleRow row);
  void derive(std::string_view key, const RuleRow& row);
  std::optional<topics::Rejection> refuse_retirement(const topics::Event& event) const;
  // Why `subject` cannot lie below `above`, a chain from its lowest member up.
  std::optional<std::string> misplaced(std::string_view subject, const std::vector<std::string>& above,
                                       bool living) const;
  const std::string* above(std::string_view id) const;  // nullptr at the top
  // The most areas in a line below `id`, the retired ones among them or not.
  std::size_t below(std::string_view id, bool retired_too) const;

  engine::Table<RuleRow, engine::Access::ordered> rules_;
  std::map<std::string, Area, std::less<>> areas_;
  std::map<std::string, RetiredArea, std::less<>> retired_;
  std::map<std::string, std::set<std::string>, std::less<>> children_;  // of areas_ and retired_, by what lies above
  std::map<std::string, std::vector<Policy>> policies_;                 // by id: the versions, by valid_from
  std::vector<std::pair<engine::Instant, std::int64_t>> transitions_;
  struct Trust {
    bool event_time = false;
    std::int64_t max_backdate_seconds = 0;  // 0 = any
  };
  std::map<std::uint64_t, Trust> trusted_;
  std::set<std::uint64_t> open_backfills_;
  std::int64_t refolds_ = 0;
};

}  // namespace projections
