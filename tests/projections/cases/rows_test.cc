#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <tuple>

#include "projections/areas/areas.h"
#include "projections/cases/case_row.h"
#include "projections/cases/encoded_case.h"
#include "projections/rules/directory.h"
#include "tests/projections/facts.h"

namespace projections_test {
namespace {

using projections::CaseRow;
using projections::CounterRow;
using projections::LeagueRow;
using projections::RuleRow;

template <class Row>
std::string encoded(const Row& row) {
  std::string bytes;
  row.encode(bytes);
  return bytes;
}

rc::Gen<CaseRow> case_rows() {
  return rc::gen::exec([] {
    CaseRow row;
    row.facts = facts_of(*case_histories());
    const auto moment = [] { return engine::instant(*rc::gen::inRange<std::int64_t>(-1'000'000, 2'000'000'000'000)); };
    const auto clock = [] {
      return static_cast<projections::ClockKind>(*rc::gen::inRange<std::size_t>(0, projections::kClockKinds));
    };
    for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
      const auto verdict = static_cast<projections::Verdict>(*rc::gen::inRange(0, 4));
      projections::Sent& sent = row.sent.emplace_back(
          projections::Sent{clock(), *rc::gen::inRange(1, 300), verdict, moment(), *rc::gen::inRange(0, 1000)});
      sent.step = static_cast<std::uint8_t>(*rc::gen::inRange(0, 4));
      sent.course = static_cast<projections::Course>(*rc::gen::inRange(0, 4));
      sent.course_due = projections::runs(sent.course) ? moment() : sent.due;
      if (projections::runs(sent.course)) sent.shown = *rc::gen::arbitrary<std::uint32_t>();
      row.armed = moment();
      for (int terms = *rc::gen::inRange(0, 3); terms > 0; --terms) {
        row.counted.terms.push_back(
            {{static_cast<topics::BucketKind>(*rc::gen::inRange(0, 3)), *rc::gen::inRange(-2, 3)},
             static_cast<topics::Counter>(*rc::gen::inRange<int>(0, topics::kCounterCount)),
             *rc::gen::nonZero<std::int64_t>()});
      }
      row.visits.push_back({"grid-2",
                            {topics::BucketKind::day, *rc::gen::arbitrary<std::int32_t>()},
                            topics::Counter::visited,
                            *rc::gen::arbitrary<std::int64_t>()});
    }
    const auto place = [](const projections::Term& term) { return std::tie(term.bucket, term.counter); };
    std::ranges::sort(row.counted.terms, {}, place);
    row.counted.terms.erase(std::ranges::unique(row.counted.terms, {}, place).begin(), row.counted.terms.end());
    if (*rc::gen::arbitrary<bool>()) row.owed = *rc::gen::arbitrary<std::uint64_t>();
    row.counted.area = *rc::gen::element<std::string>("", "grid-1");
    return row;
  });
}

rc::Gen<RuleRow> rule_rows() {
  return rc::gen::exec([] {
    return RuleRow{*rc::gen::arbitrary<std::vector<std::string>>(), *rc::gen::arbitrary<std::vector<std::int64_t>>()};
  });
}

// Decodes `bytes` cut or with flipped bits: whatever they say, it must come back.
template <class Row>
void decode_damaged(const std::string& bytes) {
  std::string damaged = bytes;
  if (*rc::gen::arbitrary<bool>()) damaged.resize(*rc::gen::inRange<std::size_t>(0, bytes.size() + 1));
  for (int flips = *rc::gen::inRange(0, 4); flips > 0 && !damaged.empty(); --flips) {
    damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] ^= static_cast<char>(1 << *rc::gen::inRange(0, 8));
  }
  Row row;
  if (!row.decode(damaged)) return;
  Row again;
  RC_ASSERT(again.decode(encoded(row)));
  RC_ASSERT(encoded(again) == encoded(row));
}

template <class Row>
void refuse_every_prefix(const std::string& bytes) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Row row;
    RC_ASSERT(!row.decode(std::string_view(bytes).substr(0, size)));
  }
}

TEST(CaseRow, IsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check("decode(encode(row)) == row", [] {
    const CaseRow row = *case_rows();
    CaseRow read;
    RC_ASSERT(read.decode(encoded(row)));
    RC_ASSERT(read == row);
    RC_ASSERT(encoded(read) == encoded(row));
  }));
}

TEST(CaseRow, IsNotReadWhenItIsCut) {
  EXPECT_TRUE(rc::check("no prefix decodes", [] { refuse_every_prefix<CaseRow>(encoded(*case_rows())); }));
}

