#include "projections/rules/policy_book.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "engine/hash.h"
#include "engine/result.h"

namespace projections {
namespace {

using engine::Instant;

constexpr std::int64_t kNone = -1;  // of a number that may be absent
constexpr std::size_t kFirstRung = 9;
constexpr std::size_t kFirstRungNumber = 18;

std::optional<std::int64_t> present(std::int64_t number) {
  if (number == kNone) return std::nullopt;
  return number;
}

}  // namespace

// texts    id, version, category, condition, kind, channel, area, level, calendar; then level and role of each
//          escalation
// numbers  in force (ms), 1, clock, priority, start, budget: count, unit; count_from, end_of_day, work_day (ms or -1),
//          rebase, max_extensions or -1, extension_approvals, max_suspensions or -1, max_suspension_days or -1,
//          suspension_approvals; how many warnings and escalations follow; of each warning percent, count, unit; of
//          each escalation after_previous, count, unit
RuleRow PolicyBook::row(const Policy& policy) {
  RuleRow row;
  row.texts = {policy.id,      policy.version, policy.category, policy.condition, policy.kind,
               policy.channel, policy.area,    policy.level,    policy.calendar};
  row.numbers = {engine::to_ms(policy.in_force),
                 1,
                 static_cast<std::int64_t>(policy.clock),
                 policy.priority,
                 static_cast<std::int64_t>(policy.start),
                 policy.budget.count,
                 static_cast<std::int64_t>(policy.budget.unit),
                 static_cast<std::int64_t>(policy.rules.count_from),
                 policy.rules.end_of_day ? 1 : 0,
                 policy.rules.work_day ? policy.rules.work_day->count() : kNone,
                 policy.rebase ? 1 : 0,
                 policy.max_extensions.value_or(kNone),
                 policy.extension_approvals,
                 policy.max_suspensions.value_or(kNone),
                 policy.max_suspension_days.value_or(kNone),
                 policy.suspension_approvals,
                 static_cast<std::int64_t>(policy.warn.size()),
                 static_cast<std::int64_t>(policy.escalate.size())};
  const auto add = [&](std::int64_t first, const Grant& grant) {
    row.numbers.insert(row.numbers.end(), {first, grant.count, static_cast<std::int64_t>(grant.unit)});
  };
  for (const WarnRung& rung : policy.warn) add(rung.percent, rung.before);
  for (const EscalationRung& rung : policy.escalate) {
    add(rung.after_previous ? 1 : 0, rung.after);
    row.texts.insert(row.texts.end(), {rung.level, rung.role});
  }
  return row;
}

// texts    id
// numbers  in force (ms), 0
RuleRow PolicyBook::retirement(std::string_view id, Instant in_force) {
  return {{std::string(id)}, {engine::to_ms(in_force), 0}};
}

namespace {

Policy policy_of(const RuleRow& row) {
  Policy policy{.id = row.text(0), .version = row.text(1), .in_force = engine::instant(row.number(0))};
  policy.clock = static_cast<ClockKind>(row.number(2));
  policy.category = row.text(2);
  policy.condition = row.text(3);
  policy.kind = row.text(4);
  policy.channel = row.text(5);
  policy.area = row.text(6);
  policy.level = row.text(7);
  policy.calendar = row.text(8);
  policy.priority = row.number(3);
  policy.start = static_cast<ClockStart>(row.number(4));
  policy.budget = {row.number(5), static_cast<TimeUnit>(row.number(6))};
  policy.rules.count_from = static_cast<CountFrom>(row.number(7));
  policy.rules.end_of_day = row.number(8) != 0;
  if (const auto day = present(row.number(9))) policy.rules.work_day = engine::Milliseconds(*day);
  policy.rebase = row.number(10) != 0;
  policy.max_extensions = present(row.number(11));
  policy.extension_approvals = row.number(12);
  policy.max_suspensions = present(row.number(13));
  policy.max_suspension_days = present(row.number(14));
  policy.suspension_approvals = row.number(15);
  std::size_t at = kFirstRungNumber;
  const auto grant = [&] { return Grant{row.number(at + 1), static_cast<TimeUnit>(row.number(at + 2))}; };
  for (std::int64_t n = row.number(16); n > 0; --n, at += 3) policy.warn.push_back({row.number(at), grant()});
  std::size_t text = kFirstRung;
  for (std::int64_t n = row.number(17); n > 0; --n, at += 3, text += 2) {
    policy.escalate.push_back(
        {.after = grant(), .after_previous = row.number(at) != 0, .level = row.text(text), .role = row.text(text + 1)});
  }
  auto limit = Limit::make({&policy.budget, 1}, policy.rules);
  CHECK(limit);  // else it was refused
  policy.limit = *limit;
  return policy;
}

}  // namespace

bool PolicyBook::put(const RuleRow& row) {
  Line& line = lines_[row.text(0)];
  leave(line);
  const Instant in_force = engine::instant(row.number(0));
  Entry entry{.in_force = in_force, .policy = {}};
  if (row.number(1) != 0) entry.policy = policy_of(row);
  bool revised = entry.revises();
  auto at = std::ranges::lower_bound(line, in_force, {}, &Entry::in_force);
  if (at != line.end() && at->in_force == in_force) {
    revised = revised || at->revises();
    *at = std::move(entry);
  } else {
    line.insert(at, std::move(entry));
  }
  enter(line);
  if (const auto change = std::ranges::lower_bound(changes_, in_force); change == changes_.end() || *change != in_force)
    changes_.insert(change, in_force);
  found_.clear();
  return revised;
}

namespace {

// How specific a policy is, greater is more: bits 13 condition, 12 category, 11 kind, 10 level, 2 to 9 how close the
// area is, 1 priority, 0 channel.
constexpr unsigned kConditionBit = 13;
constexpr unsigned kCategoryBit = 12;
constexpr unsigned kKindBit = 11;
constexpr unsigned kLevelBit = 10;
constexpr unsigned kAreaBit = 2;
constexpr unsigned kPriorityBit = 1;
constexpr unsigned kChannelBit = 0;
constexpr std::uint32_t kClosest = 255;

// For a case in the very area that it names.
std::uint32_t most_weight(const Policy& policy) {
  const auto bit = [](bool told, unsigned at) { return told ? 1u << at : 0u; };
  return bit(!policy.condition.empty(), kConditionBit) | bit(!policy.category.empty(), kCategoryBit) |
         bit(!policy.kind.empty(), kKindBit) | bit(!policy.level.empty(), kLevelBit) |
         (policy.area.empty() ? 0u : kClosest << kAreaBit) | bit(policy.priority != 0, kPriorityBit) |
         bit(!policy.channel.empty(), kChannelBit);
}

// Traits in the order of CaseTraits; the priority comes last.
constexpr std::size_t kTextTraits = 6;
constexpr std::size_t kAreaTrait = 4;

template <class Traits>  // of a case, or those that a policy names
std::array<std::string_view, kTextTraits> texts_of(const Traits& traits) {
  return {traits.category, traits.condition, traits.kind, traits.channel, traits.area, traits.level};
}

engine::Hash128 hash_of_priority(std::int64_t priority) {
  return {0, static_cast<std::uint64_t>(priority)};
}

unsigned long named_by(const Policy& policy) {
  unsigned long named = 0;
  const auto texts = texts_of(policy);
  for (std::size_t i = 0; i < kTextTraits; ++i) named |= static_cast<unsigned long>(!texts[i].empty()) << i;
  return named | static_cast<unsigned long>(policy.priority != 0) << kTextTraits;
}

}  // namespace

PolicyBook::Candidates& PolicyBook::candidates(const Policy& policy) {
  return index_[static_cast<std::size_t>(policy.clock)][{policy.category, policy.condition}];
}

void PolicyBook::enter(const Line& line) {
  for (const Entry& entry : line) {
    if (!entry.policy) continue;
    const std::size_t clock = static_cast<std::size_t>(entry.policy->clock);
    ++versions_[clock];
    asked_[clock].reset();
    named_[clock] |= named_by(*entry.policy);
    named_by_any_ |= named_[clock];
    Candidates& all = candidates(*entry.policy);
    std::uint32_t most = most_weight(*entry.policy);
    if (const auto known = std::ranges::find(all, &line, &Candidate::line); known != all.end()) {
      most = std::max(most, known->most);
      all.erase(known);
    }
    all.insert(std::ranges::lower_bound(all, most, std::greater(), &Candidate::most), {most, &line});
  }
}

void PolicyBook::leave(const Line& line) {
  for (const Entry& entry : line) {
    if (!entry.policy) continue;
    --versions_[static_cast<std::size_t>(entry.policy->clock)];
    asked_[static_cast<std::size_t>(entry.policy->clock)].reset();
    std::erase_if(candidates(*entry.policy), [&](const Candidate& candidate) { return candidate.line == &line; });
  }
}

void PolicyBook::revisions(std::vector<Instant>& into) const {
  for (const auto& [id, line] : lines_) {
    for (const Entry& entry : line) {
      if (entry.revises()) into.push_back(entry.in_force);
    }
  }
}

// A retirement after `start` ended the clock, whatever came later; one before it leaves what came after the retirement.
const Policy* PolicyBook::standing(const Line& line, Instant start, Instant at) {
  const Policy* found = nullptr;
  auto entry = std::ranges::upper_bound(line, at, {}, &Entry::in_force);
  while (entry != line.begin()) {
    --entry;
    if (!entry->policy) return entry->in_force > start ? nullptr : found;
    const bool counts = entry->in_force <= start || entry->policy->rebase;
    if (found == nullptr && counts) found = &*entry->policy;
    if (entry->in_force <= start) break;
  }
  return found;
}

namespace {

// The chain of one area, walked when it is asked for first.
class LazyChain {
 public:
  LazyChain(const AreaTree& areas, std::string_view area) : areas_(areas), area_(area) {}

