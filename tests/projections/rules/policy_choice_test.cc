#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "projections/rules/directory.h"
#include "tests/projections/facts.h"
#include "topics/codec/rfc3339.h"

namespace projections_test {
namespace {

using engine::Instant;
using projections::CaseTraits;
using projections::ClockKind;
using projections::Directory;
using std::chrono::minutes;

// What was told of a policy, as the oracle keeps it.
struct Version {
  std::string id;
  Instant in_force;
  bool retired = false;
  bool rebase = false;
  std::string clock;
  std::string category, condition, kind, level, area, channel;
  std::int64_t priority = 0;

  std::string data() const {
    std::string text = fmt::format(R"({{"clock":"{}","limit_seconds":60,"rebase":{})", clock, rebase);
    const auto add = [&](std::string_view field, const std::string& value) {
      if (!value.empty()) text += fmt::format(R"(,"{}":"{}")", field, value);
    };
    add("category", category);
    add("condition", condition);
    add("kind", kind);
    add("level", level);
    add("area", area);
    add("channel", channel);
    if (priority != 0) text += fmt::format(R"(,"priority":{})", priority);
    return text + "}";
  }
};

bool matches(const Directory& rules, const Version& one, const CaseTraits& traits) {
  const auto fits = [](const std::string& wanted, std::string_view given) { return wanted.empty() || wanted == given; };
  const std::vector<std::string> areas = rules.chain(traits.area);
  return fits(one.category, traits.category) && fits(one.condition, traits.condition) && fits(one.kind, traits.kind) &&
         fits(one.level, traits.level) && fits(one.channel, traits.channel) &&
         (one.priority == 0 || one.priority == traits.priority) &&
         (one.area.empty() || std::ranges::find(areas, one.area) != areas.end());
}

auto rank(const Directory& rules, const Version& one, const CaseTraits& traits) {
  const std::vector<std::string> areas = rules.chain(traits.area);
  const auto closeness =
      one.area.empty() ? -1000 : -static_cast<int>(std::ranges::find(areas, one.area) - areas.begin());
  return std::tuple(!one.condition.empty(), !one.category.empty(), !one.kind.empty(), !one.level.empty(), closeness,
                    one.priority != 0, !one.channel.empty(), one.in_force);
}

// Chooses by looking at everything that was ever told.
class Oracle {
 public:
  void tell(const Version& version) {
    std::erase_if(told_,
                  [&](const Version& other) { return other.id == version.id && other.in_force == version.in_force; });
    told_.push_back(version);
  }

  const Version* choose(const Directory& rules, std::string_view clock, const CaseTraits& traits, Instant start,
                        Instant at) const {
    const Version* best = nullptr;
    for (const std::string& id : ids()) {  // ascending: of equals the first stays
      const Version* one = standing(id, start, at);
      if (one == nullptr || one->clock != clock || !matches(rules, *one, traits)) continue;
      if (best == nullptr || rank(rules, *one, traits) > rank(rules, *best, traits)) best = one;
    }
    return best;
  }

  bool has(std::string_view clock) const {
    return std::ranges::any_of(told_, [&](const Version& one) { return !one.retired && one.clock == clock; });
  }

  std::vector<Instant> revisions() const {
    std::set<Instant> all;
    for (const Version& one : told_) {
      if (one.retired || one.rebase) all.insert(one.in_force);
    }
    return {all.begin(), all.end()};
  }

 private:
  std::set<std::string> ids() const {
    std::set<std::string> all;
    for (const Version& one : told_) all.insert(one.id);
    return all;
  }

  const Version* standing(const std::string& id, Instant start, Instant at) const {
    Instant last_retired = engine::kMinInstant;
    for (const Version& one : told_) {
      if (one.id != id || !one.retired || one.in_force > at) continue;
      if (one.in_force > start) return nullptr;
      last_retired = std::max(last_retired, one.in_force);
    }
    const Version* newest = nullptr;
    for (const Version& one : told_) {
      if (one.id != id || one.retired || one.in_force > at || one.in_force < last_retired) continue;
      if (one.in_force > start && !one.rebase) continue;
      if (newest == nullptr || one.in_force > newest->in_force) newest = &one;
    }
    return newest;
  }

