#include <gtest/gtest.h>

#include "tests/engine/log/journal_fixture.h"

// What a damaged journal may do: say so, or give exactly what was written. Never anything else.
namespace {

using namespace engine;
using namespace journal_fixture;

class JournalDamage : public JournalTest {
 protected:
  // The log on a disk with these files: its contents, or the error of opening or of reading it.
  Result<Contents> contents_of(const Files& files, bool accept_loss = false) {
    support::SimulatedDisk disk(7);
    put(disk, files);
    const auto log = TRY(open(disk, accept_loss));
    return read_all(*log);
  }

  static JournalCheck verify(const Files& files) {
    support::SimulatedDisk disk(7);
    put(disk, files);
    const auto check = verify_journal(disk, kDirectory);
    EXPECT_TRUE(check) << check.error().message;
    return check ? *check : JournalCheck{};
  }
};

const std::string kSegment = kDirectory + "/00000000.journal";

TEST_F(JournalDamage, AWholeJournalHasNone) {
  segment_bytes_ = 500;
  start();
  say(12);
  const Files files = files_of(disk_);
  ASSERT_GE(files.size(), 5u) << "at least two segments, an index and the acknowledgement";
  const JournalCheck check = verify(files);
  EXPECT_TRUE(check.damages.empty());
  EXPECT_EQ(check.note, "");
  EXPECT_EQ(check.transactions, 15u);
  EXPECT_EQ(check.records, 36u);
  EXPECT_EQ(*contents_of(files), contents());
}

TEST_F(JournalDamage, AFlippedByteIsNamedAndNeverReadAsSomethingElse) {
  segment_bytes_ = 500;
  start();
  say(9);
  const Contents whole = contents();
  const Files files = files_of(disk_);
  int positions = 0;
  int refused = 0;
  for (const auto& [path, bytes] : files) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      ++positions;
      Files damaged = files;
      damaged[path][at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
      EXPECT_FALSE(verify(damaged).damages.empty()) << path << " byte " << at;
      const auto read = contents_of(damaged);
      if (read) {
        ASSERT_EQ(*read, whole) << path << " byte " << at;
      } else {
        EXPECT_EQ(read.error().action, Action::corrupt) << path << " byte " << at << ": " << read.error().message;
        ++refused;
      }
    }
  }
  EXPECT_GT(positions, 1500);
  // The rest is repaired (indexes, the acknowledgement) or not needed to read (tables of segments that have an index).
  EXPECT_GT(refused, positions / 4);
  RecordProperty("positions", positions);
  RecordProperty("refused", refused);
}

TEST_F(JournalDamage, ATornUnacknowledgedTailOfAnyLengthIsCutAndNothingElse) {
  start();
  say(4);
  const Contents before = contents();
  const Files acknowledged = files_of(disk_);
  say(1);
  const Contents after = contents();
  const std::string longer = files_of(disk_).at(kSegment);
  for (std::size_t size = acknowledged.at(kSegment).size(); size <= longer.size(); ++size) {
    Files files = acknowledged;
    files[kSegment] = longer.substr(0, size);
    EXPECT_TRUE(verify(files).damages.empty()) << size;
    support::SimulatedDisk disk(7);
    put(disk, files);
    const auto log = open(disk);
    ASSERT_TRUE(log) << size << ": " << log.error().message;
    const bool whole = size == longer.size();
    ASSERT_EQ(*read_all(**log), whole ? after : before) << size;
    EXPECT_EQ((*log)->recovery_note().empty(), whole || size == acknowledged.at(kSegment).size()) << size;
    // What is appended now is read after the next start, too.
    const auto writer = *(*log)->writer("w");
    ASSERT_TRUE(writer->commit({{{kFirst.topic, kFirst.partition, "k", "new", {}, {}}}, {}, {}}));
    const Contents extended = *read_all(**log);
    EXPECT_EQ(extended.at(kFirst).size(), (whole ? after : before).at(kFirst).size() + 1);
    ASSERT_EQ(*contents_of(files_of(disk)), extended);
  }
}

