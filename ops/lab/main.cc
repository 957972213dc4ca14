// The program `gridloop-lab`: the simulator of counties, and the benchmarks.

#include "ops/cli/program.h"
#include "ops/lab/commands.h"

namespace ops {
namespace {

void add_county(CLI::App* sub, simulate::CountyOptions& county) {
  const auto number = [&](const char* name, auto& value, const char* what, std::int64_t least, std::int64_t most,
                          const char* unit) {
    sub->add_option(name, value, what)->check(whole_number(least, most))->option_text(unit);
  };
  number("--grids", county.grids, "Number of grids (default: 349)", 1, simulate::kMaxGrids, "N");
  number("--days", county.days, "Number of days (default: 30)", 1, simulate::kMaxDays, "N");
  number("--seed", county.seed, "Seed of the random generator (default: 1)", 0, INT64_MAX, "N");
  number("--rate", county.rate_percent, "Contacts, as a percentage of 300 a day for 349 grids (default: 100)", 0, 100'000,
         "PERCENT");
  number("--households-per-grid", county.households_per_grid, "Households under care in each grid (default: 12)", 0,
         simulate::kMaxHouseholdsPerGrid, "N");
  number("--devices", county.devices, "Total number of devices (default: 30 per grid); 0 removes most of the volume", 0,
         simulate::kMaxDevices, "N");
  number("--sensor-interval", county.sensor_interval_seconds, "Seconds between two reports of a device (default: 3600)", 1, 86'400,
         "SECONDS");
  number("--late", county.late_per_mille, "Events logged minutes to days late, in thousandths (default: 25)", 0, 1000, "N");
  number("--repeated", county.repeat_per_mille, "Events delivered twice, in thousandths (default: 15)", 0, 1000, "N");
  sub->add_option_function<std::string>(
         "--policies",
         [&county](const std::string& name) {
           using simulate::CountyPolicies;
           county.policies = name == "working" ? CountyPolicies::working : CountyPolicies::seconds;
         },
         "seconds (the default): sign, handle and close clocks in wall-clock time; working: all clocks, most of them in "
         "working time, and rules on who may judge")
      ->check(CLI::IsMember({"seconds", "working"}))
      ->option_text("NAME");
}

void add_simulating(Program& program, SimulateCountyOptions& options) {
  CLI::App* simulate = program.command("simulate", "Generate the events of an invented place",
                                       "  gridloop-lab simulate county --grids 12 --days 6 --devices 0\n");
  simulate->require_subcommand(1);
  CLI::App* sub = simulate->add_subcommand(
      "county", "Generate a county with cases, field work and devices; the same options give the same events");
  sub->footer(
      "Examples:\n"
      "  gridloop-lab simulate county --seed 7 --devices 0 > county.jsonl\n"
      "  gridloop-lab simulate county --days 365 --devices 0 --data data/county\n"
      "  gridloop-lab simulate county --devices 0 --policies working --data data/working\n"
      "  gridloop-lab simulate county --grids 30 --live 60 --data data/township    until Ctrl-C\n");
  sub->add_option("--data", options.common.data, "Data directory to append to (default: print one event per line)")
      ->option_text("DIR");
  Program::on_kafka(sub, options.common);
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topic names")
      ->capture_default_str()
      ->option_text("TEXT");
  add_county(sub, options.county);
  sub->add_option("--from", options.from, "First day (default: the last day is 2026-02-28)")
      ->option_text("YYYY-MM-DD");
  sub->add_option("--live", options.live, "Generate events from now on in real time, SPEED times as fast (60: one minute per second)")
      ->check(whole_number(1, 86'400))
      ->option_text("SPEED");
  sub->add_option("--summary-json", options.summary_json, "Write the event counts to this file")->option_text("FILE");
  sub->add_option("--partitions", options.partitions, "Number of partitions if the log has to be created (default: 4)")
      ->check(whole_number(0, kMaxPartitions))
      ->option_text("N");
  sub->add_flag("--sync", options.sync, "Wait for the disk at each commit, to survive power loss");
  program.runs(sub, [&options] { return simulate_county(options); });
}

}  // namespace
}  // namespace ops

int main(int argc, char** argv) {
  ops::Program program("Test data and benchmarks for Gridloop.", "gridloop-lab");
  ops::SimulateCountyOptions simulation;
  ops::Benchmarks benchmarks;
  ops::add_simulating(program, simulation);
  ops::add_benchmarks(program, benchmarks);
  return ops::main_program(program, argc, argv);
}