  std::vector<Version> told_;
};

template <class... Texts>
std::string one_of(Texts... texts) {
  return *rc::gen::element<std::string>(texts...);
}

Instant some_time() {
  return kRulesTold + minutes(*rc::gen::inRange(0, 12));
}

// `kinds`: each names a kind of request.
Version random_version(bool kinds) {
  Version one{.id = one_of("p1", "p2", "p3", "p4", "p5", "p6"), .in_force = some_time()};
  one.retired = *rc::gen::inRange(0, 6) == 0;
  one.rebase = *rc::gen::inRange(0, 3) == 0;
  one.clock = one_of("handle", "handle", "handle", "sign");
  one.category = one_of("", "", "noise", "gas");
  if (!one.category.empty()) one.condition = one_of("", "", "night", "loud");
  one.kind = kinds ? one_of("help", "complaint", "praise", "question", "alarm", "request")
                   : one_of("", "", "", "help", "complaint");
  one.level = one_of("", "", "", "street", "city");
  one.area = one_of("", "", "", "city", "s1", "s2", "g1");
  one.channel = one_of("", "", "", "app");
  one.priority = std::max(0, *rc::gen::inRange(-3, 3));
  return one;
}

Told told_of(const Version& version) {
  Told told;
  told.time = version.in_force;
  told.type = version.retired ? "policy.retired" : "policy.published";
  told.subject = version.id;
  told.id = "1";
  told.data = version.retired ? "{}" : version.data();
  return told;
}

std::vector<Told> map_of_areas() {
  std::vector<Told> all;
  const auto area = [&](std::string_view type, std::string_view id, std::string data) {
    all.push_back({.time = kRulesTold,
                   .type = std::string(type),
                   .subject = std::string(id),
                   .data = std::move(data),
                   .id = fmt::format("{}", all.size())});
  };
  area("area.registered", "city", R"({"level":"city"})");
  area("area.registered", "s1", R"({"level":"street","parent":"city"})");
  area("area.registered", "s2", R"({"level":"street","parent":"city"})");
  area("area.registered", "g1", R"({"level":"grid","parent":"s1"})");
  area("area.registered", "g2", R"({"level":"grid","parent":"s2"})");
  area("area.retired", "g2", R"({"successors":["g1"]})");
  return all;
}

void expect_same_choice(const Directory& rules, const Oracle& oracle) {
  struct Texts {
    std::string category, condition, kind, channel, area, level;
  };
  const Texts texts{one_of("noise", "gas", "water", ""),
                    one_of("night", "loud", ""),
                    one_of("help", "complaint", "praise", "question", "alarm", "request", ""),
                    one_of("app", "web", ""),
                    one_of("city", "s1", "s2", "g1", "g2", "nowhere", ""),
                    one_of("street", "city", "")};
  const CaseTraits traits{.category = texts.category,
                          .condition = texts.condition,
                          .kind = texts.kind,
                          .channel = texts.channel,
                          .area = texts.area,
                          .level = texts.level,
                          .priority = *rc::gen::inRange(0, 3)};
  const Instant start = some_time();
  const Instant at = start + minutes(*rc::gen::inRange(0, 8));
  for (const std::string clock : {"handle", "sign", "close"}) {
    const ClockKind kind = *projections::find_clock(clock);
    const projections::Policy* found = rules.policy(kind, traits, start, at);
    const Version* wanted = oracle.choose(rules, clock, traits, start, at);
    RC_ASSERT((found == nullptr) == (wanted == nullptr));
    if (found != nullptr) RC_ASSERT(std::tie(found->id, found->in_force) == std::tie(wanted->id, wanted->in_force));
    RC_ASSERT(rules.has_policies(kind) == oracle.has(clock));
  }
}

TEST(PolicyChoice, IsThatOfLookingAtEveryPolicy) {
  EXPECT_TRUE(rc::check("the index, the versions and the order of what is specific", [] {
    RuleBook book(map_of_areas());
    Oracle oracle;
    const bool kinds = *rc::gen::inRange(0, 3) == 0;
    for (int n = *rc::gen::inRange(1, 25); n > 0; --n) {
      const Version version = random_version(kinds);
      if (book.tell(told_of(version))) oracle.tell(version);
    }
    const auto reopened = book.reopened();
    for (const Directory* rules : {&book.rules(), &reopened->rules()}) {
      for (int n = 0; n < 20; ++n) expect_same_choice(*rules, oracle);
      const auto revisions = rules->revisions();
      RC_ASSERT(std::vector(revisions.begin(), revisions.end()) == oracle.revisions());
    }
  }));
}

}  // namespace
}  // namespace projections_test
