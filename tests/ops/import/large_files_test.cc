// Files that do not fit into memory: the same log, report and messages as when they do.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zstd.h>

#include <algorithm>
#include <map>

#include "engine/hash.h"
#include "engine/log/disk.h"
#include "ops/import/import.h"
#include "ops/import/record_stream.h"
#include "ops/import/sorted_runs.h"
#include "tests/ops/import/memory_log.h"
#include "tests/support/scratch.h"

namespace {

using import_test::MemoryLog;

constexpr const char* kMapping = R"([city]
id = "c"
name = "City"
zone = "Asia/Shanghai"
[source]
name = "import/test"
[time]
formats = ["%F %T"]
[subject]
column = "ID"
[[column]]
name = "NOTE"
optional = true
[[level]]
name = "street"
id = "{STREET|slug}"
title = "{STREET}"
[[event]]
type = "request.reported"
time = "OPENED"
fields = { area = { deepest_level = true }, title = "{NOTE}", duplicate = { when = { column = "NOTE", contains = ["again"] } } }
[[event]]
type = "request.registered"
time = "OPENED"
[[event]]
type = "dispatch.handled"
time = "DONE"
when = { column = "DONE", present = true }
[[event]]
type = "dispatch.closed"
time = "DONE"
when = { column = "DONE", present = true }
[[quirk]]
name = "open"
explanation = "not done"
when = { column = "DONE", present = false }
)";

// Rows in no order of time, some of one time, some that cannot be used, with quotes and line ends in them.
std::string rows(int from, int to) {
  std::string text = "ID,OPENED,DONE,STREET,NOTE\n";
  for (int i = from; i < to; ++i) {
    const int mixed = i * 7919 % 1000;
    const std::string day = std::to_string(1 + mixed % 28);
    const std::string hour = std::to_string(mixed % 24);
    text += std::to_string(i) + ",2026-01-" + day + " " + hour + ":00:00,";
    if (mixed % 3 != 0) text += "2026-02-" + day + (mixed % 50 == 1 ? " noon" : " " + hour + ":00:00");
    text += ",Street " + std::to_string(mixed % 7) + ",";
    text += mixed % 5 == 0 ? "\"it says \"\"again\"\"\nand more\"" : "路灯不亮";
    text += mixed % 11 == 0 ? "\r\n\n" : "\n";
  }
  return text;
}

std::string compressed(const std::string& text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  return bytes;
}

// A disk on which temporary files get so many bytes.
class SmallDisk final : public engine::Disk {
 public:
  explicit SmallDisk(std::uint64_t room) : room_(room) {}
  engine::Result<std::unique_ptr<engine::File>> open(const std::string& path, Mode mode) override {
    return std::make_unique<SmallFile>(room_, TRY(disk_.open(path, mode)));
  }
  engine::Result<std::vector<std::string>> list(const std::string& directory) const override {
    return disk_.list(directory);
  }
  engine::Result<bool> exists(const std::string& path) const override { return disk_.exists(path); }
  engine::Result<> make_directories(const std::string& path) override { return disk_.make_directories(path); }
  engine::Result<> rename(const std::string& from, const std::string& to) override { return disk_.rename(from, to); }
  engine::Result<> remove(const std::string& path) override { return disk_.remove(path); }
  engine::Result<> sync_directory(const std::string& path) override { return disk_.sync_directory(path); }

 private:
  class SmallFile final : public engine::File {
   public:
    SmallFile(std::uint64_t& room, std::unique_ptr<engine::File> file) : room_(room), file_(std::move(file)) {}
    engine::Result<std::size_t> read(std::uint64_t position, char* out, std::size_t size) const override {
      return file_->read(position, out, size);
    }
    engine::Result<> write(std::uint64_t position, std::string_view bytes) override {
      if (bytes.size() > room_) {
        return engine::fail(engine::Action::fatal, "cannot write a temporary file: No space left on device");
      }
      room_ -= bytes.size();
      return file_->write(position, bytes);
    }
    engine::Result<> truncate(std::uint64_t size) override { return file_->truncate(size); }
    engine::Result<> sync() override { return file_->sync(); }
    engine::Result<std::uint64_t> size() const override { return file_->size(); }

   private:
    std::uint64_t& room_;
    std::unique_ptr<engine::File> file_;
  };

  engine::PosixDisk disk_;
  std::uint64_t room_;
};

class LargeFiles : public testing::Test {
 protected:
  LargeFiles() {
    options_.mapping = scratch_.write("m.toml", kMapping);
    options_.files = {scratch_.write("a.csv", rows(0, 600)), scratch_.write("b.csv.zst", compressed(rows(600, 900)))};
    options_.batch_events = 75;  // odd, so that transactions end between events of one row and time
    options_.clock = &clock_;
    options_.temp.directory = scratch_.path("temp");
    std::filesystem::create_directory(options_.temp.directory);
    make_topics();
  }

