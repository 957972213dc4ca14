#include "projections/rules/directory.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include <fmt/format.h>

#include "tests/projections/facts.h"
#include "topics/codec/rfc3339.h"

namespace projections_test {
namespace {

using engine::Instant;
using engine::Milliseconds;
using std::chrono::minutes;

Told zone(const std::vector<std::pair<Instant, std::int64_t>>& transitions) {
  Told told;
  told.time = kRulesTold;
  told.type = "zone.published";
  told.subject = "zone";
  told.id = "zone";
  std::string list;
  for (const auto& [at, offset] : transitions) {
    list += fmt::format(R"({}"{} {}")", list.empty() ? "" : ",", topics::format_rfc3339(at), offset);
  }
  told.data = fmt::format(R"({{"transitions":[{}]}})", list);
  return told;
}

void expect_begins(const projections::Directory& rules, std::int32_t month) {
  const Instant begin = rules.month_begin(month);
  RC_ASSERT(rules.month(begin) == month);
  RC_ASSERT(rules.month(begin - Milliseconds(1)) == month - 1);
}

TEST(Directory, MonthsBeginWithTheirFirstInstant) {
  EXPECT_TRUE(rc::check("the instant before belongs to the month before, whatever the zone does", [] {
    // Clocks are changed near the beginnings of months: just then it matters.
    std::vector<std::pair<Instant, std::int64_t>> transitions;
    transitions.emplace_back(engine::instant(0), *rc::gen::inRange(-12, 14) * 3600);
    for (int month = 540; month < 560; ++month) {
      if (*rc::gen::inRange(0, 3) == 0) continue;
      const std::chrono::sys_days first(
          std::chrono::year_month_day(std::chrono::year(1970 + month / 12),
                                      std::chrono::month(static_cast<unsigned>(month % 12 + 1)), std::chrono::day(1)));
      const Instant local_midnight(first);
      const std::int64_t offset = transitions.back().second;
      const std::int64_t changed = std::clamp<std::int64_t>(offset + *rc::gen::inRange(-4, 5) * 1800, -43200, 50400);
      transitions.emplace_back(local_midnight - std::chrono::seconds(offset) + minutes(*rc::gen::inRange(-180, 180)),
                               changed);
    }
    const RuleBook book({zone(transitions)});
    for (int month = 538; month < 562; ++month) expect_begins(book.rules(), month);
  }));
}

TEST(Directory, KnowsTheMonthsOfNewYork) {
  const RuleBook book({zone({{*topics::parse_rfc3339("2014-11-02T06:00:00Z"), -18000},
                             {*topics::parse_rfc3339("2015-03-08T07:00:00Z"), -14400},
                             {*topics::parse_rfc3339("2015-11-01T06:00:00Z"), -18000}})});
  const auto begin = [&](int month) { return topics::format_rfc3339(book.rules().month_begin(45 * 12 + month - 1)); };
  EXPECT_EQ(begin(3), "2015-03-01T05:00:00Z");
  EXPECT_EQ(begin(4), "2015-04-01T04:00:00Z");
  EXPECT_EQ(begin(11), "2015-11-01T04:00:00Z");
  EXPECT_EQ(begin(12), "2015-12-01T05:00:00Z");
}

TEST(Directory, StandsStillAtUtc8UntilAZoneIsPublished) {
  const RuleBook book({});
  EXPECT_EQ(book.rules().zone_offset(kFirstBatch), 8 * 3600);
  EXPECT_EQ(topics::format_rfc3339(book.rules().month_begin(674), 8 * 3600), "2026-03-01T00:00:00+08:00");
}

Told area(std::string_view type, std::string_view subject, std::string data) {
  Told told;
  told.time = kRulesTold;
  told.type = type;
  told.subject = subject;
  told.id = "1";
  told.data = std::move(data);
  return told;
}

Told merged(std::string_view subject, std::string_view successor) {
  return area("area.retired", subject, fmt::format(R"({{"successors":["{}"]}})", successor));
}

TEST(Directory, TreeOfAreasStaysATreeWhateverIsTold) {
  EXPECT_TRUE(rc::check("no chain comes back to where it was, and none is too long", [] {
    RuleBook book({});
    const auto any = [] { return fmt::format("a{}", *rc::gen::inRange(0, 6)); };
    for (int n = *rc::gen::inRange(0, 40); n > 0; --n) {
      const std::string subject = any();
      const std::string other = any();
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          book.tell(area("area.registered", subject, fmt::format(R"({{"level":"l","parent":"{}"}})", other)));
          break;
        case 1:
          book.tell(area("area.moved", subject, fmt::format(R"({{"parent":"{}"}})", other)));
          break;
        case 2:
          book.tell(area("area.retired", subject, fmt::format(R"({{"successors":["{}","z"]}})", other)));
          break;
        default:
          book.tell(merged(subject, other));
      }
    }
    for (int i = 0; i < 6; ++i) {
      const std::string id = fmt::format("a{}", i);
      std::vector<std::string> chain = book.rules().chain(id);
      const std::string attributed(book.rules().attributed(id));
      RC_ASSERT(std::ranges::find(chain, attributed) != chain.end());
      const projections::RetiredArea* retired = book.rules().retired(attributed);
      const bool goes_on = retired != nullptr && retired->successors.size() == 1;
      RC_ASSERT(!goes_on);
      std::ranges::sort(chain);
      RC_ASSERT(std::ranges::adjacent_find(chain) == chain.end());
    }
  }));
}

TEST(Directory, FollowsMergersUpToALimit) {
  RuleBook book({area("area.registered", "a0", R"({"level":"grid"})")});
  int accepted = 0;
  while (accepted < 100 && book.tell(merged(fmt::format("a{}", accepted), fmt::format("a{}", accepted + 1)))) {
    ++accepted;
  }
  EXPECT_EQ(accepted, 63);
  EXPECT_EQ(book.rules().attributed("a0"), "a63");
  EXPECT_EQ(book.rules().chain("a0").size(), 64u);
  EXPECT_EQ(book.rules().attributed("elsewhere"), "elsewhere");
  EXPECT_EQ(book.rules().attributed("unattributed"), "");
}

TEST(Directory, CountsTheChangesThatRowsHaveToFollow) {
  RuleBook book(
      {area("area.registered", "a", R"({"level":"grid"})"), area("area.registered", "b", R"({"level":"grid"})")});
  EXPECT_EQ(book.rules().refolds(), 0);
  book.tell(merged("a", "b"));
  EXPECT_EQ(book.rules().refolds(), 1);
  book.tell(merged("a", "b"));
  EXPECT_EQ(book.rules().refolds(), 1);
  book.tell(area("area.retired", "b", R"({"successors":["c","d"]})"));
  EXPECT_EQ(book.rules().refolds(), 1);
  book.tell(area("area.registered", "a", R"({"level":"grid"})"));
  EXPECT_EQ(book.rules().refolds(), 2);
}

TEST(Directory, EveryRuleThatClocksGoByMakesRowsFollow) {
  RuleBook book({});
  std::int64_t refolds = 0;
  const auto follows = [&](std::string_view type, std::string_view subject, std::string data) {
    EXPECT_EQ(book.refusal(area(type, subject, std::move(data))), "");
    EXPECT_EQ(book.rules().refolds(), ++refolds) << type;
  };
  follows("category.registered", "noise", R"({"name":"Noise","level":"street"})");
  follows("calendar.published", "cn", "{}");
  follows("policy.published", "p", R"({"clock":"handle","limit_seconds":60})");
  follows("policy.retired", "p", "{}");
  follows("authority.published", "dispatch.closed", R"({"roles":["desk"]})");
  follows("source.trusted", "/hotline", R"({"judged_by":"event_time"})");
}

TEST(Directory, AnAreaKeepsItsUnitWhereverItMoves) {
  RuleBook book({area("area.registered", "city", R"({"level":"city"})"),
                 area("area.registered", "s", R"({"level":"street","unit":"street-office"})"),
                 area("area.registered", "gone", R"({"level":"grid","unit":"u"})")});
  book.tell(area("area.moved", "s", R"({"parent":"city"})"));
  book.tell(merged("gone", "s"));
  const auto reopened = book.reopened();
  for (const auto* rules : {&book.rules(), &reopened->rules()}) {
    EXPECT_EQ(rules->area("s")->unit, "street-office");
    EXPECT_EQ(rules->area("s")->parent, "city");
    EXPECT_EQ(rules->area("city")->unit, "");
    EXPECT_EQ(rules->retired("gone")->successors, std::vector<std::string>{"s"});
  }
  book.tell(area("area.registered", "s", R"({"level":"street"})"));
  EXPECT_EQ(book.rules().area("s")->unit, "") << "it was entered anew";
}

TEST(Directory, FindsTheAreaOfALevelAboveAnother) {
  RuleBook book({area("area.registered", "city", R"({"level":"city"})"),
                 area("area.registered", "s1", R"({"level":"street","parent":"city"})"),
                 area("area.registered", "s2", R"({"level":"street","parent":"city"})"),
                 area("area.registered", "g", R"({"level":"grid","parent":"s1"})")});
  EXPECT_EQ(book.rules().area_of_level("g", "grid"), "g");
  EXPECT_EQ(book.rules().area_of_level("g", "street"), "s1");
  EXPECT_EQ(book.rules().area_of_level("g", "city"), "city");
  EXPECT_EQ(book.rules().area_of_level("g", "county"), "");
  EXPECT_EQ(book.rules().area_of_level("s1", "grid"), "");
  EXPECT_EQ(book.rules().area_of_level("nowhere", "city"), "");
  book.tell(merged("s1", "s2"));
  EXPECT_EQ(book.rules().area_of_level("g", "street"), "s2") << "a merged area is none of its level";
}

TEST(Directory, KnowsTheLevelThatAnswersForACategory) {
  RuleBook book({area("category.registered", "noise", R"({"name":"Noise","level":"street"})"),
                 area("category.registered", "gas", R"({"name":"Gas"})")});
  EXPECT_EQ(book.rules().category_level("noise"), "street");
  EXPECT_EQ(book.rules().category_level("gas"), "");
  EXPECT_EQ(book.rules().category_level("water"), "");
  EXPECT_EQ(book.reopened()->rules().category_level("noise"), "street");
}

TEST(Directory, BelievesASourceForTheTypesThatItIsTrustedFor) {
  const auto judged_late = [](const RuleBook& book, std::string_view type) {
    Told told = area(type, "c1", R"({"unit":"u1","level":"city","area":"g"})");
    told.source = "/unit-app";
    const auto fact = fact_of(told, told.time + std::chrono::hours(6));
    return book.rules().judged(fact) != fact.happened;
  };
  RuleBook book({area("source.trusted", "/unit-app",
                      R"({"judged_by":"event_time","types":["dispatch.signed","dispatch.handled"]})")});
  const auto reopened = book.reopened();
  for (const RuleBook* one : {&book, reopened.get()}) {
    EXPECT_FALSE(judged_late(*one, "dispatch.signed"));
    EXPECT_FALSE(judged_late(*one, "dispatch.handled"));
    EXPECT_TRUE(judged_late(*one, "dispatch.closed"));
  }
  book.tell(area("source.trusted", "/unit-app", R"({"judged_by":"event_time"})"));
  EXPECT_FALSE(judged_late(book, "dispatch.closed"));
  EXPECT_EQ(
      book.refusal(area("source.trusted", "/unit-app", R"({"judged_by":"event_time","types":["dispatch.sing"]})")),
      "wrong_type: types: there is no type of events dispatch.sing");
  EXPECT_FALSE(judged_late(book, "dispatch.closed"));
}

TEST(Directory, PermitsWhatTheRuleOfTheTimePermits) {
  using projections::FactKind;
  RuleBook book({});
  const auto rule = [&](std::string data, minutes after) {
    Told told = area("authority.published", "dispatch.closed", std::move(data));
    told.time += after;
    return told;
  };
  const Instant begin = kRulesTold;
  EXPECT_TRUE(book.rules().permitted(FactKind::closed, "", begin)) << "where there is no rule, everybody may";
  ASSERT_TRUE(book.tell(rule(R"({"roles":["desk","inspector"]})", minutes(10))));
  ASSERT_TRUE(book.tell(rule(R"({"roles":["inspector"]})", minutes(20))));
  ASSERT_TRUE(book.tell(rule(R"({"roles":["*"]})", minutes(30))));
  const auto reopened = book.reopened();
  for (const auto* rules : {&book.rules(), &reopened->rules()}) {
    EXPECT_TRUE(rules->permitted(FactKind::closed, "unit", begin + minutes(9)));
    EXPECT_FALSE(rules->permitted(FactKind::closed, "unit", begin + minutes(10)));
    EXPECT_FALSE(rules->permitted(FactKind::closed, "", begin + minutes(10)));
    EXPECT_TRUE(rules->permitted(FactKind::closed, "desk", begin + minutes(10)));
    EXPECT_FALSE(rules->permitted(FactKind::closed, "desk", begin + minutes(20)));
    EXPECT_TRUE(rules->permitted(FactKind::closed, "inspector", begin + minutes(20)));
    EXPECT_TRUE(rules->permitted(FactKind::closed, "unit", begin + minutes(30)));
    EXPECT_TRUE(rules->permitted(FactKind::handled, "unit", begin + minutes(20)));
  }
}

}  // namespace
}  // namespace projections_test
