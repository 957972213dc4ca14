#include "ops/import/import.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/hash.h"
#include "tests/ops/import/memory_log.h"
#include "tests/support/scratch.h"
#include "topics/codec/event.h"
#include "topics/codec/rfc3339.h"

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
prefix = "case-"
[[placeholder]]
name = "nowhere"
explanation = "the place is 0,0"
columns = ["LAT", "LON"]
values = ["0", "0"]
[[level]]
name = "street"
id = "{STREET|slug}"
title = "{STREET}"
[[event]]
type = "request.reported"
time = "OPENED"
fields = { area = { deepest_level = true }, latitude = "{LAT}", channel = { text = "{HOW}", map = { "phone" = "hotline" } }, duplicate = { text = "{DUP}", map = { y = true, n = false } } }
[[event]]
type = "dispatch.handled"
time = "DONE"
when = { column = "DONE", present = true }
fields = { unit = "Unit {STREET}" }
[[quirk]]
name = "open"
explanation = "not done"
when = { column = "DONE", present = false }
)";

constexpr const char* kRows =
    "ID,OPENED,DONE,STREET,LAT,LON,HOW,DUP\n"
    "3,2026-03-02 09:00:00,2026-03-04 09:00:00,East Street,31.5,120.1,phone,n\n"
    "1,2026-03-01 09:00:00,2026-03-02 09:00:00,,0,0,pigeon,y\n"
    "2,2026-03-01 09:00:00,,West Street,32.5,x,phone,\n"
    "4,2026-03-05 10:00:00,2026-03-05 10:00:00,East Street,up,120.1,phone,n\n";

class ImportFiles : public testing::Test {
 protected:
  ImportFiles() {
    options_.mapping = scratch_.write("m.toml", kMapping);
    options_.files = {scratch_.write("rows.csv", kRows)};
    options_.batch_events = 2;
    options_.clock = &clock_;
    make_topics(log_);
  }

  static void make_topics(MemoryLog& log) {
    (void)log.create_topic({.name = "gridloop.directory", .partitions = 1});
    (void)log.create_topic({.name = "gridloop.requests", .partitions = 4});
    (void)log.create_topic({.name = "gridloop.dispatches", .partitions = 4});
  }

  ops::ImportReport import() {
    auto report = ops::import_files(log_, options_);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(ops::ImportReport{});
  }
  std::string refusal() {
    const auto report = ops::import_files(log_, options_);
    return report ? "was not refused" : report.error().message;
  }
  void use_rows(const std::string& rows) { options_.files = {scratch_.write("rows.csv", rows)}; }

  // The events of a topic's partitions, one after the other: "time type subject data".
  std::vector<std::string> events(const std::string& topic) {
    std::vector<std::string> result;
    topics::Decoder decoder;
    for (const auto& [at, records] : log_.all()) {
      if (at.topic != topic) continue;
      for (const auto& record : records) {
        topics::Event event;
        const auto decoded = decoder.decode(record.value, engine::instant(4102444800000), event);
        EXPECT_TRUE(decoded) << record.value << " " << decoded.error().detail;
        EXPECT_EQ(record.key, event.subject());
        EXPECT_EQ(event.source(), "import/test");
        EXPECT_EQ(event.extra_fields(), 0u) << record.value;
        EXPECT_EQ(at.partition, engine::partition_of(record.key, log_.topic(topic)->partitions));
        ids_.emplace_back(event.id());
        result.push_back(topics::format_rfc3339(event.time()) + " " + std::string(event.type_name()) + " " +
                         std::string(event.subject()) + " " + std::string(event.data()));
      }
    }
    return result;
  }

  static std::uint64_t quirk(const ops::ImportReport& report, std::string_view name) {
    const auto found = std::ranges::find(report.quirks, name, &ops::QuirkCount::name);
    return found == report.quirks.end() ? 0 : found->count;
  }

  support::Scratch scratch_;
  engine::SimulatedClock clock_{topics::parse_rfc3339("2026-04-01T00:00:00Z").value()};
  MemoryLog log_;
  ops::ImportOptions options_;
  std::vector<std::string> ids_;
};

