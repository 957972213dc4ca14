#include "projections/directory.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include <fmt/format.h>

#include "tests/projections/facts.h"
#include "topics/rfc3339.h"

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

}  // namespace
}  // namespace projections_test
