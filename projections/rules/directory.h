#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/state/table.h"
#include "projections/areas/area_tree.h"
#include "projections/cases/case_row.h"
#include "projections/rules/calendar_book.h"
#include "projections/rules/policy_book.h"
#include "projections/rules/rule_row.h"
#include "topics/codec/event.h"

namespace projections {

// The rules in force, as the directory topic has told them so far. Every task keeps its own copy.
//
// Invariants: what is accepted depends on the prefix of the directory topic alone, so all tasks agree.
// Threads:    confined to one thread at a time.
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

  const Area* area(std::string_view id) const { return areas_.area(id); }
  const std::map<std::string, Area, std::less<>>& areas() const { return areas_.living(); }
  const RetiredArea* retired(std::string_view id) const { return areas_.retired(id); }
  // The area that has what is said of area `id` now: the successor of a merged one, through any number of mergers;
  // none for 'unattributed'.
  // A view of `id`, or one that lives until the next apply().
  std::string_view attributed(std::string_view id) const { return areas_.attributed(id); }
  // The area itself and those above it, from the lowest up. An unknown area stands alone. A merged area lies below its
  // successor, one that was split where it was before, and one that was given up alone.
  std::vector<std::string> chain(std::string_view id) const { return areas_.chain(id); }
  // The top of the chain; empty for no area.
  std::string city(std::string_view id) const;
  // Of the area itself and those above it, the living one of that level; empty when there is none. A view that lives
  // until the next apply().
  std::string_view area_of_level(std::string_view area, std::string_view level) const {
    return areas_.area_of_level(area, level);
  }
  // All levels that areas have, ascending by name.
  std::set<std::string> levels() const { return areas_.levels(); }
  // Living areas with no living area above them, ascending.
  std::vector<std::string> tops() const { return areas_.tops(); }
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

  // The policy for a clock that started at `start`, as it stands at `at`: of all policies for this kind that match, the
  // most specific. Of each policy the newest version in force at `at` counts that was in force at `start`, or that
  // rebases. None does once the policy is retired; a version newer than the retirement counts again, for clocks that
  // started after the retirement.
  //
  // The more specific is the one that names a condition, else a category, kind of request, level, area (the closer to
  // the case the better), priority or channel: the first of these in which two differ decides. Of equals that counts
  // which came into force last, then the smallest id.
  //
  // nullptr when none matches. It lives until the next apply(). REQUIRES: start <= at.
  const Policy* policy(ClockKind clock, const CaseTraits& traits, engine::Instant start, engine::Instant at) const {
    return policy(clock, sought(traits), start, at);
  }
  // The same for many clocks of a case.
  const Policy* policy(ClockKind clock, const PolicyBook::Sought& sought, engine::Instant start,
                       engine::Instant at) const {
    return policies_.find(clock, sought, start, at, areas_);
  }
  PolicyBook::Sought sought(const CaseTraits& traits) const { return policies_.sought(traits); }
  bool has_policies(ClockKind clock) const { return policies_.has(clock); }
  // Whether policy() may give one for such traits, at any time: told quickly where it cannot.
  bool may_have_policy(ClockKind clock, const PolicyBook::Sought& sought) const {
    return policies_.may_find(clock, sought);
  }

  // The version of a working calendar in force at `at`; before the first one, the first. nullptr only for an unknown
  // id. It lives until the next apply().
  const CalendarVersion* calendar(std::string_view id, engine::Instant at) const { return calendars_.find(id, at); }

  // Ascending, each once: when a version of a policy that rebases, a retirement of a policy, or a version of a calendar
  // came into force. What runs may have to be reckoned anew then.
  std::span<const engine::Instant> revisions() const { return revisions_; }
  // Those of policies alone: they may bring clocks that were not there. Ascending, each once.
  std::span<const engine::Instant> policy_revisions() const { return policy_revisions_; }

  // Whether somebody in this role may tell such a fact: by the rule that was in force when it was logged. Where there
  // is none, everybody may. Kinds without a fold of their own are not ruled.
  bool permitted(FactKind kind, std::string_view role, engine::Instant logged) const;

  // The level that answers for a category; empty when none is known.
  std::string_view category_level(std::string_view category) const;

  // The time by which a fact is judged: the log time, or the event time when its source is trusted for it and did not
  // date it back too far. See "Which time judges" in projections/README.md.
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
  std::optional<topics::Rejection> refuse_retirement(const topics::Event& event) const;
  void apply_area(const topics::Event& event, Change& change);
  void apply_backfill(const topics::Event& event, Change& change);
  void apply_policy(const topics::Event& event, engine::Instant in_force, Change& change);
  void apply_calendar(const topics::Event& event, engine::Instant in_force, Change& change);
  void store(const std::string& key, RuleRow row);
  void derive(std::string_view key, const RuleRow& row);
  void derive_area(std::string_view id, const RuleRow& row);
  void derive_authority(const RuleRow& row);
  void gather_revisions();

  static constexpr std::size_t kKinds = 256;  // that FactKind can name

  engine::Table<RuleRow, engine::Access::ordered> rules_;
  AreaTree areas_;
  PolicyBook policies_;
  CalendarBook calendars_;
  Categories categories_;
  std::vector<std::pair<engine::Instant, std::int64_t>> transitions_;
  struct Trust {
    bool event_time = false;
    std::int64_t max_backdate_seconds = 0;  // 0 = any
    std::optional<std::bitset<kKinds>> of;  // facts; nothing = all
  };
  std::map<std::uint64_t, Trust> trusted_;
  struct Authority {
    engine::Instant in_force;
    std::vector<std::string> roles;
  };
  std::array<std::vector<Authority>, kKinds> authority_;  // ascending by in_force, no instant twice
  std::set<std::uint64_t> open_backfills_;
  std::vector<engine::Instant> revisions_;
  std::vector<engine::Instant> policy_revisions_;
  bool revised_ = false;  // revisions_ are not what the books say now
  std::int64_t refolds_ = 0;
};

}  // namespace projections
