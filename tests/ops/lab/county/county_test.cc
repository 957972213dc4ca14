#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "engine/hash.h"
#include "ops/lab/county/calendar.h"
#include "ops/lab/county/county.h"
#include "tests/ops/lab/county/case_order.h"
#include "topics/codec/event.h"
#include "topics/codec/rfc3339.h"

namespace simulate_test {
namespace {

using ops::simulate::County;
using ops::simulate::CountyEvent;
using ops::simulate::CountyOptions;
using ops::simulate::CountyPolicies;
using ops::simulate::is_possible;
using topics::Family;
using topics::Type;

engine::Instant day(std::string_view date) {
  return *topics::parse_rfc3339(fmt::format("{}T00:00:00+08:00", date));
}

CountyOptions village(std::uint64_t seed = 1) {
  return {.seed = seed, .grids = 12, .days = 6, .from = day("2026-01-12"), .devices = 20};
}

CountyOptions working_village(std::uint64_t seed = 1) {
  CountyOptions options = village(seed);
  options.policies = CountyPolicies::working;
  return options;
}

std::string digest(const CountyOptions& options) {
  County county(options);
  engine::Hasher hasher;
  while (const CountyEvent* event = county.next()) hasher.add(event->value);
  return engine::to_hex(hasher.value());
}

std::vector<CountyEvent> all_of(const CountyOptions& options) {
  County county(options);
  std::vector<CountyEvent> all;
  while (const CountyEvent* event = county.next()) all.push_back(*event);
  return all;
}

topics::Event decoded(const CountyEvent& event) {
  topics::Event out;
  topics::Decoder decoder;
  const auto result = decoder.decode(event.value, event.logged, out);
  if (!result) ADD_FAILURE() << topics::code(result.error().reason) << ": " << event.value;
  return out;
}

// Events of cases, the alarms' and the workers' left out.
bool is_case(std::string_view subject) {
  return subject.starts_with("YZ-");
}

TEST(County, IsTheSameToTheByteOnEveryMachine) {
  EXPECT_EQ(digest(village()), "7645340a21fec4de17d86e51aced0a92")
      << "when it was meant to change, put the new digest here";
}

// Many readings are told by a second thread.
TEST(County, IsTheSameToTheByteWithManyReadings) {
  CountyOptions options = village();
  options.sensor_interval_seconds = 60;
  EXPECT_EQ(digest(options), "365bf5ee7aa6c2c64e12c21eab8c4ff9")
      << "when it was meant to change, put the new digest here";
}

TEST(County, CanBeLeftAtAnyTime) {
  CountyOptions options = village();
  options.sensor_interval_seconds = 60;
  for (const int events : {0, 1, 5'000}) {
    County county(options);
    for (int i = 0; i < events; ++i) ASSERT_NE(county.next(), nullptr);
  }
}

TEST(County, DiffersWithTheSeed) {
  EXPECT_EQ(digest(village(2)), digest(village(2)));
  EXPECT_NE(digest(village(2)), digest(village(3)));
}

TEST(County, OfFewerDaysIsTheBeginningOfOneOfMore) {
  CountyOptions longer = village();
  longer.days = 9;
  const auto some = all_of(village());
  const auto more = all_of(longer);
  ASSERT_GT(more.size(), some.size());
  for (std::size_t i = 0; i < some.size(); ++i) ASSERT_EQ(some[i].value, more[i].value);
}

TEST(County, TellsWhatEveryDecoderTakes) {
  for (const CountyOptions& options : {village(), working_village()}) {
    for (const CountyEvent& event : all_of(options)) {
      const topics::Event read = decoded(event);
      ASSERT_NE(read.spec(), nullptr) << event.value;
      EXPECT_EQ(read.spec()->type, event.type);
      EXPECT_EQ(read.spec()->family, event.family);
      EXPECT_EQ(read.subject(), event.subject);
      EXPECT_EQ(read.time(), event.happened);
      EXPECT_EQ(read.extra_fields(), 0u) << event.value;
    }
  }
}

TEST(County, IsLoggedInOrderAndWithinItsDays) {
  const CountyOptions options = village();
  engine::Instant last = engine::kMinInstant;
  for (const CountyEvent& event : all_of(options)) {
    EXPECT_GE(event.logged, last);
    last = event.logged;
    EXPECT_LT(event.logged, options.end());
    EXPECT_LE(event.happened, event.logged + std::chrono::minutes(1)) << event.value;
  }
}

TEST(County, HasEventsOfEveryKindThatACaseCanHave) {
  County county({.grids = 349, .days = 60, .from = day("2026-01-01"), .devices = 200});
  while (county.next() != nullptr) {
  }
  // Rules that only administrators of a real place need, and those who leave.
  const std::set<Type> without = {Type::worker_retired,     Type::household_retired, Type::device_retired,
                                  Type::area_retired,       Type::unit_retired,      Type::setting_changed,
                                  Type::backfill_opened,    Type::backfill_advanced, Type::backfill_closed,
                                  Type::backfill_abandoned, Type::period_frozen,     Type::period_corrected};
  // Who may judge is said where working time counts.
  County working({.grids = 12, .days = 20, .devices = 0, .policies = CountyPolicies::working});
  while (working.next() != nullptr) {
  }
  for (const topics::TypeSpec& spec : topics::catalogue()) {
    const auto number = static_cast<std::size_t>(spec.type);
    const bool told = county.summary().by_type[number] + working.summary().by_type[number] > 0;
    EXPECT_EQ(told, !without.contains(spec.type)) << spec.name;
  }
}

// Of each case, as far as all that comes before was told.
void expect_legal_order(const CountyOptions& options) {
  const auto events = all_of(options);
  std::map<std::string, std::map<std::int64_t, const CountyEvent*>> cases;  // by number in the case
  for (const CountyEvent& event : events) {
    if (event.repeated || !is_case(event.subject)) continue;
    const std::string id(decoded(event).id());
    cases[event.subject][std::stoll(id.substr(id.rfind('/') + 1))] = &event;
  }
  std::size_t whole = 0;
  for (const auto& [subject, told] : cases) {
    // What was to be logged after the end is missing; only what comes before it can be judged.
    CaseOrder order;
    std::int64_t expected = 1;
    for (const auto& [number, event] : told) {
      if (number != expected) break;
      EXPECT_EQ(order.next(decoded(*event)), "");
      ++expected;
    }
    if (expected == static_cast<std::int64_t>(told.size()) + 1) ++whole;
  }
  ASSERT_GT(cases.size(), 4'000u);
  EXPECT_GT(whole, cases.size() * 95 / 100);
}

TEST(County, TellsCasesInALegalOrder) {
  CountyOptions options{.grids = 60, .days = 40, .from = day("2026-02-01"), .rate_percent = 300, .devices = 300};
  expect_legal_order(options);
  options.policies = CountyPolicies::working;
  expect_legal_order(options);
}

TEST(County, DeliversSomeLateSomeTwiceAndSomeOutOfOrder) {
  const auto events = all_of({.grids = 100, .days = 8, .from = day("2026-01-12"), .devices = 200});
  std::map<std::string, std::string> first;
  std::size_t late = 0;
  std::size_t repeated = 0;
  std::size_t overtaken = 0;
  engine::Instant newest = engine::kMinInstant;
  for (const CountyEvent& event : events) {
    if (event.family == Family::directory) continue;
    const topics::Event read = decoded(event);
    const auto [known, is_new] = first.emplace(fmt::format("{} {}", read.source(), read.id()), event.value);
    EXPECT_EQ(event.repeated, !is_new) << event.value;
    if (event.repeated) {
      EXPECT_EQ(known->second, event.value);
      ++repeated;
    }
    if (event.logged - event.happened > std::chrono::minutes(7)) ++late;
    if (event.happened < newest) ++overtaken;
    newest = std::max(newest, event.happened);
  }
  EXPECT_GT(late, events.size() / 100);
  EXPECT_LT(late, events.size() * 5 / 100);
  EXPECT_GT(repeated, events.size() / 100);
  EXPECT_LT(repeated, events.size() * 5 / 100);
  EXPECT_GT(overtaken, events.size() / 100);
}

TEST(County, HasAnHourLikeTwentyOthersAndMore) {
  std::map<std::int64_t, std::int64_t> hours;
  std::int64_t contacts = 0;
  const CountyOptions options{.grids = 349, .days = 30, .from = day("2026-03-02"), .devices = 0};
  for (const CountyEvent& event : all_of(options)) {
    if (event.repeated || event.type != Type::request_reported) continue;
    ++hours[engine::to_ms(event.happened) / 3'600'000];
    ++contacts;
  }
  const auto peak = std::ranges::max_element(hours, {}, [](const auto& hour) { return hour.second; });
  EXPECT_GE(peak->second * 30 * 24, 20 * contacts);
}

TEST(County, HasTheVolumesOfARealOne) {
  // A county has 350 grids, 300 contacts a day, 2,000 case events, 7,000 visit events, 240,000 of 10,000 devices.
  const auto near = [](std::uint64_t n, std::uint64_t days, std::uint64_t a_day, std::uint64_t percent) {
    EXPECT_GE(n * 100, a_day * days * (100 - percent));
    EXPECT_LE(n * 100, a_day * days * (100 + percent));
  };
  County cases({.grids = 350, .days = 30, .from = day("2026-03-02"), .devices = 0});
  std::uint64_t of_cases = 0;
  std::uint64_t answered = 0;
  std::uint64_t field = 0;
  while (const CountyEvent* event = cases.next()) {
    if (event->repeated || event->logged < day("2026-03-02")) continue;
    is_case(event->subject) ? ++of_cases : ++field;
    if (event->type == Type::request_answered) ++answered;
  }
  near(cases.summary().cases, 30, 300, 10);
  near(of_cases, 30, 2'000, 20);
  near(field, 30, 7'000, 10);
  EXPECT_NEAR(static_cast<double>(answered) / static_cast<double>(cases.summary().cases), 0.585, 0.02);
  County devices({.grids = 350, .days = 2, .from = day("2026-03-02"), .devices = 10'000});
  while (devices.next() != nullptr) {
  }
  near(devices.summary().of(Family::sensors) - 10'000, 2, 240'000, 5);
}

TEST(County, RestsOnHolidaysAndWorksOffAfterThem) {
  const CountyOptions options{.grids = 349, .days = 30, .from = day("2026-02-01"), .devices = 0};
  std::map<std::string, std::int64_t> reported;
  std::map<std::string, std::int64_t> signed_for;
  for (const CountyEvent& event : all_of(options)) {
    if (event.repeated) continue;
    const std::string date = ops::simulate::date_text(ops::simulate::day_of(event.happened));
    if (event.type == Type::request_reported) ++reported[date];
    if (event.type == Type::dispatch_signed) ++signed_for[date];
  }
  EXPECT_LT(reported["2026-02-18"], reported["2026-02-11"] * 7 / 10);   // two Wednesdays, one in the Spring Festival
  EXPECT_GT(reported["2026-02-24"], reported["2026-02-10"] * 12 / 10);  // the first workday after it
  EXPECT_LT(signed_for["2026-02-18"], signed_for["2026-02-11"] / 2);
  EXPECT_GT(signed_for["2026-02-24"], 2 * signed_for["2026-02-11"]);
}

TEST(County, ThatRunsFasterHasShorterDeadlinesToo) {
  CountyOptions options = village();
  options.speed = 60;
  options.past = false;
  options.run = "r1.";
  bool policy = false;
  for (const CountyEvent& event : all_of(options)) {
    EXPECT_LT(event.logged, options.begin() + std::chrono::minutes(6 * 24));
    const topics::Event read = decoded(event);
    if (event.subject == "sign-2") {
      policy = true;
      EXPECT_EQ(read.integer(topics::Field::limit_seconds), 2 * 900 / 60);
    }
    if (event.type == Type::request_reported) {
      EXPECT_TRUE(event.subject.starts_with("YZ-r1."));
    }
  }
  EXPECT_TRUE(policy);
}

TEST(County, InWorkingTimeHasPoliciesForEveryClock) {
  std::set<std::string> clocks;
  std::set<std::string> calendars;
  std::size_t conditions = 0;
  for (const CountyEvent& event : all_of(working_village())) {
    const topics::Event read = decoded(event);
    if (read.is(Type::calendar_published)) calendars.emplace(read.subject());
    if (!read.is(Type::policy_published)) continue;
    const std::string limit(read.text(topics::Field::limit).value_or(""));
    EXPECT_NE(limit, "") << event.value;
    EXPECT_EQ(limit.contains("work_"), read.has(topics::Field::calendar)) << event.value;
    if (const auto calendar = read.text(topics::Field::calendar)) {
      EXPECT_TRUE(calendars.contains(std::string(*calendar))) << "it has to be published before";
    }
    clocks.emplace(*read.text(topics::Field::clock));
    if (read.has(topics::Field::condition)) ++conditions;
  }
  EXPECT_EQ(clocks, (std::set<std::string>{"register", "sign", "contact", "arrive", "handle", "check", "callback",
                                           "close", "appeal", "report_in", "supervise", "urge"}));
  EXPECT_GE(conditions, 25u);
}

// What working time is counted for: nobody tells a due time of their own.
TEST(County, InWorkingTimeLeavesDueTimesToThePolicies) {
  std::map<Type, std::size_t> told;
  CountyOptions options = working_village();
  options.grids = 100;
  options.days = 20;
  for (const CountyEvent& event : all_of(options)) {
    const topics::Event read = decoded(event);
    if (is_case(event.subject)) {
      EXPECT_FALSE(read.has(topics::Field::due)) << event.value;
    }
    ++told[event.type];
    if (event.type == Type::dispatch_extension_requested) {
      EXPECT_TRUE(read.has(topics::Field::limit)) << event.value;
    }
  }
  for (const Type type : {Type::dispatch_whistled, Type::dispatch_reported_in, Type::dispatch_suspended,
                          Type::dispatch_extension_requested, Type::judgement_extension_approved}) {
    EXPECT_GT(told[type], 0u) << topics::spec(type).name;
  }
  EXPECT_EQ(told[Type::dispatch_extended], 0u) << "what was agreed to counts by itself";
}

TEST(County, InWorkingTimeGoesNoFasterThanLife) {
  CountyOptions options = working_village();
  EXPECT_TRUE(is_possible(options));
  options.speed = 2;
  EXPECT_FALSE(is_possible(options));
}

TEST(County, InWorkingTimeTellsALocalDayOffAheadAndInEachLaterVersion) {
  std::vector<std::vector<std::string>> versions;
  std::vector<engine::Instant> told;
  CountyOptions options = working_village();
  options.days = 45;
  for (const CountyEvent& event : all_of(options)) {
    if (event.type != Type::calendar_published) continue;
    auto& off = versions.emplace_back();
    const topics::Event read = decoded(event);
    for (const std::string_view day : read.strings(topics::Field::days_off)) {
      if (day.ends_with("全县停工日")) off.emplace_back(day.substr(0, 10));
    }
    told.push_back(event.happened);
  }
  ASSERT_EQ(versions.size(), 3u);
  EXPECT_TRUE(versions[0].empty());
  ASSERT_EQ(versions[1].size(), 1u);
  ASSERT_EQ(versions[2].size(), 2u);
  EXPECT_EQ(versions[2][0], versions[1][0]);
  for (std::size_t i = 1; i < versions.size(); ++i) {
    EXPECT_GT(day(versions[i].back()), told[i] + std::chrono::days(2));
    EXPECT_TRUE(ops::simulate::is_workday(ops::simulate::day_of(day(versions[i].back()))));
  }
}

TEST(County, CountsWhatItTells) {
  County county(village());
  std::uint64_t deliveries = 0;
  std::set<std::string> different;
  while (const CountyEvent* event = county.next()) {
    ++deliveries;
    const topics::Event read = decoded(*event);
    different.insert(fmt::format("{} {} {}", read.source(), read.id(), read.subject()));
  }
  const auto& summary = county.summary();
  EXPECT_EQ(summary.deliveries, deliveries);
  EXPECT_EQ(summary.events, different.size());
  EXPECT_EQ(summary.deliveries, summary.events + summary.repeated);
  std::uint64_t by_family = 0;
  for (const Family family :
       {Family::requests, Family::dispatches, Family::visits, Family::judgements, Family::sensors, Family::directory}) {
    EXPECT_GT(summary.of(family), 0u) << topics::name(family);
    by_family += summary.of(family);
  }
  EXPECT_EQ(by_family, summary.events);
  EXPECT_NE(to_json(summary).find(fmt::format(R"("deliveries":{})", deliveries)), std::string::npos);
}

TEST(County, RefusesImpossibleNumbers) {
  EXPECT_TRUE(is_possible({}));
  EXPECT_FALSE(is_possible({.grids = 0}));
  EXPECT_FALSE(is_possible({.days = 0}));
  EXPECT_FALSE(is_possible({.grids = ops::simulate::kMaxGrids + 1}));
  EXPECT_FALSE(is_possible({.late_per_mille = 1001}));
}

}  // namespace
}  // namespace simulate_test
