#include "ops/import/report.h"

#include <gtest/gtest.h>

namespace {

ops::ImportReport sample() {
  ops::ImportReport report;
  report.source = "import/test";
  report.digest = "0123";
  report.files = {"a.csv"};
  report.rows = 1234;
  report.skipped_rows = 1;
  report.skipped = {"a.csv:7: ID is blank"};
  report.events = report.events_written = 1'234'567;
  report.events_by_type = {{"request.reported", 1'234'567}};
  report.areas_by_level = {{"city", 1}};
  report.first = engine::instant(0);
  report.last = engine::instant(1);
  report.quirks = {{"open", "not done", 12, "a.csv:2"}, {"late", "never", 0, ""}};
  return report;
}

TEST(ImportReport, IsATableForPeople) {
  EXPECT_EQ(ops::to_text(sample()), R"(import/test: 1,234,567 events written
  files    a.csv
  digest   0123
  from     1970-01-01T00:00:00Z
  to       1970-01-01T00:00:00.001Z

       1,234  rows
           1  rows skipped
   1,234,567  events
   1,234,567    request.reported
           1  areas of level city

quirks of the data
          12  open: not done (first: a.csv:2)
           0  late: never

skipped rows
  a.csv:7: ID is blank
)");
}

TEST(ImportReport, NamesTheFilesThatEarlierImportsHad) {
  ops::ImportReport report = sample();
  report.known_files = {"b.csv"};
  EXPECT_NE(ops::to_text(report).find("\n  left out b.csv: already imported\n"), std::string::npos);
  EXPECT_NE(ops::to_json_lines(report).find(R"("known_files":["b.csv"])"), std::string::npos);
}

TEST(ImportReport, ShowsNothingThatActsOnATerminal) {
  ops::ImportReport report = sample();
  report.skipped = {"a.csv:7: OPENED \"\x1b[2J\n\" fits none"};
  EXPECT_NE(ops::to_text(report).find(R"(OPENED "\x1b[2J\n" fits none)"), std::string::npos);
}

TEST(ImportReport, SaysWhenNothingWasWrittenAndWhenItWasResumed) {
  ops::ImportReport report = sample();
  report.resumed_at = 40'000;
  report.events_written = 2;
  EXPECT_TRUE(ops::to_text(report).starts_with("import/test: resumed after 40,000 events: 2 written\n"));
  report.already_imported = true;
  EXPECT_TRUE(ops::to_text(report).starts_with("import/test: already imported: nothing was written\n"));
}

TEST(ImportReport, IsJsonLinesForPrograms) {
  EXPECT_EQ(
      ops::to_json_lines(sample()),
      R"({"kind":"import","source":"import/test","digest":"0123","files":["a.csv"],"rows":1234,"skipped_rows":1,"events":1234567,"events_written":1234567,"first":"1970-01-01T00:00:00Z","last":"1970-01-01T00:00:00.001Z","already_imported":false}
{"kind":"events","type":"request.reported","count":1234567}
{"kind":"areas","level":"city","count":1}
{"kind":"quirk","name":"open","explanation":"not done","count":12,"example":"a.csv:2"}
{"kind":"quirk","name":"late","explanation":"never","count":0}
{"kind":"skipped_row","why":"a.csv:7: ID is blank"}
)");
}

}  // namespace
