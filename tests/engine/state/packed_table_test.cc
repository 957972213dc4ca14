#include "engine/state/packed_table.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/memory_store.h"
#include "engine/state/state.h"
#include "tests/support/random.h"

namespace {

using namespace engine;
using support::Random;

// What typed tables are made of, as it is.
class Rows final : public PackedTable {
 public:
  using PackedTable::first_keys_after;
  using PackedTable::get;
  using PackedTable::has_rows;
  using PackedTable::PackedTable;
  using PackedTable::put;
  using PackedTable::remove;
  using PackedTable::visit_rows;
};

std::string key_of(int i) {
  return "key" + std::to_string(1000 + i);
}

class PackedTableTest : public testing::Test {
 protected:
  PackedTableTest() { reopen(); }

  // Drops what is in memory.
  void reopen() {
    rows_.reset();
    state_ = std::make_unique<State>(store_);
    rows_ = std::make_unique<Rows>(*state_, "rows");
    empty_bytes_ = rows_->bytes();
  }

  Checkpoint freeze() {
    digest_ = state_->digest();
    return {"position", state_->freeze()};
  }
  void checkpoint() {
    ASSERT_TRUE(store_.checkpoint(freeze()));
    state_->unfreeze();
  }

  std::optional<std::string> get(std::string_view key) {
    const auto value = rows_->get(key);
    return value ? std::optional(std::string(*value)) : std::nullopt;
  }

  // What a checkpoint holds, by key.
  static std::map<std::string, std::optional<std::string>> rows_of(const Checkpoint& checkpoint) {
    std::map<std::string, std::optional<std::string>> all;
    for (const TableChanges& table : checkpoint.tables) {
      for (const TableChanges::Row& row : table.rows) {
        all[std::string(row.key)] = row.value ? std::optional(std::string(*row.value)) : std::nullopt;
      }
    }
    return all;
  }
  using Changes = std::map<std::string, std::optional<std::string>>;

  std::shared_ptr<MemoryStore::Contents> contents_ = std::make_shared<MemoryStore::Contents>();
  MemoryStore store_{contents_};
  std::unique_ptr<State> state_;
  std::unique_ptr<Rows> rows_;
  std::size_t empty_bytes_ = 0;
  Hash128 digest_;
};

TEST_F(PackedTableTest, ARowThatNoStoreHasLeavesNothingBehindWhenErased) {
  rows_->put("a", "1");
  rows_->put("a", std::string(500, 'x'));
  rows_->remove("a");
  rows_->remove("a");
  EXPECT_EQ(state_->digest(), Hash128{});
  EXPECT_EQ(rows_->bytes(), empty_bytes_);
  EXPECT_EQ(rows_->dirty_bytes(), 0u);
  EXPECT_TRUE(state_->freeze().empty());
  EXPECT_FALSE(rows_->has_rows());
}

TEST_F(PackedTableTest, AnErasedRowOfTheStoreIsGoneAtOnceAndInTheNextCheckpoint) {
  rows_->put("a", "1");
  rows_->put("b", "2");
  checkpoint();
  reopen();
  rows_->remove("a");
  EXPECT_EQ(get("a"), std::nullopt);
  const Checkpoint frozen = freeze();
  EXPECT_EQ(rows_of(frozen), (Changes{{"a", std::nullopt}}));
  ASSERT_TRUE(store_.checkpoint(frozen));
  state_->unfreeze();
  state_->evict_to(0);
  EXPECT_EQ(rows_->bytes(), empty_bytes_) << "the mark is not needed any more";
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(get("b"), "2");
}

TEST_F(PackedTableTest, ARowThatIsBeingWrittenIsErasedWithAMark) {
  rows_->put("a", "1");
  const Checkpoint frozen = freeze();
  rows_->remove("a");
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(state_->digest(), Hash128{});
  ASSERT_TRUE(store_.checkpoint(frozen));
  state_->unfreeze();
  EXPECT_EQ(get("a"), std::nullopt) << "the store has it still";
  EXPECT_EQ(rows_of(freeze()), (Changes{{"a", std::nullopt}}));
}

TEST_F(PackedTableTest, FrozenRowsStayAsTheyWereWhileTheTableChanges) {
  for (int i = 0; i < 50; ++i) rows_->put(key_of(i), std::string(static_cast<std::size_t>(i), 'a'));
  const Checkpoint frozen = freeze();
  const Changes expected = rows_of(frozen);
  ASSERT_EQ(expected.size(), 50u);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i) {
      if (i % 3 == round) {
        rows_->remove(key_of(i));
      } else {
        rows_->put(key_of(i), std::string(static_cast<std::size_t>(i), static_cast<char>('b' + round)));
      }
    }
  }
  for (int i = 50; i < 1000; ++i) rows_->put(key_of(i), "new");  // the table grows
  state_->evict_to(0);
  EXPECT_EQ(rows_of(frozen), expected);
  ASSERT_TRUE(store_.checkpoint(frozen));
  state_->unfreeze();
  for (int i = 0; i < 50; ++i) {
    const auto now = i % 3 == 2 ? std::nullopt : std::optional(std::string(static_cast<std::size_t>(i), 'd'));
    EXPECT_EQ(get(key_of(i)), now) << i;
  }
}

