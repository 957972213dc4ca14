#include <cstdio>
#include <functional>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tests/sim/city_world.h"
#include "tests/sim/simulator.h"
#include "tests/sim/word_count_world.h"

int main(int argc, char** argv) {
  CLI::App app("Simulates the engine under faults, everything from one seed.");
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::string world = "words";
  bool verbose = false;
  app.add_option("--seed", seed, "the first seed")->required();
  app.add_option("--seeds", seeds, "how many seeds, one after another");
  app.add_option("--world", world, "words: the word count; city: the stages of this program")
      ->check(CLI::IsMember({"words", "city"}));
  app.add_flag("--verbose", verbose, "say each action");
  CLI11_PARSE(app, argc, argv);

  const sim::MakeWorld make_world = world == "city" ? sim::make_city_world : sim::make_word_count_world;
  sim::Statistics total;
  std::uint64_t failures = 0;
  const auto say = [](const std::string& line) { fmt::print("{}\n", line); };
  for (std::uint64_t i = 0; i < seeds; ++i) {
    const sim::Outcome outcome =
        sim::simulate(seed + i, make_world, verbose ? say : std::function<void(const std::string&)>());
    total += outcome.statistics;
    if (outcome.failure.empty()) continue;
    ++failures;
    fmt::print("seed {} failed: {}\nto repeat: build/dev/tests/sim/gridloop_sim --world {} --seed {} --verbose\n",
               seed + i, outcome.failure, world, seed + i);
  }
  fmt::print("{} of {} seeds failed; {}\n", failures, seeds, total.to_string());
  return failures == 0 ? 0 : 1;
}
