#include "engine/schedule.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "engine/bytes.h"
#include "engine/log/log.h"

namespace {

using namespace engine;

std::int64_t size_value() {
  return *rc::gen::inRange<std::int64_t>(0, INT64_MAX / 2);
}

Hash128 any_hash() {
  return {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()};
}

Step any_step() {
  Step step;
  step.number = StepNumber{size_value()};
  step.logic_version = *rc::gen::arbitrary<std::uint32_t>();
  step.behind = *rc::gen::arbitrary<bool>();
  for (int n = *rc::gen::inRange(0, 5); n > 0; --n) {
    step.ranges.push_back({Offset{size_value()}, Offset{size_value()}, *rc::gen::arbitrary<std::uint64_t>()});
  }
  step.read_hash = any_hash();
  if (*rc::gen::arbitrary<bool>()) step.tick = instant(*rc::gen::inRange<std::int64_t>(-5'000'000, 5'000'000'000'000));
  step.fired = *rc::gen::arbitrary<std::uint64_t>();
  step.drained = *rc::gen::arbitrary<std::uint64_t>();
  step.outputs = *rc::gen::arbitrary<std::uint64_t>();
  step.output_hash = any_hash();
  if (*rc::gen::arbitrary<bool>()) step.marks.push_back(checkpoint_mark(any_hash()));
  if (*rc::gen::arbitrary<bool>()) step.marks.push_back({MarkKind::upgraded, *rc::gen::arbitrary<std::string>()});
  return step;
}

TEST(Schedule, ARecordComesBackFromItsEncoding) {
  EXPECT_TRUE(rc::check("decode(encode(record)) == record", [] {
    const Step step = any_step();
    const std::string content = encode_step(step);
    const Hash128 chain = any_hash();
    const Epoch epoch{size_value()};
    const auto owner = *rc::gen::arbitrary<std::string>();
    const auto attempt = *rc::gen::arbitrary<std::uint32_t>();
    const std::string bytes = encode_schedule_record(epoch, owner, attempt, content, chain);
    std::string_view found;
    const auto record = decode_schedule_record(bytes, &found);
    RC_ASSERT(record.has_value());
    RC_ASSERT(found == content);
    RC_ASSERT(record->epoch == epoch);
    RC_ASSERT(record->owner == owner);
    RC_ASSERT(record->attempt == attempt);
    RC_ASSERT(record->chain == chain);
    RC_ASSERT(encode_step(record->step) == content);
    RC_ASSERT(difference(step, record->step).empty());
  }));
}

TEST(Schedule, TheWorkedExampleOfItsHeaderHolds) {
  Step step;
  step.number = StepNumber{1};
  step.logic_version = 1;
  step.ranges = {{Offset{0}, Offset{3}, 3}};
  step.outputs = 2;
  const std::string content = encode_step(step);
  const std::string bytes = encode_schedule_record(Epoch{1}, "", 0, content, {});
  std::string expected("\x02\x01\x00\x00", 4);  // format, epoch, no owner, attempt 0
  put_varint(expected, content.size());
  expected += std::string("\x01\x01\x00\x01\x00\x03\x03", 7) + std::string(16, '\0');
  expected += std::string("\x00\x00\x00\x02", 4) + std::string(16, '\0') + std::string(1, '\0');
  expected += std::string(16, '\0');
  EXPECT_EQ(bytes, expected);
}

TEST(Schedule, AnotherFormatIsRefusedAndGarbageIsCorrupt) {
  Step step;
  step.number = StepNumber{1};
  std::string bytes = encode_schedule_record(Epoch{1}, "owner", 0, encode_step(step), {});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto torn = decode_schedule_record(std::string_view(bytes).substr(0, size), nullptr);
    ASSERT_FALSE(torn) << size;
    EXPECT_EQ(torn.error().action, Action::corrupt);
  }
  EXPECT_EQ(decode_schedule_record(bytes + "x", nullptr).error().action, Action::corrupt);
  bytes[0] = 0;
  EXPECT_EQ(decode_schedule_record(bytes, nullptr).error().action, Action::corrupt);
  for (const char other : {1, 3}) {
    bytes[0] = other;
    EXPECT_EQ(decode_schedule_record(bytes, nullptr).error().action, Action::invalid);
  }
}

TEST(Schedule, TheChainCoversTheContentAndAllThatWasBefore) {
  EXPECT_TRUE(rc::check("another content or another past gives another chain",
                        [](const std::string& first, const std::string& second) {
                          const Hash128 start;
                          const Hash128 one = chain_after(start, first);
                          RC_ASSERT(one == chain_after(start, first));
                          RC_ASSERT((one == chain_after(start, second)) == (first == second));
                          RC_ASSERT(chain_after(one, second) != chain_after(start, second));
                        }));
}

