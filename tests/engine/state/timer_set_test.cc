#include "engine/state/timer_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "tests/support/random.h"

namespace {

using namespace engine;
using support::Random;

using Key = std::tuple<std::int64_t, std::string, std::uint8_t>;
using Model = std::map<Key, TimerSet::Marks>;

constexpr std::size_t kChunk = 128;  // timers in a full chunk

Timer timer_of(const Key& key) {
  return {instant(std::get<0>(key)), std::get<1>(key), std::get<2>(key)};
}

Key key_of(const TimerRef& timer) {
  return {to_ms(timer.due), std::string(timer.subject), timer.kind};
}

// Subjects of 0 to 60 bytes: up to 21 lie in the entry itself, longer ones elsewhere.
std::string subject(Random& random) {
  constexpr std::size_t kSizes[] = {0, 1, 8, 20, 21, 22, 23, 60};
  std::string text(kSizes[random.below(std::size(kSizes))], 's');
  if (!text.empty()) text.back() = static_cast<char>('a' + random.below(4));
  return text;
}

Model all_of(TimerSet& set) {
  Model found;
  std::optional<Key> last;
  for (int mark = 1; mark < 256; mark *= 2) {
    last.reset();
    set.visit_marked(static_cast<TimerSet::Marks>(mark), [&](const TimerRef& timer, TimerSet::Marks& marks) {
      const Key key = key_of(timer);
      EXPECT_TRUE(!last || *last < key) << "a visit ascends";
      last = key;
      found[key] = marks;
    });
  }
  return found;
}

// What the model has with any mark.
Model marked(const Model& model) {
  Model found;
  for (const auto& [key, marks] : model) {
    if (marks != 0) found[key] = marks;
  }
  return found;
}

void run_model(std::uint64_t seed, int operations, std::int64_t range_ms) {
  Random random(seed);
  TimerSet set;
  Model model;
  const auto some_key = [&] {
    return Key{random.between(-range_ms, range_ms), subject(random), static_cast<std::uint8_t>(random.below(3))};
  };
  // A key that is there, or one beside it, so that most operations hit.
  const auto near_key = [&] {
    const Key key = some_key();
    const auto at = model.lower_bound(key);
    return at == model.end() || random.below(4) == 0 ? key : at->first;
  };
  for (int i = 0; i < operations; ++i) {
    switch (random.below(16)) {
      default: {
        const Key key = some_key();
        const auto marks = static_cast<TimerSet::Marks>(random.below(4));
        ASSERT_EQ(set.insert(timer_of(key), marks), model.emplace(key, marks).second);
        break;
      }
      case 0:
      case 1:
      case 2: {
        const Key key = near_key();
        TimerSet::Marks marks = 77;
        const auto at = model.find(key);
        ASSERT_EQ(set.erase(timer_of(key), &marks), at != model.end());
        if (at == model.end()) break;
        ASSERT_EQ(marks, at->second);
        model.erase(at);
        break;
      }
      case 3: {
        const Key key = near_key();
        ASSERT_EQ(set.contains(timer_of(key)), model.contains(key));
        break;
      }
      case 4:
        for (std::uint64_t n = random.below(40); n > 0 && !model.empty(); --n) {
          ASSERT_EQ(key_of(set.front()), model.begin()->first);
          ASSERT_EQ(set.front_marks(), model.begin()->second);
          set.pop_front();
          model.erase(model.begin());
        }
        break;
      case 5: {  // those of a stretch, from its begin on: chunks inside lose their first entries
        auto at = model.lower_bound(some_key());
        for (std::uint64_t n = random.below(200); n > 0 && at != model.end(); --n) {
          ASSERT_TRUE(set.erase(timer_of(at->first)));
          at = model.erase(at);
        }
        break;
      }
      case 6: {  // one below another
        Key key{range_ms, "z", 9};
        for (std::uint64_t n = random.below(60); n > 0; --n) {
          std::get<0>(key) -= random.between(1, 3);
          ASSERT_EQ(set.insert(timer_of(key), 0), model.emplace(key, 0).second);
        }
        break;
      }
      case 7: {
        const auto mark = static_cast<TimerSet::Marks>(1 + random.below(3));
        set.visit_marked(mark, [&](const TimerRef&, TimerSet::Marks& marks) { marks = 0; });
        for (auto& [key, marks] : model) {
          if ((marks & mark) != 0) marks = 0;
        }
        break;
      }
      case 8: {
        if (random.below(4) != 0) break;
        const std::size_t before = set.bytes();
        const std::size_t wanted = random.below(before + 1);
        const auto first = set.drop_unmarked_from_end(wanted, random.below(3));
        ASSERT_LE(set.bytes(), before);
        if (!first) break;
        // All without marks from there on are gone, and nothing else is.
        for (auto at = model.find(key_of(*first)); at != model.end();) {
          at = at->second == 0 ? model.erase(at) : std::next(at);
        }
        ASSERT_EQ(set.size(), model.size()) << "the first one that was dropped is the lowest one";
        break;
      }
      case 9: {
        TimerSet other = std::move(set);
        set = std::move(other);
        break;
      }
    }
    ASSERT_EQ(set.size(), model.size());
    ASSERT_EQ(set.empty(), model.empty());
    if (!model.empty()) {
      ASSERT_EQ(key_of(set.front()), model.begin()->first);
    }
    if (i % 32 == 0) {
      ASSERT_EQ(all_of(set), marked(model));
      for (const auto& [key, marks] : model) ASSERT_TRUE(set.contains(timer_of(key)));
    }
  }
  for (; !model.empty(); model.erase(model.begin())) {
    ASSERT_EQ(key_of(set.front()), model.begin()->first);
    set.pop_front();
  }
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.bytes(), 0u);
}

