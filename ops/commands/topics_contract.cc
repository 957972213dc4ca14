// `gridloop topics schema` and `gridloop topics asyncapi`: the contract in forms that other programs read.

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/commands/common_options.h"
#include "topics/contract/asyncapi.h"
#include "topics/contract/schema.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;

Result<> write_file(const std::filesystem::path& path, const std::string& text) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out) return fail(Action::fatal, fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  return {};
}

Result<int> write_all(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(Action::fatal, fmt::format("cannot create {}: {}", directory.string(), error.message()));
  const auto types = topics::schema_types();
  for (const std::string_view type : types) {
    TRY(write_file(directory / (std::string(type) + ".json"), *topics::json_schema(type)));
  }
  say(fmt::format("{} schemas in {}", types.size(), directory.string()));
  return kOk;
}

struct SchemaOptions {
  std::string type;  // one type, printed
  bool all = false;  // all of them, as files
  std::string out;   // directory of the files
};

Result<int> print_schema(const SchemaOptions& options) {
  if (options.all != options.type.empty()) return usage_error("name an event type, or use --all with --out");
  if (options.all == options.out.empty()) return usage_error("--all and --out must be used together");
  if (options.all) return write_all(options.out);
  const auto schema = topics::json_schema(options.type);
  if (!schema) {
    return fail(Action::invalid,
                fmt::format("unknown event type {}; topics/README.md and `gridloop topics asyncapi` list all types",
                            options.type));
  }
  fmt::print("{}", *schema);
  return kOk;
}

Result<int> print_asyncapi(const std::string& prefix) {
  fmt::print("{}", topics::asyncapi(prefix));
  return kOk;
}

}  // namespace

void declare_topics_schema(Program& program) {
  Command command =
      program.command("topics schema", "Print the JSON Schema of an event type, or write the schemas of all types",
                      "  gridloop topics schema request.reported\n  gridloop topics schema --all --out schemas\n");
  auto& options = command.settings<SchemaOptions>();
  command.text("type", options.type, "TYPE", "Event type, such as request.reported or sla.breached");
  command.flag("--all", options.all, "Write all types, one file each; requires --out");
  command.text("--out", options.out, "DIR", "Output directory; created if missing");
  command.runs([&options] { return print_schema(options); });
}

void declare_topics_asyncapi(Program& program) {
  Command command = program.command("topics asyncapi", "Print the topics and events as an AsyncAPI 3.0 document",
                                    "  gridloop topics asyncapi > asyncapi.json\n");
  auto& options = command.settings<CommonOptions>();
  add_prefix(command, options.prefix);
  command.runs([&options] { return print_asyncapi(options.prefix); });
}

}  // namespace ops