TEST(Schedule, DifferenceNamesTheFirstThingThatDiffers) {
  Step recorded;
  recorded.number = StepNumber{7};
  recorded.ranges = {{Offset{0}, Offset{5}, 5}, {Offset{2}, Offset{2}, 0}};
  recorded.marks = {checkpoint_mark({1, 2})};
  EXPECT_EQ(difference(recorded, recorded), "");
  const auto with = [&](auto change) {
    Step replayed = recorded;
    change(replayed);
    return difference(recorded, replayed);
  };
  EXPECT_EQ(with([](Step& s) { ++s.number; }), "step number 7 recorded, 8 replayed");
  EXPECT_EQ(with([](Step& s) { s.logic_version = 3; }), "logic version 0 recorded, 3 replayed");
  EXPECT_EQ(with([](Step& s) {
              s.ranges[1].to = Offset{4};
              s.fired = 2;
            }),
            "input 1: [2, 2) with 0 records recorded, [2, 4) with 0 replayed");
  EXPECT_EQ(with([](Step& s) { s.read_hash.low = 1; }), "what was read differs: an input was changed afterwards");
  EXPECT_EQ(with([](Step& s) { s.fired = 1; }), "0 timers fired recorded, 1 replayed");
  EXPECT_EQ(with([](Step& s) { s.drained = 1; }), "0 subjects drained recorded, 1 replayed");
  EXPECT_EQ(with([](Step& s) { s.outputs = 1; }), "0 outputs recorded, 1 replayed");
  EXPECT_EQ(with([](Step& s) { s.output_hash.high = 1; }), "the outputs differ");
  EXPECT_NE(with([](Step& s) { s.marks = {checkpoint_mark({1, 3})}; }).find("state digest"), std::string::npos);
  EXPECT_EQ(with([](Step& s) { s.behind = true; }), "the steps differ");
  EXPECT_EQ(with([](Step& s) { s.tick = instant(5); }), "the steps differ");
}

// The same vectors as in tests/system/exactly_once/schedule_test.py, whose code shares nothing with the engine's.
TEST(Schedule, TheHashOfOutputsIsThatOfItsHeader) {
  OutgoingBatch counts{.topic = "counts", .partition = Partition{200}, .bytes = {}};
  counts.add(std::string(200, 'k'), std::string(70000, 'v'), {});
  OutgoingBatch words{.topic = "words", .partition = Partition{3}, .bytes = {}};
  words.add("key", "value", encode_headers({{"name", "content"}}));
  words.add("", "", "");
  OutputHasher hasher;
  hasher.add(counts);
  hasher.add(words);
  EXPECT_EQ(hasher.value(), (Hash128{0x66ea5983675d2bb3, 0xe07554d3acf87764}));
  EXPECT_EQ(OutputHasher().value(), (Hash128{0x99aa06d3014798d8, 0x6001c324468d497f}));
}

TEST(Schedule, EveryPartOfAnOutputCountsInTheirHash) {
  const auto hash = [](const std::string& topic, std::uint32_t partition, std::string_view key, std::string_view value,
                       std::string_view headers) {
    OutgoingBatch batch{.topic = topic, .partition = Partition{partition}, .bytes = {}};
    batch.add(key, value, headers);
    OutputHasher hasher;
    hasher.add(batch);
    return hasher.value();
  };
  const Hash128 one = hash("topic", 1, "ab", "cd", "ef");
  EXPECT_EQ(hash("topic", 1, "ab", "cd", "ef"), one);
  EXPECT_NE(hash("other", 1, "ab", "cd", "ef"), one);
  EXPECT_NE(hash("topic", 2, "ab", "cd", "ef"), one);
  EXPECT_NE(hash("topic", 1, "a", "bcd", "ef"), one);
  EXPECT_NE(hash("topic", 1, "ab", "cde", "f"), one);
  EXPECT_NE(hash("topic", 1, "ab", "cd", "eg"), one);
}

TEST(Schedule, AStepFollowsTheOneThatEndedWhereItBegins) {
  Step step;
  step.number = StepNumber{3};
  step.ranges = {{Offset{5}, Offset{9}, 3}, {Offset{0}, Offset{0}, 0}};
  const std::vector<Offset> read_to{Offset{5}, Offset{0}};
  EXPECT_TRUE(step.follows(StepNumber{2}, read_to));
  EXPECT_FALSE(step.follows(StepNumber{1}, read_to));
  EXPECT_FALSE(step.follows(StepNumber{3}, read_to));
  EXPECT_FALSE(step.follows(StepNumber{2}, std::vector<Offset>{Offset{5}}));
  EXPECT_FALSE(step.follows(StepNumber{2}, std::vector<Offset>{Offset{4}, Offset{0}}));
  Step back = step;
  back.ranges[0].to = Offset{4};
  EXPECT_FALSE(back.follows(StepNumber{2}, read_to));
  Step crowded = step;
  crowded.ranges[0].records = 5;
  EXPECT_FALSE(crowded.follows(StepNumber{2}, read_to));
}

TEST(Schedule, ACheckpointMarkHoldsItsDigest) {
  EXPECT_TRUE(rc::check("digest_of(checkpoint_mark(d)) == d", [] {
    const Hash128 digest = any_hash();
    RC_ASSERT(digest_of(checkpoint_mark(digest)) == digest);
  }));
}

}  // namespace