TEST_F(JournalDamage, ATornTailOfGarbageIsCut) {
  start();
  say(3);
  Files files = files_of(disk_);
  for (const std::string& garbage :
       {std::string(1, '\0'), std::string(39, 'G'), std::string(5000, '\0'), files.at(kSegment).substr(0, 200)}) {
    Files torn = files;
    torn[kSegment] += garbage;
    const auto read = contents_of(torn);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, contents());
  }
}

TEST_F(JournalDamage, AcknowledgedButMissingIsCorruptAndCanBeAccepted) {
  start();
  say(3);
  const Contents three = contents();
  const std::size_t size_of_three = files_of(disk_).at(kSegment).size();
  say(2);
  const Files files = files_of(disk_);
  for (std::size_t size = size_of_three; size < files.at(kSegment).size(); size += 13) {
    Files shorter = files;
    shorter[kSegment].resize(size);
    const auto read = contents_of(shorter);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().action, Action::corrupt);
    EXPECT_FALSE(verify(shorter).damages.empty()) << size;
    support::SimulatedDisk disk(7);
    put(disk, shorter);
    const auto log = open(disk, true);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_NE((*log)->recovery_note(), "") << size;
    const auto rest = *read_all(**log);
    EXPECT_EQ(rest.at(kFirst).size() % 2, 0u) << "whole transactions only";
    EXPECT_TRUE(std::equal(three.at(kFirst).begin(), three.at(kFirst).end(), rest.at(kFirst).begin()));
    ASSERT_TRUE((*log)->writer("w"));
    EXPECT_TRUE(contents_of(files_of(disk))) << "accepted once, it is whole";
  }
}

TEST_F(JournalDamage, AMissingSegmentOrJournalIsCorrupt) {
  segment_bytes_ = 300;
  start();
  say(9);
  const Files files = files_of(disk_);
  Files without_first = files;
  without_first.erase(kSegment);
  EXPECT_EQ(contents_of(without_first).error().action, Action::corrupt);
  EXPECT_FALSE(verify(without_first).damages.empty());
  Files without_last = files;
  std::string last;
  for (const auto& [path, bytes] : files) {
    if (path.ends_with(".journal")) last = path;
  }
  without_last.erase(last);
  EXPECT_EQ(contents_of(without_last).error().action, Action::corrupt);
  Files without_any;
  without_any[kDirectory + "/acknowledged"] = files.at(kDirectory + "/acknowledged");
  EXPECT_EQ(contents_of(without_any).error().action, Action::corrupt);
}

TEST_F(JournalDamage, AnIndexThatIsGoneOrDamagedIsMadeAgain) {
  segment_bytes_ = 300;
  start();
  say(12);
  const Contents whole = contents();
  const Files files = files_of(disk_);
  Files rest;
  std::size_t indexes = 0;
  for (const auto& [path, bytes] : files) {
    if (path.ends_with(".index")) {
      ++indexes;
    } else {
      rest[path] = bytes;
    }
  }
  ASSERT_GE(indexes, 3u);
  support::SimulatedDisk disk(7);
  put(disk, rest);
  const auto log = open(disk);
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(*read_all(**log), whole);
  for (const auto& [path, bytes] : files) {
    if (!path.ends_with(".index")) continue;
    EXPECT_EQ(disk.contents(path), bytes) << path;
  }
}

TEST_F(JournalDamage, AnotherLogsAcknowledgementIsRefused) {
  start();
  say(3);
  Files files = files_of(disk_);
  stop();
  support::SimulatedDisk other(2);
  {
    const auto log = *open(other);
    ASSERT_TRUE(log->create_topic({"other", 1}));
    const auto writer = *log->writer("w");
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(writer->commit({{{"other", Partition{0}, "k", "v", {}, {}}}, {}, {}}));
    }
  }
  files[kDirectory + "/acknowledged"] = other.contents(kDirectory + "/acknowledged");
  EXPECT_EQ(contents_of(files).error().action, Action::corrupt);
}

}  // namespace
