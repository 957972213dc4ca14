#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/hash.h"
#include "projections/areas/area_tree.h"
#include "projections/rules/policy.h"
#include "projections/rules/rule_row.h"

namespace projections {

// All versions of all policies, and the choice of the one that counts for a case.
//
// Threads:   confined to one thread at a time.
// Ownership: a returned policy lives until the next put().
class PolicyBook {
  static constexpr std::size_t kTraits = 7;  // of a case, in the order of CaseTraits

 public:
  // The rows of a version and of a retirement; put() reads both.
  static RuleRow row(const Policy& policy);
  static RuleRow retirement(std::string_view id, engine::Instant in_force);

  // Adds a version or a retirement; it replaces an earlier one of the same instant. Returns whether revisions() has
  // changed.
  bool put(const RuleRow& row);

  bool known(std::string_view id) const { return lines_.contains(id); }
  bool has(ClockKind clock) const { return versions_[static_cast<std::size_t>(clock)] > 0; }

  // The traits of a lookup, hashed once for all clocks of a case. Valid while the traits live, until the next put().
  class Sought {
   public:
    const CaseTraits& traits() const { return *traits_; }

   private:
    friend class PolicyBook;
    const CaseTraits* traits_ = nullptr;
    std::array<engine::Hash128, kTraits> hashes_{};  // of those that a policy names
  };
  Sought sought(const CaseTraits& traits) const;

  // Whether find() may return a policy for these traits, at any time and in any area. It checks only the traits that
  // all policies of the clock require, so that a clock that few cases have costs the others little.
  bool may_find(ClockKind clock, const Sought& sought) const;

  // See Directory::policy(). REQUIRES: forget_areas() since `areas` changed.
  const Policy* find(ClockKind clock, const Sought& sought, engine::Instant start, engine::Instant at,
                     const AreaTree& areas) const;
  void forget_areas() { found_.clear(); }

  // Appends the instants at which running clocks may get another policy; in no order.
  void revisions(std::vector<engine::Instant>& into) const;

 private:
  struct Entry {
    engine::Instant in_force;
    std::optional<Policy> policy;  // nothing: it is retired
    bool revises() const { return !policy || policy->rebase; }
  };
  // The history of one policy, ascending by in_force, no instant twice.
  using Line = std::vector<Entry>;

  // A policy with versions for a clock, category and condition, and the highest weight of these versions.
  struct Candidate {
    std::uint32_t most;
    const Line* line;
  };
  using Candidates = std::vector<Candidate>;  // descending by most, no line twice
  using Key = std::pair<std::string, std::string>;
  using KeyView = std::pair<std::string_view, std::string_view>;  // category and condition; empty: any
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const {
      const std::hash<std::string_view> hash;
      return hash(key.first) * 31 + hash(key.second);
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const KeyView& a, const KeyView& b) const { return a == b; }
  };
  using Index = std::unordered_map<Key, Candidates, Hash, Equal>;

  // The last result for some traits between two changes of the policies.
  struct Found {
    engine::Hash128 place;
    const Policy* policy = nullptr;
    bool known = false;
  };
  static constexpr std::size_t kFound = 1024;

  // The requirements that all policies of a clock share, in any version: for some traits one of a few values, by hash.
  struct Asked {
    std::bitset<kTraits> traits;
    std::array<std::vector<engine::Hash128>, kTraits> values;
  };
  static constexpr std::size_t kFewValues = 4;

  const Policy* search(ClockKind clock, const CaseTraits& traits, engine::Instant start, engine::Instant at,
                       const AreaTree& areas) const;
  const Asked& asked(ClockKind clock) const;
  engine::Hash128 place(ClockKind clock, const Sought& sought, engine::Instant start, engine::Instant at) const;
  std::size_t changes_until(engine::Instant at) const;
  static const Policy* standing(const Line& line, engine::Instant start, engine::Instant at);
  Candidates& candidates(const Policy& policy);
  void enter(const Line& line);
  void leave(const Line& line);

  std::map<std::string, Line, std::less<>> lines_;  // by the policy's id
  std::array<Index, kClockKinds> index_;
  std::array<std::size_t, kClockKinds> versions_{};
  std::array<std::bitset<kTraits>, kClockKinds> named_{};  // traits, also by replaced policies
  std::bitset<kTraits> named_by_any_;
  std::vector<engine::Instant> changes_;  // ascending, each once: when versions and retirements came into force
  mutable std::vector<Found> found_;      // by the hash of the query; empty or of size kFound
  mutable std::array<std::optional<Asked>, kClockKinds> asked_;  // built on first use
};

}  // namespace projections