TEST_F(PackedTableTest, KeepsWhatTheStoreDoesNotHaveWhenItSheds) {
  for (int i = 0; i < 100; ++i) rows_->put(key_of(i), std::string(100, 's'));
  checkpoint();
  for (int i = 100; i < 200; ++i) rows_->put(key_of(i), std::string(100, 'f'));
  const Checkpoint frozen = freeze();
  for (int i = 200; i < 300; ++i) rows_->put(key_of(i), std::string(100, 'd'));
  contents_->tables["rows"].clear();  // so that nothing is read again
  state_->evict_to(0);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(get(key_of(i)).has_value(), i >= 100) << i;
  EXPECT_EQ(rows_of(frozen).size(), 100u);
}

TEST_F(PackedTableTest, ShedsWhatWasNotUsedLatelyFirst) {
  for (int i = 0; i < 40; ++i) rows_->put(key_of(i), std::string(1000, 'x'));
  checkpoint();
  const std::size_t full = rows_->bytes();
  rows_->evict(2000);  // all were used: the hand goes around once
  EXPECT_LT(rows_->bytes(), full - 1999);
  EXPECT_GT(rows_->bytes(), full - 4000) << "no more than was asked for, about";
  contents_->tables["rows"].clear();
  std::vector<int> used;
  for (int i = 0; i < 40; i += 4) {
    if (get(key_of(i))) used.push_back(i);
  }
  rows_->evict(15'000);
  for (const int i : used) EXPECT_TRUE(get(key_of(i))) << i;
}

TEST_F(PackedTableTest, FindsTheFirstKeysPastManyThatAreErased) {
  for (int i = 0; i < 400; ++i) rows_->put(key_of(i), "v");
  checkpoint();
  reopen();
  std::vector<std::string> left;
  for (int i = 0; i < 400; ++i) {
    if (i % 40 == 39) {
      left.push_back(key_of(i));
    } else {
      rows_->remove(key_of(i));
    }
  }
  EXPECT_EQ(rows_->first_keys_after("", 100), left);
  EXPECT_EQ(rows_->first_keys_after("", 3), std::vector<std::string>(left.begin(), left.begin() + 3));
  EXPECT_EQ(rows_->first_keys_after(left[4], 2), std::vector<std::string>(left.begin() + 5, left.begin() + 7));
  EXPECT_TRUE(rows_->first_keys_after(left.back(), 10).empty());
  EXPECT_TRUE(rows_->first_keys_after("", 0).empty());
  EXPECT_TRUE(rows_->has_rows());
  for (const std::string& key : left) rows_->remove(key);
  EXPECT_TRUE(rows_->first_keys_after("", 1).empty());
  EXPECT_FALSE(rows_->has_rows());
}

TEST_F(PackedTableTest, GrowsWithTheMarksOfErasedRows) {
  for (int i = 0; i < 30; ++i) rows_->put(key_of(i), "old");
  checkpoint();
  reopen();
  for (int i = 0; i < 30; ++i) rows_->remove(key_of(i));
  for (int i = 30; i < 5000; ++i) rows_->put(key_of(i), "new");
  for (int i = 0; i < 30; ++i) EXPECT_EQ(get(key_of(i)), std::nullopt);
  for (int i = 30; i < 5000; ++i) ASSERT_EQ(get(key_of(i)), "new");
  const Changes changes = rows_of(freeze());
  EXPECT_EQ(changes.size(), 5000u);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(changes.at(key_of(i)), std::nullopt);
}

TEST_F(PackedTableTest, VisitsRowsOfTheStoreUnderThoseInMemory) {
  for (int i = 0; i < 10; ++i) rows_->put(key_of(i), "stored");
  checkpoint();
  reopen();
  rows_->put(key_of(3), "changed");
  rows_->put(key_of(3) + "a", "added");
  rows_->remove(key_of(5));
  std::vector<std::string> seen;
  rows_->visit_rows("key", key_of(2), [&](std::string_view key, std::string_view value) {
    seen.push_back(std::string(key.substr(3)) + "=" + std::string(value));
    return seen.size() < 5;
  });
  EXPECT_EQ(seen,
            (std::vector<std::string>{"1002=stored", "1003=changed", "1003a=added", "1004=stored", "1006=stored"}));
}

// Whatever was done, the books of memory come out even, and the digest is that of what is there.
TEST_F(PackedTableTest, ItsBooksEndWhereTheyBegan) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    contents_->tables.clear();
    reopen();
    std::optional<Checkpoint> frozen;
    bool written = false;
    std::map<std::string, std::string> model;
    for (int i = 0; i < 3000; ++i) {
      const std::string key = key_of(static_cast<int>(random.below(40)));
      switch (random.below(12)) {
        case 0:
          if (frozen || written) break;
          frozen = freeze();
          ASSERT_EQ(rows_->dirty_bytes(), 0u);
          break;
        case 1:
          if (!frozen) break;
          ASSERT_TRUE(store_.checkpoint(*frozen));
          frozen.reset();
          written = true;
          break;
        case 2:
          if (!written) break;
          state_->unfreeze();
          written = false;
          break;
        case 3:
          rows_->evict(random.below(3000));
          break;
        case 4:
        case 5:
        case 6:
          rows_->remove(key);
          model.erase(key);
          break;
        default:
          model[key] = std::string(random.below(120), static_cast<char>('a' + random.below(3)));
          rows_->put(key, model[key]);
      }
      ASSERT_GE(rows_->bytes(), rows_->dirty_bytes());
    }
    Hash128 digest;
    for (const auto& [key, value] : model) digest += rows_->row_hash(key, value);
    EXPECT_EQ(state_->digest(), digest) << "seed " << seed;
    if (!frozen && !written) frozen = freeze();
    if (frozen) {
      ASSERT_TRUE(store_.checkpoint(*frozen));
    }
    state_->unfreeze();
    for (int i = 0; i < 40; ++i) rows_->remove(key_of(i));
    EXPECT_EQ(state_->digest(), Hash128{}) << "seed " << seed;
    checkpoint();
    EXPECT_EQ(rows_->dirty_bytes(), 0u);
    rows_->evict(SIZE_MAX);
    EXPECT_EQ(rows_->bytes(), empty_bytes_) << "seed " << seed;
    EXPECT_TRUE(contents_->tables["rows"].empty()) << "seed " << seed;
  }
}

}  // namespace