  // How many steps `above` lies above the area; nothing when it does not.
  std::optional<std::size_t> steps_to(std::string_view above) {
    if (!chain_) {
      chain_.emplace();
      size_ = areas_.chain(area_, *chain_);
    }
    const auto end = chain_->begin() + static_cast<std::ptrdiff_t>(size_);
    const auto found = std::find(chain_->begin(), end, above);
    if (found == end) return std::nullopt;
    return static_cast<std::size_t>(found - chain_->begin());
  }

 private:
  const AreaTree& areas_;
  std::string_view area_;
  std::optional<std::array<std::string_view, AreaTree::kMaxChain + 1>> chain_;
  std::size_t size_ = 0;
};

// Of a policy for a case that has its category and condition; nothing when it does not match.
std::optional<std::uint32_t> weight(const Policy& policy, const CaseTraits& traits, LazyChain& chain) {
  const auto matches = [](const std::string& wanted, std::string_view given) {
    return wanted.empty() || wanted == given;
  };
  if (!matches(policy.kind, traits.kind) || !matches(policy.level, traits.level) ||
      !matches(policy.channel, traits.channel) || (policy.priority != 0 && policy.priority != traits.priority)) {
    return std::nullopt;
  }
  const std::uint32_t most = most_weight(policy);
  if (policy.area.empty()) return most;
  const auto steps = chain.steps_to(policy.area);
  if (!steps) return std::nullopt;
  return most - (static_cast<std::uint32_t>(*steps) << kAreaBit);
}

}  // namespace

std::size_t PolicyBook::changes_until(Instant at) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(changes_, at) - changes_.begin());
}

