#include "engine/state/table.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>

#include "engine/bytes.h"
#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace engine;
using support::Random;

struct Row {
  std::int64_t number = 0;
  std::string text;
  bool operator==(const Row&) const = default;
  void encode(std::string& out) const {
    put_signed(out, number);
    put_string(out, text);
  }
  bool decode(std::string_view bytes) {
    ByteReader in(bytes);
    number = in.integer();
    text = in.string();
    return in.complete();
  }
};

using Model = std::map<std::string, Row>;

// The tables of a task, as a Task uses them: digest, freeze, checkpoint in the store, unfreeze.
template <Access access>
struct Fixture {
  explicit Fixture(Store& store) : state(store), rows(state, "rows"), others(state, "others") {}
  State state;
  Table<Row, access> rows;
  Table<Row, access> others;
};

template <Access access>
void expect_equal(Fixture<access>& fixture, const Model& model, Random& random) {
  Model scanned;
  fixture.rows.scan("", "", [&](std::string_view key, const Row& row) {
    EXPECT_TRUE(scanned.empty() || scanned.rbegin()->first < key) << "a scan ascends";
    scanned.emplace(key, row);
    return true;
  });
  ASSERT_EQ(scanned, model);
  const std::string from = "k" + std::to_string(random.below(40));
  std::string found;
  fixture.rows.scan("k1", from, [&](std::string_view key, const Row&) {
    found = key;
    return false;
  });
  auto expected = model.lower_bound(std::max<std::string>(from, "k1"));
  EXPECT_EQ(found, expected != model.end() && expected->first.starts_with("k1") ? expected->first : std::string());
  Hash128 digest;
  for (const auto& [key, row] : model) {
    std::string bytes;
    row.encode(bytes);
    digest += fixture.rows.row_hash(key, bytes);
  }
  EXPECT_EQ(fixture.state.digest(), digest) << "the digest is the sum of the hashes of all rows";
}

template <Access access>
void run_model(const std::function<std::unique_ptr<Store>()>& open, std::uint64_t seed, int operations) {
  Random random(seed);
  auto store = open();
  auto fixture = std::make_unique<Fixture<access>>(*store);
  Model model;
  Model durable;  // as of the last checkpoint in the store
  Hash128 durable_digest;
  std::optional<Checkpoint> frozen;  // collected, not in the store yet
  Model frozen_model;
  Hash128 frozen_digest;
  bool written = false;  // in the store, not released yet
  for (int i = 0; i < operations; ++i) {
    const std::string key = "k" + std::to_string(random.below(40));
    switch (random.below(14)) {
      case 0:
      case 1:
      case 2: {
        Row& row = fixture->rows.upsert(key);
        ASSERT_EQ(row, model[key]);
        row.number = random.between(-1000, 1000);
        row.text.assign(random.below(200), 'x');
        model[key] = row;
        break;
      }
      case 3: {
        Row* row = fixture->rows.edit(key);
        ASSERT_EQ(row != nullptr, model.contains(key));
        if (row == nullptr) break;
        ++row->number;
        ++model[key].number;
        break;
      }
      case 4:
      case 5:
        fixture->rows.erase(key);
        model.erase(key);
        break;
      case 6:
      case 7: {
        const Row* row = fixture->rows.find(key);
        const auto expected = model.find(key);
        ASSERT_EQ(row != nullptr, expected != model.end()) << key;
        if (row == nullptr) break;
        ASSERT_EQ(*row, expected->second);
        break;
      }
      case 8:
        fixture->state.evict_to(random.below(4000));
        break;
      case 9:
        expect_equal(*fixture, model, random);
        break;
      case 10:
        if (frozen || written) break;
        frozen_digest = fixture->state.digest();
        frozen = Checkpoint{"position", fixture->state.freeze()};
        frozen_model = model;
        ASSERT_EQ(fixture->state.dirty_bytes(), 0u);
        break;
      case 11:
        if (!frozen) break;
        ASSERT_TRUE(store->checkpoint(*frozen));
        frozen.reset();
        durable = frozen_model;
        durable_digest = frozen_digest;
        written = true;
        break;
      case 12:
        if (!written) break;
        fixture->state.unfreeze();
        written = false;
        break;
      case 13:
        if (random.below(4) > 0) break;
        fixture.reset();  // a crash: what was not checkpointed is gone
        store.reset();
        store = open();
        fixture = std::make_unique<Fixture<access>>(*store);
        fixture->state.set_digest(durable_digest);
        model = durable;
        frozen.reset();
        written = false;
        ASSERT_EQ(*fixture->state.stored_digest(), durable_digest);
        break;
    }
    ASSERT_FALSE(fixture->state.error());
  }
  expect_equal(*fixture, model, random);
}

