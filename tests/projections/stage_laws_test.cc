#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include <fmt/format.h>

#include "tests/projections/law.h"
#include "tests/projections/promises.h"
#include "tests/projections/stories.h"

namespace projections_test {
namespace {

// The plainest way to tell a story: in order, once, to one partition, read at once.
Manner plainly() {
  return {};
}

rc::Gen<Manner> manners() {
  return rc::gen::exec([] {
    Manner manner;
    manner.seed = *rc::gen::arbitrary<std::uint64_t>();
    manner.partitions = *rc::gen::element(1u, 3u, 16u);
    manner.step_records = *rc::gen::element<std::uint64_t>(1, 3, 10, 8192);
    manner.step_rows = *rc::gen::element<std::uint64_t>(1, 2, 4000);
    manner.checkpoint_steps = *rc::gen::element<std::uint64_t>(0, 1, 4);
    manner.repeat_per_mille = *rc::gen::element(0u, 300u);
    manner.misplace_per_mille = *rc::gen::element(0u, 300u);
    manner.read_per_mille = *rc::gen::element(0u, 300u, 1000u);
    manner.crash_per_mille = *rc::gen::element(0u, 200u);
    return manner;
  });
}

void expect_kept(World& world) {
  const std::string broken = broken_promises(world);
  if (!broken.empty()) RC_FAIL(broken);
}

TEST(Stages, KeepTheirPromisesWhateverHappens) {
  EXPECT_TRUE(law("net alerts = verdicts, counters = sums, published = answered, replay = live", 150, [] {
    const Story story = *stories();
    const Manner manner = *manners();
    expect_kept(*tell(story, manner));
  }));
}

TEST(Stages, KnowTheSameHoweverTheyWereTold) {
  EXPECT_TRUE(law("any order, repetition, partitions and steps give the same", 150, [] {
    const Story story = *stories();
    const Manner manner = *manners();
    const auto plain = tell(story, plainly());
    const auto other = tell(story, manner);
    const std::string differs = difference(truth(*plain), truth(*other));
    if (!differs.empty()) RC_FAIL(differs);
  }));
}

TEST(Stages, DoNotAnnounceWhatABacklogCures) {
  EXPECT_TRUE(law("a backlog read by small steps retracts nothing", 100, [] {
    Story story = *stories();
    // What a merged case tells its parent comes when the backlog is read.
    // What a source whose clock is fast says of the time to come does not count yet at the end of the backlog.
    for (Happening& happening : story.happenings) {
      if (happening.told.type == "request.merged") happening.told.data = R"({"parent":"nobody"})";
      happening.told.time = std::min(happening.told.time, batch_time(happening.batch));
    }
    // A backlog ends where a step can hold the rest of it: that shall be what concerns no case.
    constexpr std::uint64_t kStep = 5;
    for (std::uint64_t i = 0; i < kStep; ++i) {
      Happening last;
      last.batch = kBatches - 1;
      last.told.time = batch_time(kBatches - 1);
      last.told.type = "weather.changed";
      last.told.subject = "sky";
      last.told.id = fmt::format("last-{}", i);
      last.told.topic = "judgements";  // of one instant, the last topic is read last
      story.happenings.push_back(std::move(last));
    }
    Manner manner;
    manner.seed = *rc::gen::arbitrary<std::uint64_t>();
    manner.step_records = kStep;
    manner.read_per_mille = 0;
    const auto world = tell(story, manner);
    for (const auto& alert : world->alerts()) RC_ASSERT(alert.kind != topics::AlertKind::retracted);
    expect_kept(*world);
  }));
}

TEST(Backfill, AnnouncesNothingUntilItCloses) {
  EXPECT_TRUE(law("rows of an open backfill are silent; when it closes they are announced as replayed", 60, [] {
    Story story = *stories();
    for (Happening& happening : story.happenings) {
      if (happening.told.source != "/office") happening.told.source = "/import";
    }
    story.backfill_closes = kBatches;
    const auto world = tell(story, *manners());
    RC_ASSERT(world->alerts().empty());
    Told closed;
    closed.time = world->clock().now();
    closed.type = "backfill.closed";
    closed.subject = "/import";
    closed.data = R"({"digest":"d"})";
    closed.id = "closed";
    world->append(closed);
    world->drain();
    for (const auto& alert : world->alerts()) {
      RC_ASSERT(alert.replayed);
      RC_ASSERT(alert.kind != topics::AlertKind::retracted);
    }
    expect_kept(*world);
  }));
}

}  // namespace
}  // namespace projections_test
