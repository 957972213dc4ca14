#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/state/rocks_store.h"
#include "tests/support/scratch.h"

namespace {

using namespace engine;

class RocksStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<RocksStore>> open(bool read_only = false) const {
    return RocksStore::open({.directory = directory_, .tables = {"rows", "timers"}, .read_only = read_only});
  }

  // A checkpoint that writes `rows` rows with `value` in both tables.
  static Checkpoint checkpoint(const std::string& position, int rows, const std::string& value) {
    Checkpoint made{position, {}};
    made.tables.emplace_back("rows");
    made.tables.emplace_back("timers");
    for (int i = 0; i < rows; ++i) {
      const std::string key = "key" + std::to_string(1000 + i);
      made.tables[0].put(key, value + std::to_string(i));
      made.tables[1].put(key, value);
    }
    return made;
  }

  static std::string get(Store& store, const std::string& table, const std::string& key) {
    std::string value;
    const auto found = store.get(table, key, value);
    EXPECT_TRUE(found) << found.error().message;
    return found && *found ? value : "(none)";
  }

  static std::string read_file(const std::filesystem::path& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
  }
  static void write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  std::vector<std::filesystem::path> tables_on_disk() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      if (entry.path().extension() == ".sst") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
  }

  const support::Scratch scratch_;
  const std::string directory_ = scratch_.path("state");
};

TEST_F(RocksStoreTest, ACheckpointReplacesRowsAndPositionTogether) {
  const auto store = *open();
  EXPECT_EQ(*store->position(), std::nullopt);
  ASSERT_TRUE(store->checkpoint(checkpoint("one", 10, "a")));
  EXPECT_EQ(*store->position(), "one");
  EXPECT_EQ(get(*store, "rows", "key1003"), "a3");
  Checkpoint second{"two", {}};
  second.tables.emplace_back("rows").put("key1003", std::nullopt);
  second.tables.front().put("key1004", "changed");
  ASSERT_TRUE(store->checkpoint(second));
  EXPECT_EQ(*store->position(), "two");
  EXPECT_EQ(get(*store, "rows", "key1003"), "(none)");
  EXPECT_EQ(get(*store, "rows", "key1004"), "changed");
  EXPECT_EQ(get(*store, "rows", "key1005"), "a5");
  EXPECT_EQ(get(*store, "timers", "key1003"), "a");
}

TEST_F(RocksStoreTest, KeepsTheLastCheckpointThroughARestart) {
  {
    const auto store = *open();
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(store->checkpoint(checkpoint(std::to_string(i), 20, std::to_string(i))));
  }
  const auto store = *open();
  EXPECT_EQ(*store->position(), "11");
  EXPECT_EQ(get(*store, "timers", "key1019"), "11");
  EXPECT_TRUE(store->verify());
  EXPECT_GT(store->bytes(), 0u);
}

TEST_F(RocksStoreTest, AStoreWhoseMakingWasCutShortIsMadeWhole) {
  ASSERT_TRUE(RocksStore::open({.directory = directory_, .tables = {"rows"}}));
  const auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE((*store)->checkpoint(checkpoint("one", 3, "v")));
  EXPECT_EQ(get(**store, "timers", "key1001"), "v");
}

TEST_F(RocksStoreTest, AFailedCheckpointLeavesTheOldOne) {
  const auto store = *open();
  ASSERT_TRUE(store->checkpoint(checkpoint("one", 10, "a")));
  Checkpoint twice{"two", {}};
  twice.tables.emplace_back("rows").put("key1001", "new");
  twice.tables.front().put("key1001", "newer");
  EXPECT_FALSE(store->checkpoint(twice));
  EXPECT_EQ(*store->position(), "one");
  EXPECT_EQ(get(*store, "rows", "key1001"), "a1");
  ASSERT_TRUE(store->checkpoint(checkpoint("three", 10, "c")));
  EXPECT_EQ(*store->position(), "three");
}

TEST_F(RocksStoreTest, ACursorSeesTheCheckpointThatItWasMadeOn) {
  const auto store = *open();
  ASSERT_TRUE(store->checkpoint(checkpoint("one", 3, "a")));
  const auto cursor = *store->cursor("rows");
  Checkpoint gone{"two", {}};
  gone.tables.emplace_back("rows").put("key1001", std::nullopt);
  ASSERT_TRUE(store->checkpoint(gone));
  std::vector<std::string> keys;
  for (cursor->seek("key1001"); cursor->valid(); cursor->next()) keys.emplace_back(cursor->key());
  EXPECT_TRUE(cursor->status());
  EXPECT_EQ(keys, (std::vector<std::string>{"key1001", "key1002"}));
}

TEST_F(RocksStoreTest, LeftoversOfACrashedCheckpointAreRemoved) {
  {
    ASSERT_TRUE((*open())->checkpoint(checkpoint("one", 3, "a")));
  }
  write_file(std::filesystem::path(directory_) / "000000.ingest", "half a file");
  const auto store = *open();
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(directory_) / "000000.ingest"));
  EXPECT_EQ(*store->position(), "one");
  EXPECT_TRUE(store->checkpoint(checkpoint("two", 3, "b")));
}

TEST_F(RocksStoreTest, AnotherProgramsReadingDoesNotChangeIt) {
  {
    ASSERT_TRUE((*open())->checkpoint(checkpoint("one", 3, "a")));
  }
  const auto reading = open(true);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(*(*reading)->position(), "one");
  EXPECT_TRUE((*reading)->verify());
}

// A changed byte is found by opening, by verify(), or it changes nothing that can be read.
TEST_F(RocksStoreTest, FlippedBytesInItsTablesAreFoundOrHarmless) {
  {
    ASSERT_TRUE((*open())->checkpoint(checkpoint("one", 40, "value")));
  }
  int found = 0;
  int harmless = 0;
  for (const auto& path : tables_on_disk()) {
    const std::string whole = read_file(path);
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 23) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
      write_file(path, flipped);
      const auto store = open(true);
      const Result<> verified = store ? (*store)->verify() : std::unexpected(store.error());
      if (!verified) {
        EXPECT_EQ(verified.error().action, Action::corrupt) << verified.error().message;
        ++found;
      } else {
        ++harmless;
        for (int i = 0; i < 40; ++i) {
          const std::string key = "key" + std::to_string(1000 + i);
          EXPECT_EQ(get(**store, "rows", key), "value" + std::to_string(i)) << path << " at byte " << at;
          EXPECT_EQ(get(**store, "timers", key), "value") << path << " at byte " << at;
        }
        EXPECT_EQ(*(*store)->position(), "one");
      }
    }
    write_file(path, whole);
  }
  EXPECT_GT(found, 4 * harmless) << found << " found, " << harmless << " harmless";
  EXPECT_TRUE((*open(true))->verify());
}

TEST_F(RocksStoreTest, ATruncatedOrMissingTableIsCorrupt) {
  {
    ASSERT_TRUE((*open())->checkpoint(checkpoint("one", 40, "value")));
  }
  const auto path = tables_on_disk().front();
  const std::string whole = read_file(path);
  write_file(path, whole.substr(0, whole.size() / 2));
  const auto torn = open();
  EXPECT_EQ((torn ? (*torn)->verify() : std::unexpected(torn.error())).error().action, Action::corrupt);
  std::filesystem::remove(path);
  const auto missing = open();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().action, Action::corrupt);
  ASSERT_TRUE(RocksStore::remove(directory_));
  EXPECT_EQ(*(*open())->position(), std::nullopt);
}

}  // namespace
