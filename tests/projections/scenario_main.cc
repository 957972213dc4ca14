// Runs the scenario in the file that is named on the command line; see scenario.h.

#include <fstream>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "tests/projections/scenario.h"

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
  std::string line;
  int number = 0;
  try {
    projections_test::Scenario scenario;
    while (std::getline(file, line)) scenario.run_line(line, ++number);
    line = "(after the last line)";
    scenario.finish();
  } catch (const std::exception& failure) {
    fmt::print("{}:{}: {}\n{}\n", argv[1], number, line, failure.what());
    return 1;
  }
  return 0;
}