TEST(EncodedCase, TakesFactsInTheOrderOfTheirArrival) {
  EXPECT_TRUE(rc::check("the row is as if all facts had been there", [] {
    CaseRow expected = *case_rows();
    constexpr std::uint64_t kQueue = 7;
    expected.owed = kQueue;
    // Some facts are in the row from the beginning; the others arrive in any order.
    CaseRow first = expected;
    first.owed.reset();
    std::vector<projections::Fact> arriving;
    for (int n = *rc::gen::inRange(0, 5); n > 0 && !first.facts.empty(); --n) {
      const auto at = first.facts.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(first.facts));
      arriving.push_back(*at);
      first.facts.erase(at);
    }
    std::string bytes = encoded(first);
    for (const projections::Fact& fact : arriving) {
      const auto row = projections::EncodedCase::parse(bytes);
      RC_ASSERT(row.has_value());
      RC_ASSERT(!row->has_fact(fact.id));
      std::string longer;
      row->write_with(fact, kQueue, longer);
      bytes = longer;
      RC_ASSERT(projections::EncodedCase::parse(bytes)->has_fact(fact.id));
    }
    if (arriving.empty()) expected.owed.reset();
    const auto row = projections::EncodedCase::parse(bytes);
    RC_ASSERT(row->facts() == expected.facts.size());
    RC_ASSERT(row->owed() == expected.owed);
    CaseRow read;
    RC_ASSERT(read.decode(bytes));
    RC_ASSERT(read == expected);
    RC_ASSERT(encoded(read) == encoded(expected));
  }));
}

TEST(CaseRow, SurvivesDamage) {
  EXPECT_TRUE(rc::check("damaged bytes are refused or read", [] { decode_damaged<CaseRow>(encoded(*case_rows())); }));
}

TEST(CaseRow, SurvivesEveryFlippedBit) {
  Told told;
  told.time = kFirstBatch;
  told.type = "dispatch.sent";
  told.subject = "case-1";
  told.id = "1";
  told.data = R"({"unit":"street-office","due":"2026-03-06T18:00:00+08:00"})";
  CaseRow row;
  row.facts = {fact_of(told, kFirstBatch + std::chrono::hours(1)), fact_of(told, kFirstBatch, 1)};
  row.sent.push_back({projections::ClockKind::sign, 1, projections::Verdict::warned, kFirstBatch, 1});
  row.armed = kFirstBatch;
  row.counted = {"grid-1", {{{topics::BucketKind::day, 20514}, topics::Counter::sent, 1}}};
  const std::string bytes = encoded(row);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    CaseRow read;
    if (!read.decode(damaged)) continue;
    CaseRow again;
    EXPECT_TRUE(again.decode(encoded(read))) << "bit " << bit;
    EXPECT_EQ(encoded(again), encoded(read)) << "bit " << bit;
  }
}

TEST(CounterRow, IsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check("decode(encode(row)) == row", [] {
    CounterRow row;
    row.n = *rc::gen::arbitrary<projections::Counts>();
    for (auto& n : row.n) n = *rc::gen::arbitrary<bool>() ? n : 0;
    row.unpublished = *rc::gen::arbitrary<bool>();
    CounterRow read;
    RC_ASSERT(read.decode(encoded(row)));
    RC_ASSERT(read.n == row.n);
    RC_ASSERT(read.unpublished == row.unpublished);
    refuse_every_prefix<CounterRow>(encoded(row));
    decode_damaged<CounterRow>(encoded(row));
  }));
}

TEST(CounterRow, HoldsCountersByTheirNumbers) {
  CounterRow row;
  ASSERT_TRUE(row.decode({"\3\1\2\0\2\1\4", 7}));
  EXPECT_TRUE(row.unpublished);
  EXPECT_EQ(row[topics::Counter::opened], 1);
  EXPECT_EQ(row[topics::Counter::sent], 2);
  EXPECT_FALSE(row.decode({"\3\1\2\1\2\0\4", 7})) << "they ascend";
  EXPECT_FALSE(row.decode({"\3\0\1\x7f\2", 5})) << "no counter has that number";
  EXPECT_FALSE(row.decode("\1\3\2\4")) << "a format of an older logic version";
}

TEST(LeagueRow, IsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check("decode(encode(row)) == row", [] {
    LeagueRow row;
    row.published = *rc::gen::arbitrary<bool>();
    row.rank = *rc::gen::arbitrary<std::int64_t>();
    row.of = *rc::gen::arbitrary<std::int64_t>();
    row.previous_rank = *rc::gen::arbitrary<std::int64_t>();
    for (projections::Figure& figure : row.figures) {
      if (*rc::gen::arbitrary<bool>()) continue;
      figure = {*rc::gen::arbitrary<std::int64_t>(), *rc::gen::arbitrary<std::int64_t>()};
    }
    LeagueRow read;
    RC_ASSERT(read.decode(encoded(row)));
    RC_ASSERT(read == row);
    refuse_every_prefix<LeagueRow>(encoded(row));
    decode_damaged<LeagueRow>(encoded(row));
  }));
}

TEST(RuleRow, IsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check("decode(encode(row)) == row", [] {
    const RuleRow row = *rule_rows();
    RuleRow read;
    RC_ASSERT(read.decode(encoded(row)));
    RC_ASSERT(read.texts == row.texts);
    RC_ASSERT(read.numbers == row.numbers);
    refuse_every_prefix<RuleRow>(encoded(row));
    decode_damaged<RuleRow>(encoded(row));
  }));
}

TEST(Facts, HaveOneOrderWhateverTheOrderOfArrival) {
  EXPECT_TRUE(rc::check("before() is a strict total order of facts with different ids", [] {
    const auto facts = facts_of(*case_histories());
    for (std::size_t i = 0; i < facts.size(); ++i) {
      for (std::size_t j = 0; j < facts.size(); ++j) {
        RC_ASSERT(before(facts[i], facts[j]) == (i < j));
      }
    }
  }));
}

}  // namespace
}  // namespace projections_test
