// The mappings that ship, on invented rows with the quirks of the real tables.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "ops/import/import.h"
#include "tests/ops/import/memory_log.h"
#include "tests/support/scratch.h"
#include "topics/codec/event.h"
#include "topics/codec/rfc3339.h"

namespace {

using import_test::MemoryLog;
using Counts = std::map<std::string, std::uint64_t>;

class Samples : public testing::Test {
 protected:
  Samples() {
    for (const std::string name : {"directory", "requests", "dispatches", "judgements"}) {
      (void)log_.create_topic({.name = "gridloop." + name, .partitions = 1});
    }
    options_.clock = &clock_;
    options_.temp.directory = scratch_.path("");
  }

  static std::string sample(const std::string& name) { return GRIDLOOP_SOURCE_DIR "/tests/ops/import/samples/" + name; }
  static std::string mapping(const std::string& name) {
    return GRIDLOOP_SOURCE_DIR "/ops/import/mappings/" + name + ".toml";
  }

  void import(const std::string& mapping, const std::vector<std::string>& files) {
    options_.mapping = mapping;
    options_.files = files;
    auto report = ops::import_files(log_, options_);
    ASSERT_TRUE(report) << report.error().message;
    report_ = *std::move(report);
  }

  // The quirks that occurred.
  Counts quirks() const {
    Counts result;
    for (const ops::QuirkCount& quirk : report_.quirks) {
      if (quirk.count > 0) result[quirk.name] = quirk.count;
    }
    return result;
  }
  Counts types() const { return {report_.events_by_type.begin(), report_.events_by_type.end()}; }

  // The events of a subject, or of all: "time type data", or with the subject before.
  std::vector<std::string> events(const std::string& subject = "") {
    std::vector<std::string> result;
    topics::Decoder decoder;
    topics::Event event;
    for (const auto& [at, records] : log_.all()) {
      if (at.topic == "gridloop.directory") continue;
      for (const auto& record : records) {
        EXPECT_TRUE(decoder.decode(record.value, engine::instant(4102444800000), event)) << record.value;
        EXPECT_EQ(event.extra_fields(), 0u) << record.value;
        if (!subject.empty() && event.subject() != subject) continue;
        result.push_back((subject.empty() ? std::string(event.subject()) + " " : "") +
                         topics::format_rfc3339(event.time()) + " " + std::string(event.type_name()) + " " +
                         std::string(event.data()));
      }
    }
    std::ranges::sort(result);
    return result;
  }
  bool any_event_has(const std::string& text) {
    return std::ranges::any_of(events(), [&](const std::string& line) { return line.find(text) != line.npos; });
  }

