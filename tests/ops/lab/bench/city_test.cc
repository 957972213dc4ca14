// The rules of the benchmarks' city: that the stages take them, and what they say.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/state/memory_store.h"
#include "engine/state/state.h"
#include "ops/lab/bench/catalogue.h"
#include "ops/lab/bench/city.h"
#include "ops/lab/bench/events.h"
#include "ops/lab/bench/generated_events.h"
#include "projections/rules/directory.h"
#include "topics/codec/event.h"

namespace bench_test {
namespace {

using ops::bench::City;
using ops::bench::Policies;
using projections::ClockKind;
using topics::Event;

constexpr engine::Instant kBegin = ops::bench::GeneratedEvents::kBegin;

// The rules of a city, as the stages have them.
class Rules {
 public:
  explicit Rules(Policies policies) {
    std::vector<engine::Outgoing> published;
    City city("directory", kBegin, policies);
    city.publish(published);
    EXPECT_TRUE(city.add_grid("370811090003", published));
    topics::Decoder decoder;
    Event event;
    for (const engine::Outgoing& record : published) {
      const auto decoded = decoder.decode(record.value, kBegin, event);
      EXPECT_TRUE(decoded) << decoded.error().detail;
      EXPECT_EQ(event.extra_fields(), 0u) << record.value;
      ++events_[std::string(event.type_name())];
      const auto change = directory_.apply(event, kBegin);
      EXPECT_FALSE(change.refused) << change.refused->detail << " " << record.value;
    }
  }

  int events(const std::string& type) { return events_[type]; }
  const projections::Directory& directory() const { return directory_; }
  std::string limit(ClockKind clock, const projections::CaseTraits& traits) const {
    const projections::Policy* policy = directory_.policy(clock, traits, kBegin, kBegin);
    return policy != nullptr ? projections::text(policy->budget) : "";
  }

 private:
  engine::MemoryStore store_{std::make_shared<engine::MemoryStore::Contents>()};
  engine::State state_{store_};
  projections::Directory directory_{state_};
  std::map<std::string, int> events_;
};

TEST(Catalogue, HasTheLimitsOfARealOne) {
  std::map<std::string, int> units;
  std::set<std::pair<std::string, std::string>> conditions;
  std::map<std::string, std::set<std::string_view>> limits;
  for (std::size_t i = 0; i < ops::bench::kConditions; ++i) {
    const auto condition = ops::bench::filing_condition(i);
    ++units[std::string(condition.limit.substr(condition.limit.find(' ') + 1))];
    conditions.emplace(condition.category, condition.condition);
    limits[condition.category].insert(condition.limit);
  }
  EXPECT_EQ(units, (std::map<std::string, int>{
                       {"work_day", 412}, {"work_hour", 61}, {"urgent_hour", 42}, {"natural_day", 4}}));
  EXPECT_EQ(conditions.size(), ops::bench::kConditions);
  EXPECT_EQ(limits.size(), ops::bench::kClasses);
  EXPECT_GT(std::ranges::count_if(limits, [](const auto& of) { return of.second.size() > 1; }), 120);
  for (const std::string_view category : ops::bench::kCategories) {
    for (std::uint64_t number = 0; number < 4; ++number) {
      const std::string condition(ops::bench::condition_of_case(number));
      EXPECT_TRUE(condition.empty() || conditions.contains({std::string(category), condition})) << category;
    }
  }
}

TEST(City, WithPlainPoliciesSaysWhatTheEventsCount) {
  Rules rules(Policies::plain);
  EXPECT_EQ(rules.events("policy.published"), 6);
  EXPECT_EQ(rules.limit(ClockKind::sign, {.priority = 2}), "1800 second");
  EXPECT_EQ(rules.limit(ClockKind::handle, {.priority = 3}), "259200 second");
  EXPECT_FALSE(rules.directory().has_policies(ClockKind::close));
}

TEST(City, WithFullPoliciesHasAMunicipalCatalogue) {
  Rules rules(Policies::full);
  EXPECT_EQ(rules.events("calendar.published"), 1);
  EXPECT_EQ(rules.events("category.registered"), 190);
  EXPECT_EQ(rules.events("policy.published"), 18 + 519);
  for (std::size_t i = 0; i < ops::bench::kConditions; ++i) {
    const auto condition = ops::bench::filing_condition(i);
    EXPECT_EQ(rules.limit(ClockKind::handle,
                          {.category = condition.category, .condition = condition.condition, .priority = 2}),
              condition.limit);
  }
  EXPECT_EQ(rules.limit(ClockKind::handle, {.category = "noise", .priority = 2}), "2 work_day");
  EXPECT_EQ(rules.limit(ClockKind::sign, {.category = "noise", .channel = "hotline", .priority = 3}), "3 work_hour");
  EXPECT_EQ(rules.limit(ClockKind::close, {.channel = "hotline", .priority = 1}), "") << "nothing would stop it";
  EXPECT_EQ(rules.limit(ClockKind::close, {.channel = "app", .priority = 1}), "2 work_day");
  EXPECT_TRUE(rules.directory()
                  .calendar("cn", kBegin)
                  ->calendar.named(std::chrono::local_days(std::chrono::year(2026) / 10 / 1)));
}

TEST(City, CanHaveClocksThatNothingStops) {
  EXPECT_EQ(Rules(Policies::unanswered).limit(ClockKind::close, {.channel = "hotline", .priority = 1}), "2 work_day");
}

}  // namespace
}  // namespace bench_test
