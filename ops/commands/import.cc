// `gridloop import`: rows of files as events of the past.

#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/program.h"
#include "ops/cli/progress.h"
#include "ops/commands/common_options.h"
#include "ops/deployment/deployment.h"
#include "ops/import/import.h"

namespace ops {
namespace {

using engine::Result;

struct ImportCommand {
  CommonOptions common;
  std::string mapping;
  std::vector<std::string> files;
  std::string temp;  // directory of temporary files; empty = the data directory
  std::uint32_t partitions = 0;
  bool abandon = false;
  bool sync = false;
};

Result<int> import_rows(const ImportCommand& command) {
  const auto deployment = TRY(Deployment::open({.directory = command.common.data,
                                                .kafka = command.common.kafka,
                                                .prefix = command.common.prefix,
                                                .partitions = command.partitions,
                                                .sync = command.sync}));
  Progress progress("events", "no new events");
  ImportOptions options;
  options.prefix = command.common.prefix;
  options.mapping = command.mapping;
  options.files = command.files;
  options.abandon = command.abandon;
  options.temp.directory = !command.temp.empty()          ? command.temp
                           : !command.common.data.empty() ? command.common.data
                                                          : std::filesystem::temp_directory_path().string();
  options.clock = &deployment->clock();
  options.progress = [&](std::uint64_t done, std::uint64_t total) { progress.show(done, total); };
  const ImportReport report = TRY(import_files(deployment->log(), options));
  progress.done(report.events_written, true);
  fmt::print("{}", command.common.json ? to_json_lines(report) : to_text(report));
  return kOk;
}

}  // namespace

void declare_import(Program& program) {
  Command command =
      program.command("import", "Import CSV files and spreadsheets as historical events, using a mapping file",
                      "  gridloop import --data data/boston --mapping ops/import/mappings/boston311.toml \\\n"
                      "    ops/data/boston311_2015_slim.csv.zst\n"
                      "Importing the same files again adds nothing. To resume an interrupted import, repeat the "
                      "command.\n");
  auto& options = command.settings<ImportCommand>();
  add_log_and_json(command, options.common);
  command.text("--mapping", options.mapping, "FILE.toml", "Mapping file: how columns become events",
               Command::Need::required);
  command.list("files", options.files, "FILE...", "CSV files (plain or .zst) and .xlsx workbooks",
               Command::Need::required);
  command.text("--temp", options.temp, "DIR", "Directory for temporary files (default: the data directory)");
  add_partitions(command, options.partitions);
  command.flag("--abandon", options.abandon, "Abandon an unfinished import of other files from the same source");
  add_sync(command, options.sync);
  command.runs(on_log(options.common, [&options] { return import_rows(options); }));
}

}  // namespace ops