  support::Scratch scratch_;
  engine::SimulatedClock clock_{topics::parse_rfc3339("2026-04-01T00:00:00Z").value()};
  MemoryLog log_;
  ops::ImportOptions options_;
  ops::ImportReport report_;
};

TEST_F(Samples, OfNewYorkAreImported) {
  import(mapping("nyc311"), {sample("nyc311.csv")});
  EXPECT_EQ(report_.rows, 30u);
  EXPECT_EQ(report_.skipped,
            (std::vector<std::string>{
                "nyc311.csv:31: Created Date \"13/45/2024 99:00:00 PM\" matches no time format of the mapping"}));
  EXPECT_EQ(types(), (Counts{{"request.reported", 29},
                             {"request.registered", 29},
                             {"dispatch.sent", 29},
                             {"dispatch.handled", 22},
                             {"dispatch.closed", 22}}));
  EXPECT_EQ(report_.areas_by_level,
            (std::vector<std::pair<std::string, std::uint64_t>>{{"city", 1}, {"borough", 5}, {"community-board", 4}}));
  EXPECT_EQ(quirks(), (Counts{{"no_due", 24},
                              {"due_before_created", 1},
                              {"not_closed", 7},
                              {"closed_before_created", 1},
                              {"closed_as_created", 2},
                              {"created_at_midnight", 2},
                              {"closed_at_midnight", 1},
                              {"closed_without_time", 2},
                              {"closed_but_not_so_called", 1},
                              {"closed_after_last_update", 1},
                              {"no_borough", 5},
                              {"no_place", 3},
                              {"borough_unspecified", 5},
                              {"board_unspecified", 5},
                              {"board_unspecified_queens", 5},
                              {"closed_in_1900", 1},
                              {"local_time_ambiguous", 3},
                              {"local_time_skipped", 3},
                              {"value_unmapped:request.reported.channel", 4}}));
  // Summer time begins between the opening and the due time; times are given with the offset of the event's.
  EXPECT_EQ(
      events("61000001"),
      (std::vector<std::string>{
          R"(2024-03-09T08:15:30Z dispatch.sent {"unit":"HPD"})",
          R"(2024-03-09T08:15:30Z request.registered {"due":"2024-03-14T02:15:30-05:00"})",
          R"(2024-03-09T08:15:30Z request.reported {"area":"manhattan/12-manhattan","category":"HEAT/HOT WATER","condition":"ENTIRE BUILDING","channel":"web","latitude":40.651000,"longitude":-73.950500})",
          R"(2024-03-09T17:16:30Z dispatch.closed {"unit":"HPD"})",
          R"(2024-03-09T17:16:30Z dispatch.handled {"unit":"HPD"})"}));
  EXPECT_EQ(events("61000027").front(), R"(2024-03-14T17:15:30Z dispatch.sent {"unit":"NYPD"})");
  EXPECT_FALSE(any_event_has("EXAMPLE STREET"));
  EXPECT_FALSE(any_event_has("No action"));
}

TEST_F(Samples, OfSanFranciscoAreImportedInBothWaysOfNamingColumns) {
  import(mapping("sf311"), {sample("sf311.csv"), sample("sf311_api.csv")});
  EXPECT_EQ(report_.rows, 30u);
  EXPECT_EQ(report_.skipped_rows, 0u);
  EXPECT_EQ(types(), (Counts{{"request.reported", 30},
                             {"request.registered", 30},
                             {"dispatch.sent", 21},
                             {"dispatch.handled", 24},
                             {"dispatch.closed", 24}}));
  EXPECT_EQ(report_.areas_by_level,
            (std::vector<std::pair<std::string, std::uint64_t>>{{"city", 1}, {"district", 3}, {"neighborhood", 3}}));
  EXPECT_EQ(quirks(), (Counts{{"not_closed", 6},
                              {"closed_before_opened", 1},
                              {"closed_within_a_minute", 1},
                              {"closed_without_time", 1},
                              {"open_with_time", 1},
                              {"updated_after_closed", 1},
                              {"called_duplicate", 3},
                              {"no_agency", 9},
                              {"no_district", 7},
                              {"place_is_zero", 1},
                              {"place_is_zero_with_fraction", 1},
                              {"value_unmapped:request.reported.channel", 5}}));
  EXPECT_EQ(
      events("18000021"),
      (std::vector<std::string>{
          R"(2024-05-11T06:00:05Z dispatch.sent {"unit":"DPW"})", R"(2024-05-11T06:00:05Z request.registered {})",
          R"(2024-05-11T06:00:05Z request.reported {"area":"9/mission","category":"Street and Sidewalk Cleaning","condition":"Bulky Items","channel":"media","latitude":37.7021,"longitude":-122.4021,"duplicate":true})",
          R"(2024-05-12T23:00:05Z dispatch.closed {"unit":"DPW"})",
          R"(2024-05-12T23:00:05Z dispatch.handled {"unit":"DPW"})"}));
  EXPECT_FALSE(any_event_has("EXAMPLE"));
  EXPECT_FALSE(any_event_has("Resolved"));
}

TEST_F(Samples, OfAHotlineAreImportedFromGb18030) {
  import(mapping("12345"), {sample("12345.csv")});
  EXPECT_EQ(report_.rows, 30u);
  EXPECT_EQ(report_.skipped_rows, 0u);
  EXPECT_EQ(types(), (Counts{{"request.reported", 30},
                             {"request.registered", 25},
                             {"request.answered", 4},
                             {"dispatch.sent", 24},
                             {"dispatch.signed", 18},
                             {"dispatch.handled", 20},
                             {"dispatch.closed", 21},
                             {"judgement.called_back", 9}}));
  EXPECT_EQ(report_.areas_by_level, (std::vector<std::pair<std::string, std::uint64_t>>{
                                        {"city", 1}, {"district", 2}, {"street", 2}, {"community", 2}, {"grid", 2}}));
  EXPECT_EQ(quirks(), (Counts{{"no_due", 3},
                              {"not_sent", 5},
                              {"sent_to_nobody", 1},
                              {"handled_before_sent", 1},
                              {"handled_late", 4},
                              {"closed_not_handled", 1},
                              {"due_is_a_day", 1},
                              {"judged_without_call", 1},
                              {"no_district", 6},
                              {"undecodable_bytes", 1},
                              {"value_unmapped:request.reported.channel", 7},
                              {"value_unmapped:request.reported.kind", 1}}));
  const auto undecodable = std::ranges::find(report_.quirks, "undecodable_bytes", &ops::QuirkCount::name);
  EXPECT_EQ(undecodable->example, "12345.csv:21");
  EXPECT_EQ(
      events("2026000010"),
      (std::vector<std::string>{
          R"(2026-03-04T23:12:00Z request.registered {"due":"2026-03-07T07:32:00+08:00"})",
          R"(2026-03-04T23:12:00Z request.reported {"area":"东城区/朝阳街道/花园社区/第一网格","category":"供水","priority":1,"channel":"patrol","kind":"suggestion"})",
          R"(2026-03-04T23:32:00Z dispatch.sent {"unit":"城管局"})",
          R"(2026-03-05T00:02:00Z dispatch.signed {"unit":"城管局"})",
          R"(2026-03-06T20:12:00Z dispatch.handled {"unit":"城管局"})",
          R"(2026-03-06T23:12:00Z dispatch.closed {"unit":"城管局"})",
          R"(2026-03-07T23:12:00Z judgement.called_back {"resolved":"yes","satisfaction":4,"unit":"城管局"})"}));
  EXPECT_EQ(events("2026000003").size(), 5u) << "its number stood behind a tab";
  EXPECT_FALSE(any_event_has("居民"));
}

TEST_F(Samples, OfAHotlineAreTheSameFromAWorkbook) {
  import(mapping("12345"), {sample("12345.csv")});
  const auto from_csv = events();
  const Counts csv_quirks = quirks();
  std::ifstream file(mapping("12345"));
  std::string text(std::istreambuf_iterator<char>(file), {});
  text.replace(text.find("trim = true"), 11, "trim = true\nsheet = \"工单\"");
  log_ = MemoryLog();
  for (const std::string name : {"directory", "requests", "dispatches", "judgements"}) {
    (void)log_.create_topic({.name = "gridloop." + name, .partitions = 1});
  }
  import(scratch_.write("12345.toml", text), {sample("12345.xlsx")});
  EXPECT_EQ(events(), from_csv);
  Counts expected = csv_quirks;
  expected.erase("undecodable_bytes");
  EXPECT_EQ(quirks(), expected);
  // Lines are rows of the sheet, a title being the first.
  EXPECT_EQ(std::ranges::find(report_.quirks, "not_sent", &ops::QuirkCount::name)->example, "12345.xlsx:3");
  EXPECT_EQ(std::ranges::find(report_.quirks, "handled_before_sent", &ops::QuirkCount::name)->example, "12345.xlsx:16");
}

TEST_F(Samples, OfAHotlineNeedTheRightSheet) {
  options_.mapping = mapping("12345");
  options_.files = {sample("12345.xlsx")};
  const auto report = ops::import_files(log_, options_);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("12345.xlsx: the file is empty and has no header"), std::string::npos)
      << report.error().message;
}

}  // namespace
