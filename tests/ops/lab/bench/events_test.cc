#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "ops/lab/bench/generated_events.h"
#include "ops/lab/bench/recorded_events.h"
#include "tests/support/scratch.h"
#include "topics/codec/event.h"

namespace bench_test {
namespace {

using ops::bench::EventSource;
using ops::bench::GeneratedEvents;
using ops::bench::RecordedEvents;
using ops::bench::SourceEvent;

constexpr std::uint64_t kCases = 2000;

std::vector<SourceEvent> all_of(EventSource& source) {
  std::vector<SourceEvent> events;
  SourceEvent event;
  while (true) {
    const auto more = source.next(event);
    if (!more) {
      ADD_FAILURE() << more.error().message;
      break;
    }
    if (!*more) break;
    events.push_back(event);
  }
  return events;
}

std::vector<SourceEvent> generated(std::uint64_t seed = 1) {
  GeneratedEvents source({.cases = kCases, .seed = seed});
  return all_of(source);
}

// The first error of a source; empty when it has none.
std::string complaint(const std::vector<std::string>& files) {
  const auto source = RecordedEvents::open(files);
  if (!source) return source.error().message;
  SourceEvent event;
  while (true) {
    const auto more = (*source)->next(event);
    if (!more) return more.error().message;
    if (!*more) return {};
  }
}

std::string line(const std::string& subject, const std::string& type, const std::string& time,
                 const std::string& data) {
  return subject + "\t{\"type\":\"" + type + "\",\"time\":\"" + time + "\",\"data\":{\"grid\":\"370800000000\"," +
         data + "}}\n";
}

TEST(GeneratedEvents, SameSeedGivesTheSameEvents) {
  const auto one = generated();
  const auto other = generated();
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) ASSERT_EQ(one[i].value, other[i].value);
  EXPECT_NE(one.front().value, generated(2).front().value);
}

TEST(GeneratedEvents, AscendByTimeWithFourEventsOfEachCaseInOrder) {
  std::map<std::string, std::vector<std::string>> cases;
  engine::Instant before = engine::kMinInstant;
  topics::Decoder decoder;
  topics::Event decoded;
  for (const SourceEvent& event : generated()) {
    EXPECT_LE(before, event.time);
    before = event.time;
    ASSERT_TRUE(decoder.decode(event.value, event.time, decoded)) << event.value;
    EXPECT_EQ(decoded.time(), event.time);
    EXPECT_EQ(decoded.subject(), event.subject);
    ASSERT_NE(decoded.spec(), nullptr);
    EXPECT_EQ(decoded.spec()->family, event.family);
    EXPECT_EQ(decoded.text(topics::Field::area), event.grid);
    cases[event.subject].emplace_back(decoded.type_name());
  }
  EXPECT_EQ(cases.size(), kCases);
  const std::vector<std::string> life = {"request.opened", "dispatch.assigned", "dispatch.completed",
                                         "visit.follow_up"};
  for (const auto& [subject, types] : cases) EXPECT_EQ(types, life) << subject;
}

// The mean lengths of the JSON that the generator of the Kafka Streams and Flink baselines writes.
TEST(GeneratedEvents, AreAsLongAsThoseOfTheBaselines) {
  std::map<topics::Family, std::pair<double, double>> sums;
  for (const SourceEvent& event : generated()) {
    sums[event.family].first += static_cast<double>(event.value.size());
    sums[event.family].second += 1;
  }
  const auto mean = [&](topics::Family family) { return sums[family].first / sums[family].second; };
  EXPECT_NEAR(mean(topics::Family::requests), 392.3, 1);
  EXPECT_NEAR(mean(topics::Family::dispatches), 280.4, 1);
  EXPECT_NEAR(mean(topics::Family::judgements), 257.1, 1);
}

TEST(GeneratedEvents, WithConditionsAreTheSameBesides) {
  GeneratedEvents plain({.cases = kCases});
  GeneratedEvents filed({.cases = kCases, .conditions = true});
  const auto expected = all_of(plain);
  const auto events = all_of(filed);
  ASSERT_EQ(events.size(), expected.size());
  std::size_t with = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::string value = events[i].value;
    if (const std::size_t at = value.find(R"("condition":")"); at != std::string::npos) {
      value.erase(at, value.find(',', at) + 1 - at);
      ++with;
    }
    ASSERT_EQ(value, expected[i].value);
  }
  EXPECT_EQ(with, kCases * 3 / 4);
  EXPECT_EQ(filed.totals(), plain.totals());
}

