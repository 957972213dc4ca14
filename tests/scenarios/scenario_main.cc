// Runs the scenario in the file that is named on the command line, see scenario.h: with 1 partition and with 16, unless
// it names a number itself.

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/scenarios/scenario.h"

namespace {

using projections_test::Scenario;

bool names_partitions(const std::vector<std::string>& lines) {
  return std::ranges::any_of(lines, [](const std::string& line) { return line.starts_with("partitions "); });
}

// Returns whether all came as told.
bool run(Scenario& scenario, const char* file, const std::vector<std::string>& lines, const std::string& with) {
  std::string at;
  int number = 0;
  try {
    for (const std::string& line : lines) {
      at = line;
      scenario.run_line(line, ++number);
    }
    at = "(after the last line)";
    scenario.finish();
  } catch (const std::exception& failure) {
    fmt::print("{}:{}:{} {}\n{}\n", file, number, with, at, failure.what());
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: {} FILE\n", argv[0]);
    return 2;
  }
  std::ifstream file(argv[1]);
  if (!file) {
    fmt::print(stderr, "{} cannot be read\n", argv[1]);
    return 2;
  }
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (names_partitions(lines)) {
    Scenario scenario;
    return run(scenario, argv[1], lines, "") ? 0 : 1;
  }
  bool good = true;
  for (const std::uint32_t partitions : {1u, 16u}) {
    Scenario scenario(partitions);
    good = run(scenario, argv[1], lines, fmt::format(" with {} partitions:", partitions)) && good;
  }
  return good ? 0 : 1;
}