PolicyBook::Sought PolicyBook::sought(const CaseTraits& traits) const {
  static_assert(kTextTraits + 1 == kTraits);
  Sought sought;
  sought.traits_ = &traits;
  const auto texts = texts_of(traits);
  for (std::size_t i = 0; i < kTextTraits; ++i) {
    if (named_by_any_[i]) sought.hashes_[i] = engine::hash128(texts[i]);
  }
  sought.hashes_[kTextTraits] = hash_of_priority(traits.priority);
  return sought;
}

const PolicyBook::Asked& PolicyBook::asked(ClockKind clock) const {
  std::optional<Asked>& known = asked_[static_cast<std::size_t>(clock)];
  if (known) return *known;
  Asked asked;
  asked.traits.set();
  asked.traits.reset(kAreaTrait);  // a case lies in many areas
  for (const auto& [id, line] : lines_) {
    if (asked.traits.none()) break;
    for (const Entry& entry : line) {
      if (!entry.policy || entry.policy->clock != clock) continue;
      asked.traits &= named_by(*entry.policy);
      const auto texts = texts_of(*entry.policy);
      for (std::size_t i = 0; i <= kTextTraits; ++i) {
        if (!asked.traits[i]) continue;
        auto& values = asked.values[i];
        const auto hash = i < kTextTraits ? engine::hash128(texts[i]) : hash_of_priority(entry.policy->priority);
        if (std::ranges::find(values, hash) == values.end()) values.push_back(hash);
        if (values.size() > kFewValues) asked.traits.reset(i);
      }
    }
  }
  return known.emplace(std::move(asked));
}