TEST(TimerSet, EqualsASortedSet) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    run_model(seed, 1500, 1 + static_cast<std::int64_t>(seed % 5) * 1500);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(TimerSet, TakesTimersInDescendingOrder) {
  TimerSet set;
  constexpr int kTimers = 3 * kChunk;
  for (int i = kTimers; i > 0; --i) {
    ASSERT_TRUE(set.insert({instant(i), "s", 0}, 0));
    ASSERT_FALSE(set.insert({instant(i), "s", 0}, 1)) << "it is there";
    ASSERT_EQ(set.front().due, instant(i));
  }
  for (int i = 1; i <= kTimers; ++i) {
    ASSERT_TRUE(set.contains({instant(i), "s", 0})) << i;
    ASSERT_EQ(set.front().due, instant(i));
    set.pop_front();
  }
  EXPECT_TRUE(set.empty());
}

// A full chunk in the middle has lost its first entries when it gets one that lies before the others.
TEST(TimerSet, FindsWhatWasPutWhereTheBeginOfAFullChunkWasErased) {
  TimerSet set;
  constexpr int kTimers = 4 * kChunk;
  for (int i = 0; i < kTimers; ++i) ASSERT_TRUE(set.insert({instant(10 * i), "s", 0}, 0));
  const int begin = 2 * static_cast<int>(kChunk);
  for (int i = begin; i < begin + 100; ++i) ASSERT_TRUE(set.erase({instant(10 * i), "s", 0}));
  const TimerRef between(instant(10 * begin + 5), "s", 0);
  ASSERT_TRUE(set.insert(between, 0));
  EXPECT_TRUE(set.contains(between));
  EXPECT_FALSE(set.insert(between, 0));
  EXPECT_TRUE(set.erase(between));
  EXPECT_EQ(set.size(), static_cast<std::size_t>(kTimers - 100));
}

TEST(TimerSet, DropsTheLastOnesAndTellsTheFirstOfThem) {
  TimerSet set;
  constexpr int kTimers = 8 * kChunk;
  for (int i = 0; i < kTimers; ++i) set.insert({instant(i), std::string(i % 2 == 0 ? 4 : 40, 's'), 0}, i % 100 == 99);
  const std::size_t full = set.bytes();
  EXPECT_FALSE(set.drop_unmarked_from_end(full, 8)) << "8 chunks are kept";
  EXPECT_EQ(set.bytes(), full);
  const auto first = set.drop_unmarked_from_end(full / 4, 1);
  ASSERT_TRUE(first);
  EXPECT_LE(set.bytes(), full - full / 4);
  EXPECT_GT(set.bytes(), full / 4) << "no more than was asked for, about";
  for (int i = 0; i < kTimers; ++i) {
    const bool there = instant(i) < first->due || i % 100 == 99;
    ASSERT_EQ(set.contains({instant(i), std::string(i % 2 == 0 ? 4 : 40, 's'), 0}), there) << i;
  }
  set.drop_unmarked_from_end(SIZE_MAX, 0);
  EXPECT_EQ(set.size(), static_cast<std::size_t>(kTimers / 100));
}

TEST(TimerSet, DropsBelowChunksThatAreMarkedThroughout) {
  TimerSet set;
  for (int i = 0; i < 8 * static_cast<int>(kChunk); ++i) set.insert({instant(i), "s", 0}, 0);
  for (int i = 0; i < 2 * static_cast<int>(kChunk); ++i) set.insert({instant(100'000 + i), "s", 0}, 1);
  const std::size_t full = set.bytes();
  const auto first = set.drop_unmarked_from_end(full / 2, 0);
  ASSERT_TRUE(first);
  EXPECT_LE(set.bytes(), full - full / 2);
  EXPECT_GT(first->due, instant(0)) << "no more than was asked for, about";
  for (int i = 0; i < 2 * static_cast<int>(kChunk); ++i) EXPECT_TRUE(set.contains({instant(100'000 + i), "s", 0}));
}

TEST(TimerSet, MovesWithAllItHas) {
  TimerSet set;
  for (int i = 0; i < 300; ++i) set.insert({instant(i), std::string(50, 's'), 0}, 0);
  const std::size_t bytes = set.bytes();
  TimerSet other = std::move(set);
  EXPECT_EQ(other.size(), 300u);
  EXPECT_EQ(other.bytes(), bytes);
  other.clear();
  EXPECT_EQ(other.bytes(), 0u);
}

}  // namespace
