#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/log/embedded_log.h"
#include "ops/import/import.h"
#include "tests/support/scratch.h"
#include "topics/codec/event.h"

namespace {

// The shipped year, imported into a log on disk.
class BostonYear : public testing::Test {
 protected:
  void SetUp() override {
    auto log = engine::EmbeddedLog::open(disk_, clock_, {.directory = scratch_.path("log")});
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
    for (const auto& [name, partitions] :
         std::map<std::string, std::uint32_t>{{"directory", 1}, {"requests", 4}, {"dispatches", 4}}) {
      ASSERT_TRUE(log_->create_topic({.name = "gridloop." + name, .partitions = partitions}));
    }
    options_.mapping = GRIDLOOP_SOURCE_DIR "/ops/import/mappings/boston311.toml";
    options_.files = {GRIDLOOP_SOURCE_DIR "/ops/data/boston311_2015_slim.csv.zst"};
    auto report = ops::import_files(*log_, options_);
    ASSERT_TRUE(report) << report.error().message;
    report_ = *std::move(report);
  }

  template <class Visit>
  void each_event(const std::string& topic, const Visit& visit) {
    topics::Decoder decoder;
    topics::Event event;
    for (std::uint32_t partition = 0; partition < log_->topic(topic)->partitions; ++partition) {
      const auto reader = log_->reader({topic, {partition}}, {0}).value();
      engine::Batch batch;
      for (bool more = true; more;) {
        batch.clear();
        ASSERT_TRUE(reader->read(batch, 4u << 20));
        more = !batch.empty();
        for (const engine::Record& record : batch.records()) {
          const auto decoded = decoder.decode(record, event);
          ASSERT_TRUE(decoded) << record.value << " " << decoded.error().detail;
          ASSERT_EQ(event.extra_fields(), 0u) << record.value;
          visit(partition, event);
        }
      }
    }
  }

  support::Scratch scratch_;
  engine::PosixDisk disk_;
  engine::WallClock clock_;
  std::unique_ptr<engine::EmbeddedLog> log_;
  ops::ImportOptions options_;
  ops::ImportReport report_;
};

TEST_F(BostonYear, IsImportedWholeInOrderAndOnce) {
  EXPECT_EQ(report_.rows, 121'145u);
  EXPECT_EQ(report_.skipped_rows, 0u);
  EXPECT_EQ(report_.events_by_type, (std::vector<std::pair<std::string, std::uint64_t>>{{"request.reported", 121'145},
                                                                                        {"request.registered", 121'145},
                                                                                        {"dispatch.sent", 121'145},
                                                                                        {"dispatch.handled", 101'272},
                                                                                        {"dispatch.closed", 101'272}}));
  EXPECT_EQ(report_.areas_by_level[0].second, 1u);
  EXPECT_EQ(report_.areas_by_level[1].second, 10u);

  std::map<std::string, std::uint64_t> seen;
  for (const std::string topic : {"gridloop.requests", "gridloop.dispatches"}) {
    std::map<std::uint32_t, engine::Instant> last;
    each_event(topic, [&](std::uint32_t partition, const topics::Event& event) {
      ++seen[std::string(event.type_name())];
      const auto [before, first] = last.emplace(partition, event.time());
      EXPECT_TRUE(first || before->second <= event.time());
      before->second = event.time();
    });
  }
  EXPECT_EQ(seen, (std::map<std::string, std::uint64_t>(report_.events_by_type.begin(), report_.events_by_type.end())));

  const auto end = log_->bounds({"gridloop.directory", {0}})->end;
  const auto again = ops::import_files(*log_, options_);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->already_imported);
  EXPECT_EQ(log_->bounds({"gridloop.directory", {0}})->end, end);
}

TEST_F(BostonYear, CountsTheQuirksThatWereMeasured) {
  std::map<std::string, std::uint64_t> counts;
  for (const ops::QuirkCount& quirk : report_.quirks) counts[quirk.name] = quirk.count;
  EXPECT_EQ(counts, (std::map<std::string, std::uint64_t>{{"no_target", 26'991},
                                                          {"no_target_labelled_on_time", 26'991},
                                                          {"not_closed", 19'873},
                                                          {"closed_before_opened", 197},
                                                          {"closed_as_opened", 1'591},
                                                          {"closed_within_a_minute", 8'045},
                                                          {"label_missing", 153},
                                                          {"label_missing_and_late", 82},
                                                          {"labelled_on_time_but_late", 0},
                                                          {"labelled_overdue_but_in_time", 0},
                                                          {"flagged_duplicate", 3'861},
                                                          {"no_district", 10'857},
                                                          {"district_zero", 224},
                                                          {"district_as_fraction", 110'288},
                                                          {"neighborhood_without_district", 2},
                                                          {"location_is_city_hall", 17'070},
                                                          {"local_time_ambiguous", 1}}));
}

TEST_F(BostonYear, PutsRowsIntoTheDeepestAreaThatIsKnown) {
  std::map<std::string, std::uint64_t, std::less<>> by_depth;
  each_event("gridloop.requests", [&](std::uint32_t, const topics::Event& event) {
    if (!event.is(topics::Type::request_reported)) return;
    const std::string_view area = event.text(topics::Field::area).value();
    ++by_depth[area == "boston" ? "city" : area.find('/') == area.npos ? "district" : "neighborhood"];
    if (area == "0" || area.starts_with("0/")) ++by_depth["district 0"];
  });
  EXPECT_EQ(by_depth, (std::map<std::string, std::uint64_t, std::less<>>{
                          {"city", 10'857}, {"district", 100}, {"neighborhood", 110'188}, {"district 0", 224}}));
}

}  // namespace
