#include "engine/state/timers.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "engine/hash.h"
#include "engine/state/memory_store.h"
#include "tests/support/random.h"

namespace {

using namespace engine;
using support::Random;

using Key = std::tuple<std::int64_t, std::string, std::uint8_t>;
using Model = std::set<Key>;

Timer timer_of(const Key& key) {
  return {instant(std::get<0>(key)), std::get<1>(key), std::get<2>(key)};
}

struct Fixture {
  explicit Fixture(Store& store) : state(store), timers(state) {}
  State state;
  Timers timers;
};

// One run of a task's life with timers: arm, disarm and take in any order, checkpoints, and restarts at any point.
void run_model(std::uint64_t seed, int operations, std::int64_t already_armed) {
  Random random(seed);
  const auto contents = std::make_shared<MemoryStore::Contents>();
  MemoryStore store(contents);
  auto fixture = std::make_unique<Fixture>(store);
  Model model;
  Model durable;
  Hash128 durable_digest;
  std::string durable_mark;
  std::optional<Checkpoint> frozen;
  Model frozen_model;
  Hash128 frozen_digest;
  std::string frozen_mark;
  bool written = false;
  std::int64_t now_ms = 0;

  const auto restart = [&] {
    fixture = std::make_unique<Fixture>(store);
    fixture->state.set_digest(durable_digest);
    fixture->timers.set_mark(durable_mark);
    model = durable;
    frozen.reset();
    written = false;
  };
  const auto freeze = [&] {
    frozen_digest = fixture->state.digest();
    frozen = Checkpoint{"position", fixture->state.freeze()};
    frozen_model = model;
    frozen_mark = fixture->timers.mark();
  };
  const auto write = [&] {
    ASSERT_TRUE(store.checkpoint(*frozen));
    frozen.reset();
    durable = frozen_model;
    durable_digest = frozen_digest;
    durable_mark = frozen_mark;
    written = true;
  };

  for (std::int64_t i = 0; i < already_armed; ++i) {
    const Key key{random.between(-1000, 100'000), "s" + std::to_string(i), 0};
    model.insert(key);
    fixture->timers.arm(timer_of(key));
  }
  if (already_armed > 0) {
    freeze();
    write();
    restart();
  }
  for (int i = 0; i < operations; ++i) {
    switch (random.below(12)) {
      case 11:
        fixture->state.evict_to(random.below(fixture->state.bytes() + 1));
        break;
      case 0:
      case 1:
      case 2: {  // before or after what has fired, near or far
        const std::int64_t due =
            random.coin() ? random.between(now_ms - 50, now_ms + 50) : random.between(now_ms, now_ms + 100'000);
        const std::string subject = std::string(random.coin() ? 1 : 20, 't') + std::to_string(random.below(30));
        const Key key{due, subject, static_cast<std::uint8_t>(random.below(3))};
        if (!model.insert(key).second) break;
        fixture->timers.arm(timer_of(key));
        break;
      }
      case 3:
      case 4: {
        if (model.empty()) break;
        auto victim = model.lower_bound({random.between(now_ms - 50, now_ms + 1000), "", 0});
        if (victim == model.end()) victim = model.begin();
        fixture->timers.disarm(timer_of(*victim));
        model.erase(victim);
        break;
      }
      case 5:
      case 6: {
        now_ms += random.between(0, already_armed > 0 ? 3000 : 60);
        while (true) {
          const auto fired = fixture->timers.take(instant(now_ms));
          const bool due = !model.empty() && std::get<0>(*model.begin()) < now_ms;
          ASSERT_EQ(fired.has_value(), due);
          if (!due) break;
          ASSERT_EQ((Key{to_ms(fired->due), fired->subject, fired->kind}), *model.begin());
          model.erase(model.begin());
          if (random.per_mille(50)) break;  // as a step does whose limit is reached
        }
        break;
      }
      case 7: {
        const auto next = fixture->timers.next_due();
        ASSERT_EQ(next.has_value(), !model.empty());
        if (!next) break;
        ASSERT_EQ(to_ms(*next), std::get<0>(*model.begin()));
        break;
      }
      case 8:
        if (!frozen && !written) freeze();
        break;
      case 9:
        if (frozen) write();
        break;
      case 10:
        if (written && random.coin()) {
          fixture->state.unfreeze();
          written = false;
        } else if (random.below(10) == 0) {
          restart();
        }
        break;
    }
    ASSERT_FALSE(fixture->state.error());
    if (i % 16 != 0 || already_armed > 0) continue;
    Hash128 digest;
    for (const Key& key : model) {
      State scratch(store);
      Timers one(scratch);
      one.arm(timer_of(key));
      digest += scratch.digest();
    }
    ASSERT_EQ(fixture->state.digest(), digest);
  }
  while (!model.empty()) {
    const auto fired = fixture->timers.take(kMaxInstant);
    ASSERT_TRUE(fired);
    ASSERT_EQ((Key{to_ms(fired->due), fired->subject, fired->kind}), *model.begin());
    model.erase(model.begin());
  }
  EXPECT_FALSE(fixture->timers.take(kMaxInstant));
}

TEST(Timers, FireInOrderThroughCheckpointsAndRestarts) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    run_model(seed, 400, 0);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(Timers, ManyMoreThanFitAChunkAreLoadedAsTheyComeDue) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    run_model(seed, 300, 40'000);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(Timers, ADeadlineIsInclusive) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  Fixture fixture(store);
  fixture.timers.arm({instant(100), "s", 1});
  EXPECT_FALSE(fixture.timers.take(instant(100)));
  const auto fired = fixture.timers.take(instant(101));
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->due, instant(100));
  EXPECT_EQ(fired->subject, "s");
  EXPECT_EQ(fired->kind, 1);
}

TEST(Timers, ArmedAndDisarmedBetweenCheckpointsLeaveNoTraceInTheDigest) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  Fixture fixture(store);
  fixture.timers.arm({instant(1), "a", 0});
  const Hash128 before = fixture.state.digest();
  fixture.timers.arm({instant(2), "b", 0});
  fixture.timers.disarm({instant(2), "b", 0});
  EXPECT_EQ(fixture.state.digest(), before);
  fixture.timers.disarm({instant(1), "a", 0});
  EXPECT_EQ(fixture.state.digest(), Hash128{});
}

}  // namespace