TEST(RecordedEvents, ReadBackInOrderMakeTheSameTotals) {
  GeneratedEvents source({.cases = kCases});
  const auto events = all_of(source);
  std::map<topics::Family, std::string> texts;
  for (const SourceEvent& event : events) texts[event.family] += event.subject + "\t" + event.value + "\n";
  const support::Scratch scratch;
  std::vector<std::string> files;
  for (const auto& [family, text] : texts) files.push_back(scratch.write(std::string(topics::name(family)), text));
  const auto recorded = RecordedEvents::open(files);
  ASSERT_TRUE(recorded) << recorded.error().message;
  const auto read = all_of(**recorded);
  ASSERT_EQ(read.size(), events.size());
  std::map<std::string, int> seen;
  for (const SourceEvent& event : events) ++seen[event.value];
  for (const SourceEvent& event : read) --seen[event.value];
  for (const auto& [value, count] : seen) EXPECT_EQ(count, 0) << value;
  EXPECT_EQ((*recorded)->totals(), source.totals());
}

TEST(RecordedEvents, CountWhatIsLateAndWhatIsGood) {
  const support::Scratch scratch;
  const std::string file = scratch.write(
      "events", line("a", "request.opened", "2026-03-01T00:00:00Z", R"("priority":1)") +
                    line("b", "request.opened", "2026-03-01T00:00:00Z", R"("priority":2)") +
                    line("a", "dispatch.assigned", "2026-03-01T00:15:00Z", R"("handler":"w1")") +
                    line("b", "dispatch.assigned", "2026-03-01T00:30:00.001Z", R"("handler":"w1")") +
                    line("a", "dispatch.completed", "2026-03-02T00:00:00.001Z", R"("result":"resolved")") +
                    line("b", "dispatch.completed", "2026-03-03T00:00:00Z", R"("result":"resolved")") +
                    line("a", "visit.follow_up", "2026-03-04T00:00:00Z", R"("resolved":true,"satisfaction":3)") +
                    line("b", "visit.follow_up", "2026-03-04T00:00:00Z", R"("resolved":false,"satisfaction":4)"));
  const auto source = RecordedEvents::open({file});
  ASSERT_TRUE(source) << source.error().message;
  all_of(**source);
  const ops::bench::Totals expected{.events = 8,
                                    .opened = 2,
                                    .handled = 2,
                                    .sign_breached = 1,
                                    .handle_breached = 1,
                                    .called_back = 2,
                                    .resolved = 1,
                                    .satisfied = 1};
  EXPECT_EQ((*source)->totals(), expected);
}

TEST(RecordedEvents, WhatIsNoWholeCaseIsRefusedWithItsPlace) {
  const support::Scratch scratch;
  const std::string opened = line("a", "request.opened", "2026-03-01T00:00:00Z", R"("priority":1)");
  const auto expect = [&](const std::string& text, const std::string& says) {
    const std::string file = scratch.write("events", text);
    const std::string found = complaint({file});
    EXPECT_NE(found.find(says), std::string::npos) << "'" << found << "' does not say '" << says << "'";
  };
  expect(opened, "1 cases are not complete, a among them");
  expect(opened + opened, ":2: case a is already open");
  expect(line("a", "request.opened", "2026-03-01T00:00:00Z", R"("priority":4)"), ":1: priority is not 1, 2 or 3");
  expect(line("a", "dispatch.assigned", "2026-03-01T00:00:00Z", R"("handler":"w")"), ":1: case a is not open");
  expect(opened + line("a", "dispatch.closed", "2026-03-01T00:00:00Z", R"("x":1)"),
         ":2: type dispatch.closed is not used by the benchmark");
  expect(opened + line("a", "dispatch.eaten", "2026-03-01T00:00:00Z", R"("x":1)"), ":2: unknown type dispatch.eaten");
  expect(opened + line("b", "request.opened", "2026-02-28T00:00:00Z", R"("priority":1)"),
         ":2: the time is earlier than in the line before");
  expect("a\t{}\n", ":1: missing time");
  EXPECT_NE(complaint({scratch.path("missing")}).find("cannot read"), std::string::npos);
}

}  // namespace
}  // namespace bench_test
