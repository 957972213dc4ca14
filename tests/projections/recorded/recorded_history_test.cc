// A recorded log (events.tsv) must give the same results as before, unless the logic version of the stage was raised. A
// program with another logic version refuses older checkpoints and schedules, and does not continue them differently.
//
// digests.txt has a row for each stage and number of partitions: the logic version, a digest of the records that the
// stage read, and one of its results: the records that it wrote and its state. GRIDLOOP_RECORD_HISTORY=1 renews it.

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/hash.h"
#include "projections/cases/case_row.h"
#include "projections/stages.h"
#include "tests/projections/world.h"
#include "topics/catalogue.h"
#include "topics/outputs/outputs.h"
#include "topics/topology.h"

namespace projections_test {
namespace {

const std::string kDirectory = std::string(GRIDLOOP_SOURCE_DIR) + "/tests/projections/recorded/";
constexpr std::string_view kCommand = "GRIDLOOP_RECORD_HISTORY=1 ctest --test-dir build/dev -R RecordedHistory";

// One line: section NAME, at MS TOPIC KEY VALUE, tick MS, run or restart.
using Line = std::vector<std::string>;

struct Section {
  std::string name;
  std::vector<Line> lines;
};

Line split(const std::string& line) {
  Line parts;
  std::size_t begin = 0;
  for (std::size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
    parts.push_back(line.substr(begin, tab - begin));
    begin = tab + 1;
  }
  parts.push_back(line.substr(begin));
  return parts;
}

const std::vector<Section>& recorded_log() {
  static const std::vector<Section> sections = [] {
    std::vector<Section> read;
    std::ifstream file(kDirectory + "events.tsv");
    for (std::string text; std::getline(file, text);) {
      Line line = split(text);
      if (line[0] == "section") {
        read.push_back({line[1], {}});
      } else {
        read.back().lines.push_back(std::move(line));
      }
    }
    return read;
  }();
  return sections;
}

engine::Instant instant_of(const std::string& milliseconds) {
  std::int64_t number = 0;
  const char* const end = milliseconds.data() + milliseconds.size();
  if (std::from_chars(milliseconds.data(), end, number).ptr != end)
    throw std::runtime_error("no time: " + milliseconds);
  return engine::instant(number);
}

void play(const Line& line, World& world) {
  if (line[0] == "run") {
    world.drain();
  } else if (line[0] == "restart") {
    world.restart();
    world.drain();
  } else {
    world.clock().set(std::max(world.clock().now(), instant_of(line[1])));
    if (line[0] == "at") world.append(line[2], line[3], line[4]);
  }
}

// A row of digests.txt.
struct StageRecord {
  std::uint32_t logic_version = 0;
  std::string inputs;   // digest of the records that it read, but for those that it wrote itself
  std::string results;  // digest of the records that it wrote, and of its state
};

// By stage and partitions.
using Records = std::map<std::pair<std::string, std::uint32_t>, StageRecord>;

struct Hashers {
  engine::Hasher inputs;
  engine::Hasher results;
};

// Dead letters are in one topic for all stages; those of another one are not counted.
bool is_of(const Written& written, std::string_view topic, std::string_view stage) {
  if (topic != "dead-letters") return true;
  const auto letter = topics::decode_dead_letter(written.value);
  return !letter || letter->stage == stage;
}

void add_topic(World& world, std::string_view topic, std::string_view stage, engine::Hasher& hasher) {
  hasher.add(topic);
  for (const Written& written : world.read(topic)) {
    if (!is_of(written, topic, stage)) continue;
    hasher.add(std::uint64_t{written.partition});
    hasher.add(written.key);
    hasher.add(written.value);
  }
}

void add_results(World& world, std::map<std::string, Hashers>& hashers) {
  for (const topics::StageContract& stage : topics::stage_contracts()) {
    Hashers& own = hashers[std::string(stage.name)];
    for (const std::string_view input : stage.inputs) {
      if (std::ranges::find(stage.outputs, input) == stage.outputs.end()) {
        add_topic(world, input, stage.name, own.inputs);
      }
    }
    for (const std::string_view output : stage.outputs) add_topic(world, output, stage.name, own.results);
  }
  for (const auto& [stage, digest] : world.state_digests()) {
    hashers[stage].results.add(digest.high);
    hashers[stage].results.add(digest.low);
  }
}

// Plays the whole log. `finished` is called with each World at its end.
template <class Finished>
void play_all(std::uint32_t partitions, const Finished& finished) {
  for (const Section& section : recorded_log()) {
    const auto first = std::ranges::find_if(section.lines, [](const Line& line) { return line.size() > 1; });
    World world({.start = instant_of(first->at(1)), .partitions = partitions});
    for (const Line& line : section.lines) play(line, world);
    finished(world);
  }
}

Records results_now() {
  Records now;
  for (const std::uint32_t partitions : {1u, 4u}) {
    std::map<std::string, Hashers> hashers;
    play_all(partitions, [&](World& world) { add_results(world, hashers); });
    for (const auto& [stage, own] : hashers) {
      const auto made = projections::make_stage(stage, std::string(topics::kDefaultPrefix));
      now[{stage, partitions}] = {made->spec().logic_version, to_hex(own.inputs.value()), to_hex(own.results.value())};
    }
  }
  return now;
}

Records read_records() {
  Records read;
  std::ifstream file(kDirectory + "digests.txt");
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text.starts_with('#')) continue;
    std::istringstream words(text);
    std::string stage;
    std::uint32_t partitions = 0;
    StageRecord record;
    words >> stage >> partitions >> record.logic_version >> record.inputs >> record.results;
    read[{stage, partitions}] = record;
  }
  return read;
}

