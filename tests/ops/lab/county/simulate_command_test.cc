// `gridloop-lab simulate county --data DIR`: what lies in the log.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/deployment/deployment.h"
#include "ops/lab/county/county.h"
#include "ops/lab/simulate_command.h"
#include "tests/support/scratch.h"
#include "topics/topology.h"

namespace simulate_test {
namespace {

using ops::simulate::County;
using ops::simulate::CountyEvent;
using support::Scratch;

TEST(SimulateCounty, WritesEachEventToItsPartitionInOrder) {
  const Scratch scratch;
  ops::SimulateCountyOptions command;
  command.common.data = scratch.path("data");
  command.summary_json = scratch.path("summary.json");
  command.county = {.seed = 5, .grids = 8, .days = 3, .devices = 30};
  command.partitions = 3;
  const auto code = ops::simulate_county(command);
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(*code, ops::kOk);

  std::map<std::pair<std::string, std::uint32_t>, std::vector<std::string>> expected;
  County county(command.county);
  const auto deployment = ops::Deployment::open_for_reading({.directory = command.common.data});
  ASSERT_TRUE(deployment) << deployment.error().message;
  engine::Log& log = (*deployment)->log();
  while (const CountyEvent* event = county.next()) {
    const std::string topic = (*deployment)->topic(topics::topic_of(event->family));
    const auto partition = engine::partition_of(event->subject, log.topic(topic)->partitions);
    expected[{topic, partition.value}].push_back(event->subject + " " + event->value);
  }
  EXPECT_EQ(expected.size(), 5u * 3 + 1);
  for (const auto& [at, records] : expected) {
    const auto reader = log.reader({at.first, engine::Partition{at.second}}, engine::Offset{0});
    ASSERT_TRUE(reader);
    std::vector<std::string> found;
    while (true) {
      engine::Batch batch;
      ASSERT_TRUE((*reader)->read(batch, 1 << 20));
      if (batch.empty()) break;
      for (const engine::Record& record : batch.records()) {
        found.push_back(fmt::format("{} {}", record.key, record.value));
      }
    }
    EXPECT_EQ(found, records) << at.first << " " << at.second;
  }
  std::ifstream file(command.summary_json);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), to_json(county.summary()) + "\n");
}

TEST(SimulateCounty, SaysWhatIsWrongWithItsOptions) {
  const auto code = [](auto&& change) {
    ops::SimulateCountyOptions command;
    command.county.days = 1;
    change(command);
    const auto result = ops::simulate_county(command);
    return result ? *result : -1;
  };
  EXPECT_EQ(code([](auto& command) { command.from = "2026-02-30"; }), ops::kUsage);
  EXPECT_EQ(code([](auto& command) { command.county.grids = 0; }), ops::kUsage);
  EXPECT_EQ(code([](auto& command) {
              command.from = "2026-02-01";
              command.live = 60;
            }),
            ops::kUsage);
}

}  // namespace
}  // namespace simulate_test
