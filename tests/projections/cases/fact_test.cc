#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "projections/cases/fact.h"
#include "tests/projections/facts.h"

namespace projections_test {
namespace {

using projections::FactClass;
using projections::FactKind;
using projections::FactSpec;
using projections::FieldValues;
using topics::Field;

constexpr auto kFirst = static_cast<std::uint8_t>(Field::area);
constexpr auto kSecond = static_cast<std::uint8_t>(Field::unit);
constexpr auto kThird = static_cast<std::uint8_t>(Field::due);

TEST(FieldValues, GiveEachPairUnderItsTag) {
  FieldValues values;
  values.append(kFirst, "g7");
  values.append(kSecond, "");
  values.append_integer(kThird, -3);
  EXPECT_EQ(values.bytes(), std::string_view("\x01\x02g7\x11\x00\x1b\x01\x05", 9));
  EXPECT_EQ(values.find(kFirst)->value, "g7");
  EXPECT_EQ(values.find(kSecond)->value, "");
  EXPECT_EQ(values.find(kThird)->integer(), -3);
  EXPECT_FALSE(values.find(2).has_value());
  EXPECT_FALSE(values.find(255).has_value());
}

// The bytes that README.md shows.
TEST(Fact, HoldsItsFieldsAsPairs) {
  Told told;
  told.time = kFirstBatch;
  told.type = "request.reported";
  told.subject = "c1";
  told.id = "1";
  told.data = R"({"channel":"hotline","area":"g7","text":"loud","category":"noise","hop":4})";
  EXPECT_EQ(fact_of(told, kFirstBatch).fields.bytes(), "\x01\x02g7\x07\x05noise\x0a\x07hotline");
}

TEST(FieldValues, KeepWhatWasAppendedHoweverLong) {
  EXPECT_TRUE(rc::check("pairs are read as they were appended", [] {
    const auto expected = *rc::gen::arbitrary<std::map<std::uint8_t, std::string>>();
    const auto longer = *rc::gen::inRange<std::size_t>(0, 300);
    FieldValues values;
    for (const auto& [tag, text] : expected) {
      if (tag > 0) values.append(tag, text + std::string(longer, 'x'));
    }
    std::size_t pairs = 0;
    for (const FieldValues::Pair& pair : values) {
      RC_ASSERT(pair.value == expected.at(pair.tag) + std::string(longer, 'x'));
      ++pairs;
    }
    RC_ASSERT(pairs == expected.size() - expected.count(0));
    RC_ASSERT(FieldValues::are_pairs(values.bytes()));
    FieldValues copy;
    copy.assign(values.bytes());
    RC_ASSERT(copy == values);
    if (pairs == 0) return;
    const std::uint8_t last = expected.rbegin()->first;
    copy.erase(last);
    RC_ASSERT(!copy.find(last).has_value());
    copy.append(last, values.find(last)->value);
    RC_ASSERT(copy == values);
  }));
}

TEST(FieldValues, RefuseWhatIsNoSequenceOfPairs) {
  EXPECT_TRUE(FieldValues::are_pairs(""));
  EXPECT_TRUE(FieldValues::are_pairs(std::string_view("\x01\x00\x02\x01z", 5)));
  EXPECT_FALSE(FieldValues::are_pairs(std::string_view("\x01", 1))) << "no length";
  EXPECT_FALSE(FieldValues::are_pairs(std::string_view("\x01\x02g", 3))) << "cut";
  EXPECT_FALSE(FieldValues::are_pairs(std::string_view("\x02\x00\x01\x00", 4))) << "not ascending";
  EXPECT_FALSE(FieldValues::are_pairs(std::string_view("\x01\x00\x01\x00", 4))) << "twice";
  EXPECT_FALSE(FieldValues::are_pairs(std::string_view("\x00\x00", 2))) << "no tag";
}

TEST(FactKinds, KeepTheirNumbers) {
  // Rows of a state have them. New kinds may come.
  const std::map<std::string_view, int> numbers = {
      {"kept", 0},
      {"reported", 1},
      {"registered", 2},
      {"declined", 3},
      {"answered", 4},
      {"classified", 5},
      {"located", 6},
      {"merged", 7},
      {"unmerged", 8},
      {"withdrawn", 9},
      {"repeated", 10},
      {"sent", 20},
      {"assigned", 21},
      {"taken", 22},
      {"signed", 23},
      {"returned", 24},
      {"forwarded", 25},
      {"raised", 26},
      {"extended", 27},
      {"handled", 28},
      {"self_handled", 29},
      {"closed", 30},
      {"force_closed", 31},
      {"reopened", 32},
      {"whistled", 33},
      {"reported_in", 34},
      {"suspended", 35},
      {"resumed", 36},
      {"extension_requested", 37},
      {"check_requested", 38},
      {"contacted", 40},
      {"arrived", 41},
      {"visited", 42},
      {"visit_missed", 43},
      {"checked_in", 44},
      {"round_made", 45},
      {"household_registered", 46},
      {"worker_registered", 47},
      {"checked", 60},
      {"called_back", 61},
      {"rated", 62},
      {"exclusion_requested", 63},
      {"exclusion_approved", 64},
      {"exclusion_revoked", 65},
      {"appealed", 66},
      {"appeal_decided", 67},
      {"extension_approved", 68},
      {"extension_rejected", 69},
      {"suspension_approved", 70},
      {"suspension_rejected", 71},
      {"supervised", 72},
      {"urged", 73},
  };
  std::map<std::string_view, int> found;
  for (const FactSpec& one : projections::fact_kinds()) found.emplace(one.name, static_cast<int>(one.kind));
  for (const auto& [name, number] : numbers) EXPECT_EQ(found[name], number) << name;
}

TEST(FactKinds, AreSafeToAskForANumberThatNoneHas) {
  for (int number = 0; number < 256; ++number) {
    const FactSpec& one = spec(static_cast<FactKind>(number));
    EXPECT_FALSE(one.name.empty());
    EXPECT_TRUE(one.name != "?" || one.fields.size == 0) << number;
  }
}

TEST(FactKinds, HoldNoPersonalFieldButTheHashOfTheActor) {
  for (const FactSpec& one : projections::fact_kinds()) {
    for (const Field field : one.fields) {
      EXPECT_TRUE(!topics::meaning(field).personal || field == Field::actor) << one.name << " " << topics::name(field);
    }
  }
}

// An event after the end of a case moves it only when it is no work; the judged do not judge.
TEST(FactKinds, AreInTheClassesThatTheFoldAsksFor) {
  const auto in = [](FactClass wanted) {
    std::set<std::string_view> names;
    for (const FactSpec& one : projections::fact_kinds()) {
      if (one.is(wanted)) names.insert(one.name);
    }
    return names;
  };
  using Names = std::set<std::string_view>;
  EXPECT_EQ(in(FactClass::describes), Names({"reported", "registered", "classified", "located"}));
  EXPECT_EQ(in(FactClass::places),
            Names({"sent", "assigned", "taken", "signed", "returned", "forwarded", "raised", "extended", "handled",
                   "self_handled", "closed", "force_closed", "reopened"}));
  EXPECT_EQ(in(FactClass::work),
            Names({"sent", "assigned", "taken", "signed", "returned", "forwarded", "raised", "extended",
                   "extension_requested", "extension_approved", "suspended", "suspension_approved", "resumed",
                   "handled", "self_handled", "whistled", "supervised", "urged"}));
  EXPECT_EQ(in(FactClass::judgement),
            Names({"checked", "called_back", "rated", "exclusion_approved", "exclusion_revoked", "appeal_decided",
                   "extension_approved", "extension_rejected", "suspension_approved", "suspension_rejected",
                   "supervised", "urged"}));
  EXPECT_EQ(in(FactClass::field), Names({"visited", "visit_missed", "checked_in", "round_made"}));
}

TEST(Fact, IsMarkedAndUnmarkedAsAConflict) {
  Told told;
  told.time = kFirstBatch;
  told.type = "dispatch.sent";
  told.subject = "case-1";
  told.id = "1";
  told.data = R"({"unit":"street-office","lead":false})";
  projections::Fact fact = fact_of(told, kFirstBatch);
  const projections::Fact before = fact;
  EXPECT_FALSE(fact.conflict());
  fact.set_conflict(true);
  fact.set_conflict(true);
  EXPECT_TRUE(fact.conflict());
  EXPECT_EQ(fact.unit(), "street-office");
  fact.set_conflict(false);
  EXPECT_EQ(fact, before);
}

}  // namespace
}  // namespace projections_test