void write_records(const Records& records) {
  std::ofstream file(kDirectory + "digests.txt");
  file << "# Made by recorded_history_test from events.tsv. To renew it: " << kCommand << "\n"
       << "# stage, partitions, logic version, digest of what it read, digest of what it wrote and of its state\n";
  for (const auto& [at, record] : records) {
    file << fmt::format("{} {} {} {} {}\n", at.first, at.second, record.logic_version, record.inputs, record.results);
  }
}

// Returns the difference and what to do about it; empty when there is none. `before` is the row of digests.txt.
std::string compare(const std::string& stage, std::uint32_t partitions, const std::optional<StageRecord>& before,
                    const StageRecord& now, bool recording) {
  const std::string name = fmt::format("stage {} with {} partitions", stage, partitions);
  const std::string record = fmt::format("record the new digests by: {}", kCommand);
  if (!before) return recording ? "" : fmt::format("{}: digests.txt has no digest of it; {}", name, record);
  const bool same_logic = before->logic_version == now.logic_version;
  const bool same_inputs = before->inputs == now.inputs;
  if (same_logic && same_inputs && before->results != now.results) {
    return fmt::format(
        "{}: the digest changed from {} to {}, and its logic version is still {}. Does it have to change? "
        "If so, raise the logic version of the stage (kLogicVersion), and {}",
        name, before->results, now.results, now.logic_version, record);
  }
  if (recording) return "";
  if (!same_logic) {
    return fmt::format("{}: its logic version was {} when its digest was recorded, and is {} now; {}", name,
                       before->logic_version, now.logic_version, record);
  }
  if (!same_inputs) {
    return fmt::format("{}: its inputs have changed (events.tsv, or the results of another stage); {}", name, record);
  }
  return "";
}

TEST(RecordedHistory, ADigestChangesOnlyWithItsLogicVersion) {
  const bool recording = std::getenv("GRIDLOOP_RECORD_HISTORY") != nullptr;
  const Records before = read_records();
  const Records now = results_now();
  bool good = true;
  for (const auto& [at, record] : now) {
    const auto found = before.find(at);
    const auto known = found == before.end() ? std::nullopt : std::optional(found->second);
    const std::string wrong = compare(at.first, at.second, known, record, recording);
    EXPECT_EQ(wrong, "");
    good = good && wrong.empty();
  }
  for (const auto& [at, record] : before) {
    if (recording || now.contains(at)) continue;
    ADD_FAILURE() << "digests.txt has a stage that is not there: " << at.first << "; renew it by: " << kCommand;
  }
  if (recording && good) write_records(now);
}

TEST(RecordedHistory, SaysWhetherToRaiseTheVersionOrToRecord) {
  const StageRecord before{.logic_version = 7, .inputs = "i", .results = "r"};
  const auto verdict = [&](const StageRecord& now, bool recording) {
    return compare("cases", 1, before, now, recording);
  };
  EXPECT_EQ(verdict(before, false), "");
  EXPECT_NE(verdict({7, "i", "other"}, false).find("raise the logic version"), std::string::npos);
  EXPECT_NE(verdict({7, "i", "other"}, true).find("raise the logic version"), std::string::npos);
  EXPECT_NE(verdict({8, "i", "other"}, false).find("is 8 now; record the new digests by"), std::string::npos);
  EXPECT_EQ(verdict({8, "i", "other"}, true), "");
  EXPECT_NE(verdict({7, "other", "other"}, false).find("its inputs have changed"), std::string::npos);
  EXPECT_EQ(verdict({7, "other", "other"}, true), "");
}

TEST(RecordedHistory, HasEveryTypeOfEventAndEveryClock) {
  std::string all;
  for (const Section& section : recorded_log()) {
    for (const Line& line : section.lines) all += line.back();
  }
  for (const topics::TypeSpec& type : topics::catalogue()) {
    EXPECT_NE(all.find(fmt::format("\"type\":\"{}\"", type.name)), std::string::npos) << type.name;
  }
  std::set<std::string> clocks;
  play_all(1, [&](World& world) {
    for (const topics::SlaAlert& alert : world.alerts()) clocks.insert(alert.clock);
  });
  for (std::size_t kind = 0; kind < projections::kClockKinds; ++kind) {
    const std::string clock(name(static_cast<projections::ClockKind>(kind)));
    EXPECT_TRUE(clocks.contains(clock)) << clock;
  }
}

}  // namespace
}  // namespace projections_test