TEST_F(ImportFiles, WritesAnEventForEachRuleThatHolds) {
  const ops::ImportReport report = import();
  EXPECT_EQ(report.rows, 4u);
  EXPECT_EQ(report.events, 7u);
  EXPECT_EQ(report.events_written, 7u);
  auto requests = events("gridloop.requests");
  std::ranges::sort(requests);
  EXPECT_EQ(
      requests,
      (std::vector<std::string>{
          R"(2026-03-01T01:00:00Z request.reported case-1 {"area":"c","duplicate":true})",
          R"(2026-03-01T01:00:00Z request.reported case-2 {"area":"west-street","channel":"hotline","latitude":32.5})",
          R"(2026-03-02T01:00:00Z request.reported case-3 {"area":"east-street","channel":"hotline","latitude":31.5,"duplicate":false})",
          R"(2026-03-05T02:00:00Z request.reported case-4 {"area":"east-street","channel":"hotline","duplicate":false})"}));
  auto dispatches = events("gridloop.dispatches");
  std::ranges::sort(dispatches);
  EXPECT_EQ(dispatches,
            (std::vector<std::string>{R"(2026-03-02T01:00:00Z dispatch.handled case-1 {})",
                                      R"(2026-03-04T01:00:00Z dispatch.handled case-3 {"unit":"Unit East Street"})",
                                      R"(2026-03-05T02:00:00Z dispatch.handled case-4 {"unit":"Unit East Street"})"}));
}

TEST_F(ImportFiles, OpensAdvancesAndClosesABackfillInTheDirectory) {
  options_.batch_events = 4;
  const std::string digest = import().digest;
  const auto digest_and = [&](const std::string& rest) { return "{\"digest\":\"" + digest + "\"" + rest + "}"; };
  EXPECT_EQ(
      events("gridloop.directory"),
      (std::vector<std::string>{
          "2026-03-01T01:00:00Z backfill.opened import/test " +
              digest_and(",\"files\":[\"rows.csv " + digest + R"("],"events":7)"),
          R"(2026-03-01T01:00:00Z zone.published Asia/Shanghai {"transitions":["2025-01-01T00:00:00Z 28800"]})",
          R"(2026-03-01T01:00:00Z area.registered c {"level":"city","name":"City"})",
          R"(2026-03-01T01:00:00Z area.registered east-street {"level":"street","parent":"c","name":"East Street"})",
          R"(2026-03-01T01:00:00Z area.registered west-street {"level":"street","parent":"c","name":"West Street"})",
          "2026-03-02T01:00:00Z backfill.advanced import/test " + digest_and(R"(,"events":4)"),
          "2026-03-05T02:00:00Z backfill.advanced import/test " + digest_and(R"(,"events":7)"),
          "2026-03-05T02:00:00.001Z backfill.closed import/test " + digest_and(R"(,"events":7)")}));
}

TEST_F(ImportFiles, WritesInTheOrderOfTimeRowAndRule) {
  (void)log_.create_topic({.name = "gridloop.requests", .partitions = 1});
  (void)log_.create_topic({.name = "gridloop.dispatches", .partitions = 1});
  import();
  const auto requests = events("gridloop.requests");
  EXPECT_TRUE(std::ranges::is_sorted(requests, {}, [](const std::string& line) { return line.substr(0, 20); }));
  EXPECT_NE(requests[0].find("case-1"), std::string::npos);
  EXPECT_NE(requests[1].find("case-2"), std::string::npos);
}

TEST_F(ImportFiles, CountsQuirksAndNamesTheirFirstRow) {
  const ops::ImportReport report = import();
  EXPECT_EQ(quirk(report, "open"), 1u);
  EXPECT_EQ(quirk(report, "nowhere"), 1u);
  EXPECT_EQ(quirk(report, "value_unmapped:request.reported.channel"), 1u);
  EXPECT_EQ(quirk(report, "value_unreadable:request.reported.latitude"), 1u);
  EXPECT_EQ(std::ranges::find(report.quirks, "open", &ops::QuirkCount::name)->example, "rows.csv:4");
}

TEST_F(ImportFiles, AddsNothingTheSecondTime) {
  import();
  const auto before = log_.all();
  const int writers = log_.writers_opened;
  const ops::ImportReport again = import();
  EXPECT_TRUE(again.already_imported);
  EXPECT_EQ(again.events_written, 0u);
  EXPECT_EQ(log_.all(), before);
  EXPECT_EQ(log_.writers_opened, writers);
}

TEST_F(ImportFiles, GivesTheSameLogWhereverItWasInterrupted) {
  import();
  const auto undisturbed = log_.all();
  const std::uint64_t commits = log_.commits;
  ASSERT_EQ(commits, 6u);
  for (std::uint64_t survived = 0; survived < commits; ++survived) {
    log_ = MemoryLog();
    make_topics(log_);
    log_.full_after = survived;
    const std::string message = refusal();
    EXPECT_NE(message.find("No space left on device"), std::string::npos) << message;
    EXPECT_NE(message.find("of 7 events"), std::string::npos) << message;
    log_.full_after.reset();
    const ops::ImportReport report = import();
    EXPECT_EQ(report.resumed_at.has_value(), survived > 0);
    EXPECT_EQ(log_.all(), undisturbed) << "interrupted after " << survived << " transactions";
  }
}

