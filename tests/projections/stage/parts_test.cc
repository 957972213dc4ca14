#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <optional>

#include "engine/state/timers.h"
#include "projections/stage/delta_outbox.h"
#include "projections/stage/heartbeat.h"
#include "projections/stage/pending_announcements.h"
#include "projections/stage/row_timers.h"
#include "projections/stage/touched_rows.h"
#include "tests/projections/law.h"
#include "tests/projections/stage/part_fixture.h"

// The small parts of a stage, each without the stage.

namespace projections_test {
namespace {

using projections::DeltaOutbox;
using projections::Directory;
using projections::Heartbeat;
using projections::PendingAnnouncements;
using projections::Publications;
using projections::RowTimers;
using projections::StageRow;
using projections::StageRowTable;
using projections::TouchedRows;
using topics::Bucket;
using topics::BucketKind;
using topics::Counter;

constexpr std::size_t kOutput = 2;

TEST(StageRow, IsReadAsItWasWritten) {
  EXPECT_TRUE(law("a stage's row survives its encoding", 100, [] {
    StageRow row;
    if (*rc::gen::arbitrary<bool>()) row.rules_version = *rc::gen::arbitrary<std::int64_t>();
    row.behind = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) row.heartbeat = engine::instant(*rc::gen::inRange<std::int64_t>(0, 1'000'000));
    row.timers_armed = *rc::gen::arbitrary<std::int64_t>();
    std::string bytes;
    row.encode(bytes);
    StageRow read;
    RC_ASSERT(read.decode(bytes));
    RC_ASSERT(read == row);
    RC_ASSERT(!read.decode(std::string_view(bytes).substr(0, bytes.size() - 1)));
  }));
}

TEST(TouchedRows, NamesEachRowOnceAndSaysWhatItWillSend) {
  TouchedRows touched;
  PartContext context;
  touched.add("b", context);
  const std::int64_t one = context.expected;
  EXPECT_GT(one, 0);
  touched.add("a", context);
  touched.add("b", context);
  EXPECT_EQ(context.expected, 2 * one);
  EXPECT_EQ(touched.all(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(touched.take("b", context));
  EXPECT_FALSE(touched.take("b", context));
  EXPECT_TRUE(touched.take("a", context));
  EXPECT_EQ(context.expected, 0);
  EXPECT_TRUE(touched.all().empty());
}

TEST(Publications, SendTheLastRowOfEachSubject) {
  Publications publications;
  PartContext context;
  publications.put("b", "1");
  publications.put("a", "2");
  publications.put("b", "3");
  publications.put("c", "4");
  publications.drop("c");
  publications.send(kOutput, context);
  ASSERT_EQ(context.sent.size(), 2u);
  EXPECT_EQ(context.sent[0].value, "2");
  EXPECT_EQ(context.sent[1].value, "3");
  publications.send(kOutput, context);
  EXPECT_EQ(context.sent.size(), 2u);
}

TEST(RowTimers, CountTheTimersThatAreArmed) {
  PartState state;
  engine::Timers timers(*state);
  StageRowTable stage_row(*state);
  (*state).set_nothing_stored();
  RowTimers rows(stage_row);
  PartContext context(&timers);
  std::optional<engine::Instant> a;
  std::optional<engine::Instant> b;
  rows.set(a, context.clock, "a", context);
  rows.set(b, context.clock + std::chrono::hours(1), "b", context);
  rows.set(b, context.clock + std::chrono::hours(2), "b", context);
  rows.end_step();
  EXPECT_EQ(stage_row.get().timers_armed, 2);
  EXPECT_EQ(timers.next_due(), context.clock);
  const auto timer = timers.take(context.clock + std::chrono::minutes(1));
  ASSERT_TRUE(timer);
  rows.fired(a, *timer);
  EXPECT_FALSE(a);
  rows.set(b, std::nullopt, "b", context);
  rows.end_step();
  EXPECT_EQ(stage_row.get().timers_armed, 0);
  EXPECT_FALSE(timers.next_due());
}

TEST(Heartbeat, ComesEachFullMinuteAndNotInABacklog) {
  PartState state;
  engine::Timers timers(*state);
  StageRowTable stage_row(*state);
  (*state).set_nothing_stored();
  Heartbeat heartbeat(stage_row, kOutput);
  PartContext context(&timers);
  context.is_behind = true;
  heartbeat.end_step("cases-0", 5, context);
  EXPECT_FALSE(timers.next_due());
  context.is_behind = false;
  heartbeat.end_step("cases-0", 5, context);
  EXPECT_TRUE(context.sent.empty());
  const auto due = timers.next_due();
  ASSERT_TRUE(due);
  EXPECT_EQ(*due, context.clock + std::chrono::minutes(1));
  const auto timer = timers.take(*due + engine::Milliseconds(1));
  ASSERT_TRUE(timer);
  EXPECT_EQ(timer->kind, Heartbeat::kTimer);
  context.clock = *due + engine::Milliseconds(31);
  heartbeat.fire(*timer, context);
  heartbeat.end_step("cases-0", 5, context);
  ASSERT_EQ(context.sent.size(), 1u);
  EXPECT_EQ(context.sent.front().output, kOutput);
  EXPECT_EQ(context.sent.front().key, "cases-0");
  EXPECT_NE(context.sent.front().value.find("\"lag_ms\":30"), std::string::npos) << context.sent.front().value;
  EXPECT_EQ(timers.next_due(), context.clock - engine::Milliseconds(31) + std::chrono::minutes(1));
}

TEST(PendingAnnouncements, ComeOnceEachInTheirOrder) {
  PartState state;
  Directory rules(*state);
  PendingAnnouncements pending(*state, rules);
  (*state).set_nothing_stored();
  pending.restore();
  PartContext context;
  std::map<std::string, std::optional<std::uint64_t>> rows;
  for (const std::string key : {"b", "a", "b", "c"}) {
    pending.wait(rows[key], PendingAnnouncements::kBacklog, key);
  }
  pending.end_step();
  EXPECT_EQ(pending.backlog(), 3u);
  EXPECT_EQ(pending.counts().ready, 3);
  EXPECT_EQ(pending.counts().held, 0);
  std::vector<std::string> announced;
  const auto announce = [&](const std::string& subject, std::uint64_t queue, auto) {
    if (rows[subject] != queue) return;
    rows[subject].reset();
    announced.push_back(subject);
  };
  EXPECT_EQ(pending.drain(2, context, announce), 2u);
  EXPECT_TRUE(pending.any_ready());
  EXPECT_EQ(pending.drain(9, context, announce), 1u);
  EXPECT_FALSE(pending.any_ready());
  EXPECT_EQ(announced, (std::vector<std::string>{"b", "a", "c"}));
}

class Outbox : public testing::Test {
 protected:
  Outbox() {
    spec_.inputs.push_back({"gridloop.requests", engine::InputSpec::Kind::partitioned});
    (*state_).set_nothing_stored();
    context_.offsets = {engine::Offset{12}};
  }
  void add(std::int64_t n) { outbox_.sums().add("g7", Bucket{BucketKind::now, 0}, Counter::open_now, n); }
  std::vector<topics::AreaDeltas> end_step(std::optional<std::int64_t> rules_version, bool behind) {
    context_.sent.clear();
    outbox_.end_step("cases-0", rules_version, behind, context_);
    std::vector<topics::AreaDeltas> records;
    for (const auto& sent : context_.sent) {
      auto record = topics::decode_area_deltas(sent.value);
      if (!record) throw std::runtime_error(record.error().detail);
      records.push_back(*record);
    }
    return records;
  }

  PartState state_;
  engine::StageSpec spec_;
  Directory rules_{*state_};
  StageRowTable stage_row_{*state_};
  DeltaOutbox outbox_{*state_, stage_row_, spec_, rules_, kOutput};
  PartContext context_;
};

TEST_F(Outbox, SendsNothingBeforeItHasCounted) {
  EXPECT_TRUE(end_step(3, true).empty());
  EXPECT_TRUE(end_step(4, false).empty());
}

TEST_F(Outbox, SendsSumsAndProgress) {
  add(2);
  add(1);
  auto records = end_step(4, false);
  ASSERT_EQ(records.size(), 1u);
  ASSERT_EQ(records[0].deltas.size(), 1u);
  EXPECT_EQ(records[0].deltas[0].n, 3);
  EXPECT_FALSE(records[0].behind);
  EXPECT_TRUE(end_step(4, false).empty()) << "nothing is news";
  records = end_step(5, false);
  ASSERT_EQ(records.size(), 1u) << "the rows are folded by other rules";
  EXPECT_TRUE(records[0].deltas.empty());
  EXPECT_TRUE(end_step(std::nullopt, false).empty()) << "a sweep is under way";
}

TEST_F(Outbox, SendsTheSumsOfABacklogInOne) {
  add(1);
  ASSERT_EQ(end_step(1, true).size(), 1u) << "the task is catching up";
  EXPECT_TRUE(outbox_.behind_sent());
  for (int i = 0; i < 10; ++i) {
    add(1);
    EXPECT_TRUE(end_step(1, true).empty());
  }
  const auto records = end_step(1, false);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].deltas[0].n, 10);
  EXPECT_FALSE(outbox_.behind_sent());
}

}  // namespace
}  // namespace projections_test