TEST(Table, EqualsAMapOverMemory) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto contents = std::make_shared<MemoryStore::Contents>();
    const auto again = std::make_shared<MemoryStore::Contents>();
    run_model<Access::ordered>([&] { return std::make_unique<MemoryStore>(contents); }, seed, 500);
    run_model<Access::hashed>([&] { return std::make_unique<MemoryStore>(again); }, seed + 1000, 500);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(Table, EqualsAMapOverRocksDB) {
  const support::Scratch scratch;
  const std::string directory = scratch.path("state");
  run_model<Access::ordered>(
      [&] { return *RocksStore::open({.directory = directory, .tables = {"rows", "others"}, .read_only = false}); }, 1,
      400);
}

TEST(Table, RowsOfTwoTablesHashDifferently) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  Fixture<Access::hashed> fixture(store);
  EXPECT_NE(fixture.rows.row_hash("key", "value"), fixture.others.row_hash("key", "value"));
}

TEST(Table, ShedsColdRowsAndReadsThemAgain) {
  const auto contents = std::make_shared<MemoryStore::Contents>();
  MemoryStore store(contents);
  Fixture<Access::hashed> fixture(store);
  for (int i = 0; i < 100; ++i) fixture.rows.upsert("k" + std::to_string(i)).text.assign(1000, 'x');
  fixture.state.digest();
  const std::size_t full = fixture.state.bytes();
  const Checkpoint checkpoint{"position", fixture.state.freeze()};
  fixture.state.evict_to(0);
  EXPECT_EQ(fixture.state.bytes(), full) << "rows that are not in the store yet stay";
  ASSERT_TRUE(store.checkpoint(checkpoint));
  fixture.state.unfreeze();
  fixture.state.evict_to(0);
  EXPECT_LT(fixture.state.bytes(), full / 10);
  ASSERT_NE(fixture.rows.find("k7"), nullptr);
  EXPECT_EQ(fixture.rows.find("k7")->text.size(), 1000u);
}

TEST(Table, AMalformedRowIsReportedAsCorrupt) {
  const auto contents = std::make_shared<MemoryStore::Contents>();
  contents->tables["rows"]["key"] = "\xff";
  MemoryStore store(contents);
  Fixture<Access::hashed> fixture(store);
  EXPECT_EQ(fixture.rows.find("key"), nullptr);
  ASSERT_TRUE(fixture.state.error());
  EXPECT_EQ(fixture.state.error()->action, Action::corrupt);
}

TEST(Position, ComesBackFromItsEncodingAndRefusesDamage) {
  Position position;
  position.stage = "words";
  position.partition = Partition{3};
  position.partitions = 4;
  position.logic_version = 2;
  position.step = StepNumber{77};
  position.chain = {1, 2};
  position.digest = {3, 4};
  position.clock = instant(-5);
  position.timers_mark = std::string("\0mark", 5);
  position.next_offsets = {Offset{0}, Offset{1'000'000}};
  position.next_schedule_offset = Offset{78};
  std::string bytes = position.encode();
  const auto decoded = Position::decode(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->encode(), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(Position::decode(std::string_view(bytes).substr(0, size)).error().action, Action::corrupt);
  }
  bytes[0] = 2;
  EXPECT_EQ(Position::decode(bytes).error().action, Action::invalid);
}

}  // namespace
