// Deadlines of random calendars, limits and pauses, compared with those of the slow oracle.

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "projections/clocks/limit.h"
#include "tests/projections/clocks/random_question.h"
#include "tests/projections/clocks/slow_oracle.h"
#include "tests/support/random.h"
#include "topics/codec/rfc3339.h"

namespace calendar_test {
namespace {

using projections::Ledger;
using projections::Limit;
using projections::Pauses;
using projections::WorkingCalendar;

constexpr int kParts = 10;
constexpr int kCalendarsOfAPart = 50;
constexpr int kQuestionsOfACalendar = 200;  // 100,000 in all
constexpr int kOfWhichTimes = 4;            // of so many, one is also asked what is consumed and left

std::string show(const std::optional<engine::Instant>& time) {
  return time ? topics::format_rfc3339(*time) : "none";
}

class LimitLaw : public testing::TestWithParam<int> {};

TEST_P(LimitLaw, DeadlinesEqualThoseOfTheSlowOracle) {
  support::Random random(static_cast<std::uint64_t>(GetParam()));
  int without_due = 0;
  int unknown = 0;
  for (int c = 0; c < kCalendarsOfAPart; ++c) {
    const projections::CalendarRules rules = random_calendar(random);
    const auto calendar = WorkingCalendar::make(rules);
    ASSERT_TRUE(calendar) << calendar.error().message;
    const SlowOracle oracle(rules);
    for (int q = 0; q < kQuestionsOfACalendar; ++q) {
      const Question question = random_question(random, rules, std::chrono::minutes(1));
      const bool times = q % kOfWhichTimes == 0;
      const auto expected = oracle.answer(question, std::chrono::minutes(1), times);
      ASSERT_FALSE(expected.off_the_map) << describe(rules, question);
      const auto limit = Limit::make(question.grants, question.rules);
      ASSERT_TRUE(limit) << limit.error().message;
      const Pauses pauses(question.pauses);
      const Ledger ledger{*calendar, *limit, question.start, pauses};
      const auto due = projections::due(ledger);
      ASSERT_TRUE(due) << due.error().message << "\n" << describe(rules, question);
      ASSERT_EQ(show(due->due), show(expected.due)) << describe(rules, question);
      ASSERT_EQ(due->due_day, expected.due_day) << describe(rules, question);
      if (due->due) {
        ASSERT_EQ(due->unknown_from, expected.unknown_from) << describe(rules, question);
      }
      without_due += due->due ? 0 : 1;
      unknown += due->provisional() ? 1 : 0;
      if (!times) continue;
      ASSERT_EQ(projections::consumed(ledger, question.asked).value(), *expected.consumed) << describe(rules, question);
      ASSERT_EQ(projections::remaining(ledger, question.asked).value(), *expected.remaining)
          << describe(rules, question);
    }
  }
  EXPECT_GT(without_due, 0);
  EXPECT_GT(unknown, 0);
}

INSTANTIATE_TEST_SUITE_P(Part, LimitLaw, testing::Range(1, kParts + 1));

// Time is in ms: the same, second by second.
TEST(LimitLawInSeconds, DeadlinesEqualThoseOfTheSlowOracle) {
  constexpr int kCalendars = 20;
  constexpr int kQuestions = 10;
  support::Random random(99);
  for (int c = 0; c < kCalendars; ++c) {
    const projections::CalendarRules rules = random_calendar(random);
    const auto calendar = WorkingCalendar::make(rules);
    ASSERT_TRUE(calendar) << calendar.error().message;
    const SlowOracle oracle(rules);
    for (int q = 0; q < kQuestions; ++q) {
      const Question question = random_question(random, rules, std::chrono::seconds(1));
      const auto expected = oracle.answer(question, std::chrono::seconds(1), false);
      ASSERT_FALSE(expected.off_the_map) << describe(rules, question);
      const auto limit = Limit::make(question.grants, question.rules);
      ASSERT_TRUE(limit) << limit.error().message;
      const Pauses pauses(question.pauses);
      const auto due = projections::due({*calendar, *limit, question.start, pauses});
      ASSERT_TRUE(due) << due.error().message;
      ASSERT_EQ(show(due->due), show(expected.due)) << describe(rules, question);
    }
  }
}

}  // namespace
}  // namespace calendar_test
