#include "projections/stage/sweep.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <optional>
#include <set>

#include "tests/projections/law.h"
#include "tests/projections/stage/part_fixture.h"

namespace projections_test {
namespace {

using projections::Sweep;
using projections::SweepCursor;

// Two tables of keys, and how often each key was visited.
class Tables {
 public:
  std::vector<Sweep::Pass> passes() { return {pass(0), pass(1)}; }

  std::set<std::string> keys[2];
  std::vector<std::string> visited;

 private:
  Sweep::Pass pass(std::size_t table) {
    return {[this, table](std::string_view after, std::size_t limit) {
              std::vector<std::string> found;
              for (auto at = keys[table].upper_bound(std::string(after)); at != keys[table].end(); ++at) {
                if (found.size() == limit) break;
                found.push_back(*at);
              }
              return found;
            },
            [this, table](const std::string& key, engine::Context&) {
              visited.push_back(std::to_string(table) + key);
              return true;
            }};
  }
};

std::vector<std::string> all_of(const Tables& tables) {
  std::vector<std::string> all;
  for (const std::string& key : tables.keys[0]) all.push_back("0" + key);
  for (const std::string& key : tables.keys[1]) all.push_back("1" + key);
  return all;
}

TEST(Sweep, VisitsEachRowOnceWhateverAStepMayDo) {
  EXPECT_TRUE(law("a sweep visits each row once, in order, by steps of any size and through restarts", 100, [] {
    PartState state;
    Tables tables;
    for (auto& keys : tables.keys) {
      for (const int key : *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 500))) {
        keys.insert(std::to_string(key));
      }
    }
    auto sweep = std::make_unique<Sweep>(*state, tables.passes());
    PartContext context;
    RC_ASSERT(!sweep->running());
    RC_ASSERT(sweep->run(10, context) == 0u);
    sweep->start();
    std::uint64_t counted = 0;
    while (sweep->running()) {
      const auto limit = *rc::gen::inRange<std::uint64_t>(1, 40);
      context.room = *rc::gen::element<std::int64_t>(-1, 0, 3);
      const std::uint64_t done = sweep->run(limit, context);
      RC_ASSERT(done <= limit);
      RC_ASSERT(done > 0u);
      counted += done;
      if (*rc::gen::inRange(0, 4) != 0) continue;
      state.checkpoint();
      sweep.reset();
      state.restart();
      sweep = std::make_unique<Sweep>(*state, tables.passes());
    }
    RC_ASSERT(tables.visited == all_of(tables));
    RC_ASSERT(counted == tables.visited.size() + 2);  // the end of each pass counts
  }));
}

TEST(Sweep, TakesTheSameStepsWhenItIsGivenTheirCounts) {
  EXPECT_TRUE(law("a replay by the recorded counts visits the same rows in each step", 100, [] {
    PartState state;
    PartState replayed_state;
    Tables tables;
    for (const int key : *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 100))) {
      tables.keys[*rc::gen::inRange(0, 2)].insert(std::to_string(key));
    }
    Tables replayed = tables;
    Sweep live(*state, tables.passes());
    Sweep replay(*replayed_state, replayed.passes());
    live.start();
    replay.start();
    while (live.running()) {
      PartContext context;
      context.room = *rc::gen::element<std::int64_t>(-1, 0, 2, 5);
      const std::uint64_t done = live.run(*rc::gen::inRange<std::uint64_t>(1, 30), context);
      PartContext roomy;
      RC_ASSERT(replay.run(done, roomy) == done);
      RC_ASSERT(replayed.visited == tables.visited);
      RC_ASSERT(replay.running() == live.running());
    }
  }));
}

TEST(Sweep, BeginsAgainWhenTheRulesChangeMeanwhile) {
  PartState state;
  Tables tables;
  tables.keys[0] = {"a", "b", "c"};
  Sweep sweep(*state, tables.passes());
  PartContext context;
  sweep.start();
  EXPECT_EQ(sweep.run(2, context), 2u);
  sweep.start();
  EXPECT_EQ(sweep.run(100, context), 5u);
  EXPECT_EQ(tables.visited, (std::vector<std::string>{"0a", "0b", "0a", "0b", "0c"}));
  EXPECT_FALSE(sweep.running());
}

TEST(Sweep, StopsWhenARowCannotBeVisited) {
  PartState state;
  std::vector<Sweep::Pass> passes = {{[](std::string_view, std::size_t) { return std::vector<std::string>{"a"}; },
                                      [](const std::string&, engine::Context&) { return false; }}};
  Sweep sweep(*state, std::move(passes));
  PartContext context;
  sweep.start();
  EXPECT_EQ(sweep.run(5, context), 0u);
  EXPECT_TRUE(sweep.running());
}

TEST(SweepCursor, IsReadAsItWasWritten) {
  std::string bytes;
  SweepCursor{.pass = 1, .done_up_to = "c7"}.encode(bytes);
  EXPECT_EQ(bytes,
            "\x02\x01"
            "c7");
  SweepCursor read;
  EXPECT_TRUE(read.decode(bytes));
  EXPECT_EQ(read.pass, 1);
  EXPECT_EQ(read.done_up_to, "c7");
  EXPECT_FALSE(
      read.decode("\x01"
                  "c7"));
  EXPECT_FALSE(read.decode(""));
}

}  // namespace
}  // namespace projections_test