bool PolicyBook::may_find(ClockKind clock, const Sought& sought) const {
  if (!has(clock)) return false;
  const Asked& asked = this->asked(clock);
  for (auto traits = asked.traits.to_ulong(); traits != 0; traits &= traits - 1) {
    const auto trait = static_cast<std::size_t>(std::countr_zero(traits));
    const auto& values = asked.values[trait];
    if (std::ranges::find(values, sought.hashes_[trait]) == values.end()) return false;
  }
  return true;
}

// Time counts only by which changes it follows, so that cases of a kind get what the last of them got; traits that no
// policy of the clock names are left out.
engine::Hash128 PolicyBook::place(ClockKind clock, const Sought& sought, Instant start, Instant at) const {
  engine::Hash128 place{changes_until(start) << 8 | static_cast<std::uint64_t>(clock), changes_until(at)};
  for (auto named = named_[static_cast<std::size_t>(clock)].to_ulong(); named != 0; named &= named - 1) {
    place = engine::hash_of(place, sought.hashes_[static_cast<std::size_t>(std::countr_zero(named))]);
  }
  return engine::hash_of(place, {});
}

const Policy* PolicyBook::find(ClockKind clock, const Sought& sought, Instant start, Instant at,
                               const AreaTree& areas) const {
  if (!may_find(clock, sought)) return nullptr;
  const engine::Hash128 wanted = place(clock, sought, start, at);
  if (found_.empty()) found_.resize(kFound);
  Found& found = found_[wanted.low % kFound];
  if (!found.known || found.place != wanted) found = {wanted, search(clock, sought.traits(), start, at, areas), true};
  return found.policy;
}

// From what names most to what names least, so that it ends where nothing better can come.
const Policy* PolicyBook::search(ClockKind clock, const CaseTraits& traits, Instant start, Instant at,
                                 const AreaTree& areas) const {
  const Policy* best = nullptr;
  std::uint32_t best_weight = 0;
  LazyChain chain(areas, traits.area);
  const Index& index = index_[static_cast<std::size_t>(clock)];
  const auto consider = [&](std::string_view category, std::string_view condition) {
    const auto found = index.find(KeyView(category, condition));
    if (found == index.end()) return;
    for (const auto& [most, line] : found->second) {
      if (best != nullptr && most < best_weight) return;
      const Policy* policy = standing(*line, start, at);
      if (policy == nullptr || policy->clock != clock) continue;
      // Another version stands among the candidates of its own key.
      if (policy->category != category || policy->condition != condition) continue;
      const auto fit = weight(*policy, traits, chain);
      if (!fit || (best != nullptr && *fit < best_weight)) continue;
      const bool better = best == nullptr || *fit > best_weight || policy->in_force > best->in_force ||
                          (policy->in_force == best->in_force && policy->id < best->id);
      if (!better) continue;
      best = policy;
      best_weight = *fit;
    }
  };
  if (!traits.condition.empty()) consider(traits.category, traits.condition);
  if (best == nullptr && !traits.category.empty()) consider(traits.category, "");
  if (best == nullptr) consider("", "");
  return best;
}

}  // namespace projections
