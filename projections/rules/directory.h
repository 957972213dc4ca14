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

// The rules in force after the events of the directory topic so far. Every task keeps its own copy.
//
// Invariants: acceptance depends only on the prefix of the directory topic, so all tasks agree.
// Threads:    confined to one thread at a time.
class Directory {
 public:
  // The effects of an event, for callers that keep data per area.
  struct Change {
    std::optional<topics::Rejection> refused;
    std::string area;            // registered, moved or retired
    std::optional<Area> before;  // nothing if it was unknown
    bool backfill = false;       // a backfill was opened, closed or abandoned
    bool refold = false;         // existing rows may fold to another result now
  };

  explicit Directory(engine::State& state);

  // Builds the derived members from the table. Call once, after the state was loaded.
  void restore();

  // Applies a directory event to the rules, or refuses it and changes nothing.
  Change apply(const topics::Event& event, engine::Instant logged);

  const Area* area(std::string_view id) const { return areas_.area(id); }
  const std::map<std::string, Area, std::less<>>& areas() const { return areas_.living(); }
  const RetiredArea* retired(std::string_view id) const { return areas_.retired(id); }
  // The area to which area `id` is attributed now: the successor of a merged one, through any number of mergers; none
  // for 'unattributed'. A view of `id`, or one that lives until the next apply().
  std::string_view attributed(std::string_view id) const { return areas_.attributed(id); }
  // The area itself and its ancestors, from the lowest up. A merged area lies below its successor, a split area where
  // it was before. An unknown or an abolished area has no ancestors.
  std::vector<std::string> chain(std::string_view id) const { return areas_.chain(id); }
  // The top of the chain; empty for no area.
  std::string city(std::string_view id) const;
  // The living area of that level in the chain of `area`; empty if there is none. A view that lives until the next
  // apply().
  std::string_view area_of_level(std::string_view area, std::string_view level) const {
    return areas_.area_of_level(area, level);
  }
  // All levels of areas, ascending by name.
  std::set<std::string> levels() const { return areas_.levels(); }
  // Living areas with no living area above them, ascending.
  std::vector<std::string> tops() const { return areas_.tops(); }
  // The number of changes so far after which rows may fold to another result.
  std::int64_t refolds() const { return refolds_; }

  // Seconds east of UTC at `time`, in the zone of the city; UTC+8 until a zone is published.
  std::int64_t zone_offset(engine::Instant time) const;
  // The local day (days since 1970-01-01) and month (months since 1970-01) of `time`.
  std::int32_t day(engine::Instant time) const;
  std::int32_t month(engine::Instant time) const;
  // The instant at which the local month begins. Source: the zone's transitions. A month that begins in a repeated
  // local hour begins at the earlier instant; one that begins in a skipped hour begins at the transition.
  engine::Instant month_begin(std::int32_t month) const;

  // The policy for a clock that started at `start`, as seen at `at`: the most specific among the matching policies for
  // this kind. Each policy counts with its newest version in force at `at` that was in force at `start`, or that
  // rebases. A retired policy has none; a version newer than the retirement counts again, for clocks that started
  // after the retirement.
  //
  // Two policies are compared by condition, category, kind of request, level, area, priority and channel. The first
  // member in which they differ decides: the policy that names it is more specific, and of two areas the one closer to
  // the case. Among equals the policy that came into force last counts, then the smallest id.
  //
  // nullptr if none matches. It lives until the next apply(). REQUIRES: start <= at.
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
  // Whether policy() may return one for these traits, at any time. A fast negative answer.
  bool may_have_policy(ClockKind clock, const PolicyBook::Sought& sought) const {
    return policies_.may_find(clock, sought);
  }

  // The version of a working calendar in force at `at`; before the first one, the first. nullptr only for an unknown
  // id. It lives until the next apply().
  const CalendarVersion* calendar(std::string_view id, engine::Instant at) const { return calendars_.find(id, at); }

  // The instants at which a rebasing version of a policy, a retirement of a policy, or a version of a calendar came
  // into force; ascending, each once. Running clocks may have to be recomputed then.
  std::span<const engine::Instant> revisions() const { return revisions_; }
  // Those of policies only: they may create clocks. Ascending, each once.
  std::span<const engine::Instant> policy_revisions() const { return policy_revisions_; }

  // Whether this role may report such a fact, by the rule that was in force when it was logged. Without a rule every
  // role may. Kinds without a fold of their own are not restricted.
  bool permitted(FactKind kind, std::string_view role, engine::Instant logged) const;

  // The level responsible for a category; empty if none is known.
  std::string_view category_level(std::string_view category) const;

  // The time by which a fact is judged: the log time; the event time if its source is trusted for it and did not date
  // it back by more than the source's bound. See "Which time judges" in projections/README.md.
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

  static constexpr std::size_t kKinds = 256;  // values of FactKind

  engine::Table<RuleRow, engine::Access::ordered> rules_;
  AreaTree areas_;
  PolicyBook policies_;
  CalendarBook calendars_;
  Categories categories_;
  std::vector<std::pair<engine::Instant, std::int64_t>> transitions_;
  struct Trust {
    bool event_time = false;
    std::int64_t max_backdate_seconds = 0;  // 0 = any
    std::optional<std::bitset<kKinds>> of;  // kinds of facts; nothing = all
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
  bool revised_ = false;  // revisions_ are out of date
  std::int64_t refolds_ = 0;
};

}  // namespace projections
