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
  number("--grids", county.grids, "Grids (default: 349)", 1, simulate::kMaxGrids, "N");
  number("--days", county.days, "Days (default: 30)", 1, simulate::kMaxDays, "N");
  number("--seed", county.seed, "Another seed, another county (default: 1)", 0, INT64_MAX, "N");
  number("--rate", county.rate_percent, "Contacts, in percent of 300 a day at 349 grids (default: 100)", 0, 100'000,
         "PERCENT");
  number("--households-per-grid", county.households_per_grid, "Households that are looked after (default: 12)", 0,
         simulate::kMaxHouseholdsPerGrid, "N");
  number("--devices", county.devices, "Devices in all (default: 30 a grid); 0 leaves most of the volume out", 0,
         simulate::kMaxDevices, "N");
  number("--sensor-interval", county.sensor_interval_seconds, "How often a device reports (default: 3600)", 1, 86'400,
         "SECONDS");
  number("--late", county.late_per_mille, "Events logged minutes to days late, per mille (default: 25)", 0, 1000, "N");
  number("--repeated", county.repeat_per_mille, "Events delivered twice, per mille (default: 15)", 0, 1000, "N");
  sub->add_option_function<std::string>(
         "--policies",
         [&county](const std::string& name) {
           using simulate::CountyPolicies;
           county.policies = name == "working" ? CountyPolicies::working : CountyPolicies::seconds;
         },
         "seconds: sign, handle and close on the wall clock (the default); working: every clock, most of them in "
         "working time, and who may judge")
      ->check(CLI::IsMember({"seconds", "working"}))
      ->option_text("NAME");
}

void add_simulating(Program& program, SimulateCountyOptions& options) {
  CLI::App* simulate = program.command("simulate", "Events of an invented place",
                                       "  gridloop-lab simulate county --grids 12 --days 6 --devices 0\n");
  simulate->require_subcommand(1);
  CLI::App* sub = simulate->add_subcommand(
      "county", "An invented county: cases, field work and devices, the same for the same options");
  sub->footer(
      "Examples:\n"
      "  gridloop-lab simulate county --seed 7 --devices 0 > county.jsonl\n"
      "  gridloop-lab simulate county --days 365 --devices 0 --data data/county\n"
      "  gridloop-lab simulate county --devices 0 --policies working --data data/working\n"
      "  gridloop-lab simulate county --grids 30 --live 60 --data data/township    until ctrl-C\n");
  sub->add_option("--data", options.common.data, "Data directory to append to (default: one event per line on stdout)")
      ->option_text("DIR");
  Program::on_kafka(sub, options.common);
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  add_county(sub, options.county);
  sub->add_option("--from", options.from, "First day (default: so that it ends before 2026-03-01)")
      ->option_text("YYYY-MM-DD");
  sub->add_option("--live", options.live, "From now on, as time passes; 60 = a minute a second, deadlines too")
      ->check(whole_number(1, 86'400))
      ->option_text("SPEED");
  sub->add_option("--summary-json", options.summary_json, "File for the counts of what was made")->option_text("FILE");
  sub->add_option("--partitions", options.partitions, "Partitions, when the log is made (default: 4)")
      ->check(whole_number(0, kMaxPartitions))
      ->option_text("N");
  sub->add_flag("--sync", options.sync, "Survive power loss");
  program.runs(sub, [&options] { return simulate_county(options); });
}

}  // namespace
}  // namespace ops

int main(int argc, char** argv) {
  ops::Program program("The laboratory of Gridloop: invented counties, and benchmarks.", "gridloop-lab");
  ops::SimulateCountyOptions simulation;
  ops::Benchmarks benchmarks;
  ops::add_simulating(program, simulation);
  ops::add_benchmarks(program, benchmarks);
  return ops::main_program(program, argc, argv);
}
