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

}  // namespace
}  // namespace projections_test
