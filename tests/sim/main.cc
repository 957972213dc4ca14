#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tests/sim/city_world.h"
#include "tests/sim/cluster_simulation.h"
#include "tests/sim/simulator.h"
#include "tests/sim/word_count_world.h"

namespace {

int run_clusters(std::uint64_t seed, std::uint64_t seeds, bool verbose) {
  sim::ClusterStatistics total;
  std::uint64_t failures = 0;
  const auto say = [](const std::string& line) { fmt::print("{}\n", line); };
  for (std::uint64_t i = 0; i < seeds; ++i) {
    const sim::ClusterOutcome outcome =
        sim::simulate_cluster(seed + i, verbose ? say : std::function<void(const std::string&)>());
    total += outcome.statistics;
    if (outcome.failure.empty()) continue;
    ++failures;
    fmt::print("seed {} failed: {}\nto repeat: build/dev/tests/sim/gridloop_sim --world cluster --seed {} --verbose\n",
               seed + i, outcome.failure, seed + i);
  }
  fmt::print("{} of {} seeds failed; {}\n", failures, seeds, total.to_string());
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates the engine under faults, everything from one seed.");
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::string world = "words";
  bool verbose = false;
  app.add_option("--seed", seed, "the first seed")->required();
  app.add_option("--seeds", seeds, "how many seeds, one after another");
  app.add_option("--world", world,
                 "words: the word count; city: the stages of this program; cluster: members that share tasks")
      ->check(CLI::IsMember({"words", "city", "cluster"}));
  std::optional<support::Late> late;
  const std::map<std::string, support::Late> kinds{{"lost", support::Late::lost},
                                                   {"torn", support::Late::torn},
                                                   {"stray", support::Late::stray},
                                                   {"again", support::Late::again},
                                                   {"outlived", support::Late::outlived}};
  app.add_option("--late", late, "a request to end a transaction comes late")
      ->transform(CLI::CheckedTransformer(kinds).description("lost, torn, stray, again or outlived"));
  app.add_flag("--verbose", verbose, "say each action");
  CLI11_PARSE(app, argc, argv);
  if (world == "cluster") return run_clusters(seed, seeds, verbose);

  const sim::MakeWorld make_world = world == "city" ? sim::make_city_world : sim::make_word_count_world;
  sim::Statistics total;
  std::uint64_t failures = 0;
  std::array<std::uint64_t, 4> found{};  // by LateOutcome
  const auto say = [](const std::string& line) { fmt::print("{}\n", line); };
  for (std::uint64_t i = 0; i < seeds; ++i) {
    const auto trace = verbose ? say : std::function<void(const std::string&)>();
    const sim::Outcome outcome =
        late ? sim::simulate_late(seed + i, make_world, *late, trace) : sim::simulate(seed + i, make_world, trace);
    ++found[static_cast<std::size_t>(outcome.late)];
    total += outcome.statistics;
    if (outcome.failure.empty()) continue;
    ++failures;
    fmt::print("seed {} failed: {}\nto repeat: build/dev/tests/sim/gridloop_sim --world {} --seed {}{}{} --verbose\n",
               seed + i, outcome.failure, world, seed + i, late ? " --late " : "", late ? support::name(*late) : "");
  }
  fmt::print("{} of {} seeds failed; {}\n", failures, seeds, total.to_string());
  if (late) {
    fmt::print(
        "late requests: {} found by a task, {} by a replay of the logs, {} without effect, {} seeds without one\n",
        found[2], found[3], found[1], found[0]);
  }
  return failures == 0 ? 0 : 1;
}