  void make_topics() {
    log_ = MemoryLog();
    (void)log_.create_topic({.name = "gridloop.directory", .partitions = 1});
    (void)log_.create_topic({.name = "gridloop.requests", .partitions = 4});
    (void)log_.create_topic({.name = "gridloop.dispatches", .partitions = 4});
  }
  ops::ImportReport import(std::uint64_t memory_bytes) {
    options_.memory_bytes = memory_bytes;
    auto report = ops::import_files(log_, options_);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(ops::ImportReport{});
  }
  std::string refusal(std::uint64_t memory_bytes) {
    options_.memory_bytes = memory_bytes;
    const auto report = ops::import_files(log_, options_);
    return report ? "was not refused" : report.error().message;
  }
  bool temp_is_empty() const { return std::filesystem::is_empty(options_.temp.directory); }

  static constexpr std::uint64_t kAmple = 64u << 20;
  static constexpr std::uint64_t kTiny = 3'000;  // some 60 runs

  support::Scratch scratch_;
  engine::SimulatedClock clock_{engine::instant(1'775'001'600'000)};  // 2026-04-01
  MemoryLog log_;
  ops::ImportOptions options_;
};

TEST_F(LargeFiles, GiveTheSameLogAndReport) {
  const std::string in_memory = to_text(import(kAmple));
  const auto log = log_.all();
  EXPECT_NE(in_memory.find("rows skipped"), std::string::npos);
  // With the most of these the first file lies in memory, the second one does not.
  for (const std::uint64_t memory_bytes : {std::uint64_t{0}, std::uint64_t{700}, kTiny, std::uint64_t{40'000}}) {
    make_topics();
    EXPECT_EQ(to_text(import(memory_bytes)), in_memory) << memory_bytes;
    EXPECT_EQ(log_.all(), log) << memory_bytes;
    EXPECT_TRUE(temp_is_empty());
  }
}

TEST_F(LargeFiles, AreKnownHoweverTheyWereImported) {
  import(kAmple);
  const auto log = log_.all();
  EXPECT_TRUE(import(kTiny).already_imported);
  EXPECT_EQ(log_.all(), log);
  make_topics();
  import(kTiny);
  EXPECT_TRUE(import(kAmple).already_imported);
  options_.files.push_back(scratch_.write("c.csv", rows(900, 1'000)));
  EXPECT_EQ(import(kTiny).known_files, (std::vector<std::string>{"a.csv", "b.csv.zst"}));
}

TEST_F(LargeFiles, AreResumedFromWhereverTheyWereInterrupted) {
  import(kAmple);
  const auto undisturbed = log_.all();
  const std::uint64_t commits = log_.commits;
  ASSERT_GT(commits, 20u);
  for (std::uint64_t survived = 0; survived < commits; survived += 3) {
    const bool on_disk_first = survived % 4 >= 2;  // each way meets odd and even numbers of events
    make_topics();
    log_.full_after = survived;
    EXPECT_NE(refusal(on_disk_first ? kTiny : kAmple).find("No space left on device"), std::string::npos);
    log_.full_after.reset();
    import(on_disk_first ? kAmple : kTiny);
    EXPECT_EQ(log_.all(), undisturbed) << "interrupted after " << survived << " transactions";
    EXPECT_TRUE(temp_is_empty());
  }
}

TEST_F(LargeFiles, LeaveTheLogAloneWhenThereIsNoRoomForThem) {
  import(kAmple);
  const auto undisturbed = log_.all();
  make_topics();
  for (const std::uint64_t room : {0u, 10'000u, 100'000u}) {
    SmallDisk disk(room);
    options_.temp.disk = &disk;
    const std::string message = refusal(kTiny);
    EXPECT_NE(message.find("No space left on device"), std::string::npos) << message;
    EXPECT_NE(message.find("--temp"), std::string::npos) << message;
    EXPECT_TRUE(log_.all().empty());
    EXPECT_EQ(log_.writers_opened, 0);
    EXPECT_TRUE(temp_is_empty());
  }
  options_.temp.disk = nullptr;
  import(kTiny);
  EXPECT_EQ(log_.all(), undisturbed);
}

TEST_F(LargeFiles, NameTheTemporaryDirectoryThatIsNotThere) {
  options_.temp.directory = scratch_.path("missing");
  const std::string message = refusal(kTiny);
  EXPECT_NE(message.find(scratch_.path("missing")), std::string::npos) << message;
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(LargeFiles, AreRefusedAsOthersAre) {
  options_.files = {scratch_.write("x.csv", "\xFF\xFE" + rows(0, 600))};
  EXPECT_NE(refusal(kTiny).find("x.csv: is UTF-16"), std::string::npos);
  const std::string whole = compressed(rows(0, 600));
  options_.files = {scratch_.write("x.zst", whole.substr(0, whole.size() - 5))};
  EXPECT_NE(refusal(kTiny).find("x.zst: Zstandard file is truncated"), std::string::npos);
  options_.files = {scratch_.write("x.csv", "A,B\n" + std::string(10'000, '\n'))};
  EXPECT_NE(refusal(kTiny).find("no column \"ID\""), std::string::npos);
}

// Every text has the digest that a Hasher of the engine gives it, by which earlier programs knew it.
TEST(TextDigest, IsThatOfAHasherWhereverTheTextLies) {
  const support::Scratch scratch;
  for (const std::size_t size : {0u, 1u, 100u, 240u, 241u, 5'000u, 3'000'001u}) {
    std::string text;
    while (text.size() < size) text += static_cast<char>('a' + text.size() % 23);
    engine::Hasher hasher;
    hasher.add("mapping");
    hasher.add(text);
    hasher.add(text);
    for (const std::uint64_t memory_bytes : {std::uint64_t{0}, std::uint64_t{1} << 30}) {
      const auto source = ops::read_source_text(scratch.write("t", text), {}, memory_bytes, {scratch.path("")}).value();
      EXPECT_EQ(source.in_memory(), size <= memory_bytes);
      ops::TextDigest digest;
      digest.add("mapping");
      ASSERT_TRUE(source.add_to(digest));
      ASSERT_TRUE(source.add_to(digest));
      EXPECT_EQ(digest.value(), hasher.value()) << size;
    }
  }
}

struct ReadRecord {
  std::vector<std::string> fields;
  std::uint64_t position;
  std::size_t line;
  std::string problem;
  bool operator==(const ReadRecord&) const = default;
};

std::vector<ReadRecord> records(const ops::SourceText& text, std::size_t piece_bytes) {
  std::vector<ReadRecord> result;
  ops::RecordStream stream(text, ',', piece_bytes);
  ops::CsvRecord record;
  while (stream.next(record).value()) {
    result.push_back({{record.fields.begin(), record.fields.end()}, record.position, record.line, record.problem});
  }
  return result;
}

TEST(RecordStream, GivesTheSameRecordsHoweverTheTextIsCut) {
  const support::Scratch scratch;
  const bool holds = rc::check("records do not depend on the pieces", [&] {
    std::string text;
    for (const int part : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12))) {
      static const char* const kParts[] = {"a",    "b",    ",",  "\n",   "\r\n",     "\"",
                                           "\"\"", "\n\n", "路", "\xFF", ",\"x\"\n", "\r"};
      text += kParts[part];
    }
    const std::size_t piece_bytes = *rc::gen::inRange<std::size_t>(4, 9);
    const auto on_disk = ops::read_source_text(scratch.write("t", text), {}, 0, {scratch.path("")});
    if (!on_disk) return;  // it begins as UTF-16 does
    RC_ASSERT(records(*on_disk, piece_bytes) == records(ops::SourceText(text), piece_bytes));
  });
  EXPECT_TRUE(holds);
}

TEST(RecordStream, EndsAtAQuoteThatIsNeverClosed) {
  const support::Scratch scratch;
  std::string text = "a,b\n1,2\n3,\"";
  text.append(ops::RecordStream::kMaxBytes + 100, 'x');
  const auto on_disk = ops::read_source_text(scratch.write("t", text), {}, 0, {scratch.path("")}).value();
  const auto read = records(on_disk, 1u << 20);
  ASSERT_EQ(read.size(), 3u);
  EXPECT_NE(read[2].problem.find("a quote in it is never closed"), std::string::npos);
  EXPECT_EQ(read[2].line, 3u);
  EXPECT_EQ(read, records(ops::SourceText(text), 1u << 20));
}

TEST(SortedRuns, GivesBackAllEntriesInOrder) {
  const support::Scratch scratch;
  // Each entry is a run of its own with the smallest memory, so that runs of runs are merged.
  for (const std::size_t memory_bytes : {std::size_t{1}, std::size_t{2'000}, std::size_t{1} << 30}) {
    ops::SortedRuns runs(memory_bytes, {scratch.path("")});
    std::map<ops::RunKey, std::string> expected;
    for (std::uint32_t i = 0; i < 5'000; ++i) {
      const ops::RunKey key{static_cast<std::int64_t>(i * 2'654'435'761u % 100) - 50, i};
      expected[key] = std::string(i % 300, static_cast<char>('a' + i % 26));
      ASSERT_TRUE(runs.add(key, expected[key]));
    }
    ASSERT_TRUE(runs.sort());
    ops::RunKey key;
    std::string_view bytes;
    for (const auto& [next, text] : expected) {
      ASSERT_TRUE(runs.next(key, bytes).value());
      ASSERT_EQ(key, next);
      ASSERT_EQ(bytes, text);
    }
    EXPECT_FALSE(runs.next(key, bytes).value());
  }
}

TEST(SortedRuns, HasNothingWhenNothingWasAdded) {
  const support::Scratch scratch;
  ops::SortedRuns runs(100, {scratch.path("")});
  ASSERT_TRUE(runs.sort());
  ops::RunKey key;
  std::string_view bytes;
  EXPECT_FALSE(runs.next(key, bytes).value());
}

}  // namespace