TEST_F(ImportFiles, RepeatsTheIdsOfWhatANewerFileRepeats) {
  import();
  events("gridloop.requests");
  events("gridloop.dispatches");
  std::vector<std::string> first;
  std::swap(first, ids_);
  // Case 2 is done now, and there is a case 5.
  std::string rows(kRows);
  rows.replace(rows.find("2026-03-01 09:00:00,,"), 21, "2026-03-01 09:00:00,2026-03-09 09:00:00,");
  use_rows(rows + "5,2026-03-08 09:00:00,,East Street,31.5,120.1,phone,n\n");
  log_ = MemoryLog();
  make_topics(log_);
  import();
  events("gridloop.requests");
  events("gridloop.dispatches");
  std::ranges::sort(first);
  std::ranges::sort(ids_);
  std::vector<std::string> added;
  std::ranges::set_difference(ids_, first, std::back_inserter(added));
  ASSERT_EQ(added.size(), 2u);
  EXPECT_TRUE(added[0].starts_with("case-2/handled/"));
  EXPECT_TRUE(added[1].starts_with("case-5/reported/"));
  EXPECT_TRUE(std::ranges::includes(ids_, first));
}

TEST_F(ImportFiles, RefusesToBeginWhileAnotherIsOpen) {
  log_.full_after = 2;
  refusal();
  log_.full_after.reset();
  use_rows(std::string(kRows) + "5,2026-03-08 09:00:00,,East Street,31.5,120.1,phone,n\n");
  const auto before = log_.all();
  const std::string message = refusal();
  EXPECT_NE(message.find("another import is unfinished: rows.csv"), std::string::npos) << message;
  EXPECT_NE(message.find("2 of 7 events written"), std::string::npos) << message;
  EXPECT_EQ(log_.all(), before);
}

TEST_F(ImportFiles, AbandonsAnotherWhenTold) {
  log_.full_after = 2;
  refusal();
  log_.full_after.reset();
  use_rows(std::string(kRows) + "5,2026-03-08 09:00:00,,East Street,31.5,120.1,phone,n\n");
  options_.abandon = true;
  const ops::ImportReport report = import();
  EXPECT_TRUE(report.abandoned);
  EXPECT_EQ(report.events_written, 8u);
  const auto lines = events("gridloop.directory");
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& l) { return l.find("backfill.abandoned") != l.npos; }), 1);
  // The first file can still be brought to its end; it goes on where it was.
  use_rows(kRows);
  options_.abandon = false;
  const ops::ImportReport first = import();
  EXPECT_EQ(first.resumed_at, 2u);
  EXPECT_EQ(first.events_written, 5u);
  EXPECT_TRUE(import().already_imported);
  ids_.clear();
  events("gridloop.directory");
  std::vector<std::string> backfills;
  std::ranges::copy_if(ids_, std::back_inserter(backfills),
                       [](const auto& id) { return id.starts_with("import/test/"); });
  std::ranges::sort(backfills);
  EXPECT_EQ(std::ranges::adjacent_find(backfills), backfills.end()) << "an id twice would be taken for a repetition";
}

TEST_F(ImportFiles, SkipsBadRowsByLineAndImportsTheRest) {
  use_rows(std::string(kRows) +
           "5,03/08/2026,,East Street,1,1,phone,n\n"
           ",2026-03-08 09:00:00,,East Street,1,1,phone,n\n"
           "7,2026-03-08 09:00:00\n"
           "9,2026-03-08 09:00:00,," +
           std::string(200, 'x') +
           ",1,1,phone,n\n"
           "8,2051-03-08 09:00:00,,East Street,1,1,phone,n\n"
           "10,2026-03-08 09:00:00,,East Street,1,1,phone,n\n");
  const ops::ImportReport report = import();
  EXPECT_EQ(report.events_written, 8u);
  EXPECT_EQ(report.rows, 10u);
  EXPECT_EQ(report.skipped_rows, 5u);
  EXPECT_EQ(report.skipped, (std::vector<std::string>{
                                "rows.csv:6: OPENED \"03/08/2026\" matches no time format of the mapping",
                                "rows.csv:7: ID is blank", "rows.csv:8: 2 fields where the header has 8",
                                "rows.csv:9: the id of an area is longer than 128 bytes or has control characters",
                                "rows.csv:10: OPENED lies in the future: 2051-03-08T01:00:00Z"}));
}

TEST_F(ImportFiles, RefusesAMappingThatFitsFewRows) {
  use_rows("ID,OPENED,DONE,STREET,LAT,LON,HOW,DUP\n1,03/08/2026,,,,,,\n2,03/08/2026,,,,,,\n");
  const std::string message = refusal();
  EXPECT_NE(message.find("2 of 2 rows cannot be used"), std::string::npos) << message;
  EXPECT_NE(message.find("rows.csv:2: OPENED \"03/08/2026\""), std::string::npos) << message;
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(ImportFiles, SaysWhatIsMissing) {
  MemoryLog empty;
  std::swap(log_, empty);
  EXPECT_NE(refusal().find("the log has no topic gridloop.directory"), std::string::npos);
  std::swap(log_, empty);
  options_.files = {scratch_.path("missing.csv")};
  EXPECT_NE(refusal().find("missing.csv"), std::string::npos);
  use_rows("");
  EXPECT_NE(refusal().find("rows.csv: the file is empty and has no header"), std::string::npos);
  options_.mapping = scratch_.path("missing.toml");
  EXPECT_NE(refusal().find("missing.toml"), std::string::npos);
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(ImportFiles, TakesSeveralFilesAsOne) {
  const std::string header = "ID,OPENED,DONE,STREET,LAT,LON,HOW,DUP\n";
  // The columns of the second file stand in another order.
  options_.files = {
      scratch_.write("a.csv", header + "1,2026-03-02 09:00:00,,S,1,1,phone,n\n"),
      scratch_.write("b.csv", "OPENED,ID,DONE,STREET,LAT,LON,HOW,DUP\n2026-03-01 09:00:00,2,,S,1,1,phone,n\n")};
  (void)log_.create_topic({.name = "gridloop.requests", .partitions = 1});
  const ops::ImportReport report = import();
  EXPECT_EQ(report.files, (std::vector<std::string>{"a.csv", "b.csv"}));
  const auto requests = events("gridloop.requests");
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_NE(requests[0].find("case-2"), std::string::npos);
}

TEST_F(ImportFiles, RefusesOneFileTwice) {
  options_.files.push_back(scratch_.write("copy.csv", kRows));
  const std::string message = refusal();
  EXPECT_NE(message.find("rows.csv and "), std::string::npos) << message;
  EXPECT_NE(message.find("copy.csv have the same contents: leave one of them out"), std::string::npos) << message;
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(ImportFiles, KnowsTheFileUnderAMappingWithOtherComments) {
  const std::string digest = import().digest;
  const auto before = log_.all();
  std::string commented = "# The files of the city\n\n" + std::string(kMapping);
  commented.replace(commented.find("\n[source]"), 1, "  \t\r\n  # where they come from\n");
  options_.mapping = scratch_.write("commented.toml", commented);
  const ops::ImportReport again = import();
  EXPECT_TRUE(again.already_imported);
  EXPECT_EQ(again.digest, digest);
  EXPECT_EQ(log_.all(), before);
}

constexpr const char* kMoreRows =
    "ID,OPENED,DONE,STREET,LAT,LON,HOW,DUP\n"
    "5,2026-03-08 09:00:00,,East Street,31.5,120.1,phone,n\n";

TEST_F(ImportFiles, LeavesOutFilesThatWereImportedOnTheirOwn) {
  import();
  options_.files.push_back(scratch_.write("more.csv", kMoreRows));
  const ops::ImportReport both = import();
  EXPECT_EQ(both.known_files, (std::vector<std::string>{"rows.csv"}));
  EXPECT_EQ(both.files, (std::vector<std::string>{"more.csv"}));
  EXPECT_EQ(both.events_written, 1u);
  const auto before = log_.all();
  EXPECT_TRUE(import().already_imported);
  options_.files = {scratch_.path("more.csv")};
  EXPECT_TRUE(import().already_imported);
  EXPECT_EQ(log_.all(), before);
}

TEST_F(ImportFiles, LeavesOutFilesThatWereImportedAmongOthers) {
  const std::string more = scratch_.write("more.csv", kMoreRows);
  const std::string rows = options_.files.front();
  options_.files = {rows, more};
  import();
  const auto before = log_.all();
  for (const std::vector<std::string>& files : {std::vector{more}, std::vector{rows}, std::vector{more, rows}}) {
    options_.files = files;
    EXPECT_TRUE(import().already_imported);
  }
  EXPECT_EQ(log_.all(), before);
}

TEST_F(ImportFiles, ResumesAfterAFileWasLeftOut) {
  import();
  options_.files.push_back(scratch_.write("more.csv", std::string(kMoreRows) + "6,2026-03-09 09:00:00,,,,,phone,n\n"));
  options_.batch_events = 1;
  log_.full_after = log_.commits + 2;
  refusal();
  log_.full_after.reset();
  const ops::ImportReport report = import();
  EXPECT_EQ(report.resumed_at, 1u);
  EXPECT_EQ(report.events_written, 1u);
  EXPECT_TRUE(import().already_imported);
}

// Before comment lines of a mapping were left out of digests, an import was known by the whole text of its mapping.
TEST_F(ImportFiles, KnowsImportsThatWereNamedByTheWholeMapping) {
  const std::string commented = "# comment\n" + std::string(kMapping);
  options_.mapping = scratch_.write("commented.toml", commented);
  engine::Hasher whole;
  whole.add(commented);
  whole.add(kRows);
  const std::string digest = engine::to_hex(whole.value());
  const auto writer = log_.writer("before").value();
  const auto tell = [&](const std::string& type, const std::string& rest) {
    engine::Transaction transaction;
    transaction.records.push_back(
        {.topic = "gridloop.directory",
         .partition = {0},
         .key = "import/test",
         .value = R"({"specversion":"1.0","id":")" + type + R"(","source":"import/test","type":")" + type +
                  R"(","subject":"import/test","time":"2026-03-01T01:00:00Z","data":{"digest":")" + digest + "\"" +
                  rest + "}}"});
    ASSERT_TRUE(writer->commit(transaction));
  };
  tell("backfill.opened", R"(,"files":["rows.csv"],"events":7)");
  tell("backfill.advanced", R"(,"events":6)");
  const ops::ImportReport report = import();
  EXPECT_EQ(report.digest, digest);
  EXPECT_EQ(report.resumed_at, 6u);
  EXPECT_EQ(report.events_written, 1u);
  options_.files.push_back(scratch_.write("more.csv", kMoreRows));
  EXPECT_EQ(import().known_files, (std::vector<std::string>{"rows.csv"}));
}

TEST_F(ImportFiles, ResumesWithTheRowsThatWereNotInTheFutureWhenItBegan) {
  use_rows(std::string(kRows) + "5,2026-04-02 09:00:00,,East Street,31.5,120.1,phone,n\n");
  log_.log_time = clock_.now();
  log_.full_after = 2;
  refusal();
  log_.full_after.reset();
  clock_.advance(std::chrono::hours(24 * 7));
  const ops::ImportReport report = import();
  EXPECT_EQ(report.skipped_rows, 1u);
  EXPECT_EQ(report.resumed_at, 2u);
  EXPECT_EQ(report.events_written, 5u);
}

TEST_F(ImportFiles, BeginsAgainWhenTheRowsMakeOtherEventsThanWhenItBegan) {
  use_rows(std::string(kRows) + "5,2026-04-02 09:00:00,,East Street,31.5,120.1,phone,n\n");
  log_.full_after = 2;
  refusal();
  log_.full_after.reset();
  clock_.advance(std::chrono::hours(24 * 7));  // the log's time is far ahead, and does not tell when it began
  const std::string message = refusal();
  EXPECT_NE(message.find("had 7 events to write, now there would be 8"), std::string::npos) << message;
  EXPECT_NE(message.find("--abandon"), std::string::npos) << message;
  options_.abandon = true;
  log_.full_after = log_.commits + 1;
  refusal();
  log_.full_after.reset();
  options_.abandon = false;
  EXPECT_EQ(import().events_written, 8u) << "what was written for the plan before does not count";
}

TEST_F(ImportFiles, TellsItsProgress) {
  std::vector<std::uint64_t> told;
  options_.progress = [&](std::uint64_t done, std::uint64_t total) {
    told.push_back(done);
    EXPECT_EQ(total, 7u);
  };
  import();
  EXPECT_EQ(told, (std::vector<std::uint64_t>{2, 4, 6, 7}));
}

TEST_F(ImportFiles, WritesNothingForAFileWithoutRows) {
  use_rows("ID,OPENED,DONE,STREET,LAT,LON,HOW,DUP\n");
  EXPECT_EQ(import().rows, 0u);
  EXPECT_TRUE(log_.all().empty());
}

}  // namespace
