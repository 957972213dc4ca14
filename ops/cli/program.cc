#include "ops/cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <span>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "ops/cli/exit_code.h"
#include "ops/cli/memory.h"
#include "ops/cli/messages.h"
#include "ops/cli/nearest.h"

namespace ops {
namespace {

const char* const kFooter =
    R"(Exit codes: 0 success; 1 internal error; 2 wrong usage; 3 invalid input or configuration; 4 damaged data found;
  5 the data directory is in use by another process, or another process has taken over; 6 environment failure (full
  disk, unreadable directory, Kafka cluster not reachable).
Results go to stdout, all other messages to stderr. `COMMAND --help` shows the options and examples of a command.)";

// A descriptor of 0, 1 or 2 that is closed would be taken by the next file that is opened, such as the journal, and
// what is printed would go there. This takes them first, so that printing fails instead.
void keep_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) (void)open("/dev/null", O_RDONLY);
  }
}

std::string unknown(std::string_view what, const std::string& before, std::string_view name,
                    const std::vector<std::string_view>& known) {
  const auto other = nearest(name, known);
  return fmt::format("unknown {} '{}{}'{}", what, before, name,
                     other ? fmt::format("; did you mean '{}{}'?", before, *other) : std::string());
}

// CLI11 reports a missing command where a wrong one stands.
std::optional<std::string> unknown_command(const CLI::App& app, std::span<char*> words) {
  const CLI::App* at = &app;
  std::string before;
  for (const std::string_view word : words) {
    const auto commands = at->get_subcommands({});
    if (commands.empty() || word.starts_with('-')) return std::nullopt;
    std::vector<std::string_view> names;
    const CLI::App* found = nullptr;
    for (const CLI::App* command : commands) {
      names.push_back(command->get_name());
      if (command->get_name() == word) found = command;
    }
    if (found == nullptr) return unknown("command", before, word, names);
    at = found;
    before += fmt::format("{} ", word);
  }
  return std::nullopt;
}

// The first option that the chosen command does not have.
std::optional<std::string> unknown_option(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  std::vector<std::string> known;
  for (const CLI::Option* option : at->get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const std::string& word : at->remaining()) {
    const std::string name = word.substr(0, word.find('='));
    if (name.starts_with("--") && name.size() > 2) return unknown("option", "", name, {known.begin(), known.end()});
  }
  return std::nullopt;
}

}  // namespace

Program::Program(const std::string& name, const std::string& about) : app_(std::make_unique<CLI::App>(about, name)) {
  app_->require_subcommand(1);
  app_->footer(kFooter);
  app_->set_version_flag("--version", name + " " GRIDLOOP_VERSION);
}

Program::~Program() = default;

CLI::App& Program::add(const std::string& path, const std::string& about, const std::string& examples) {
  const std::size_t space = path.find(' ');
  CLI::App* parent = space == std::string::npos ? app_.get() : app_->get_subcommand(path.substr(0, space));
  CLI::App* made = parent->add_subcommand(space == std::string::npos ? path : path.substr(space + 1), about);
  made->footer("Examples:\n" + examples);
  return *made;
}

void Program::group(const std::string& name, const std::string& about, const std::string& examples) {
  add(name, about, examples).require_subcommand(1);
}

Command Program::command(const std::string& path, const std::string& about, const std::string& examples) {
  return Command(
      add(path, about, examples), [this](std::shared_ptr<void> settings) { settings_.push_back(std::move(settings)); },
      [this](Command::Run run) { chosen_ = std::move(run); });
}

int Program::cannot_write(int reason) const {
  // The reader that closed the pipe has all it wanted.
  if (reason != EPIPE) say(fmt::format("{}: cannot write the result: {}", app_->get_name(), std::strerror(reason)));
  return kSurroundings;
}

int Program::parse_and_run(int argc, char** argv) {
  const auto refused = [this](const std::string& problem) {
    say(fmt::format("{}: {}\nRun with --help for more information.", app_->get_name(), problem));
    return kUsage;
  };
  const std::span words(argv, static_cast<std::size_t>(argc));
  if (const auto problem = unknown_command(*app_, words.subspan(words.empty() ? 0 : 1))) return refused(*problem);
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool shown = error.get_exit_code() == 0;  // help or version
    if (const auto problem = shown ? std::nullopt : unknown_option(*app_)) return refused(*problem);
    return app_->exit(error) == 0 ? kOk : kUsage;
  }
  const auto code = chosen_();
  if (code) return *code;
  say(app_->get_name() + ": " + with_flags(code.error().message));
  return exit_code(code.error());
}

int Program::main(int argc, char** argv) {
  keep_standard_descriptors();
  const std::string name = app_->get_name();
  try {
    keep_to_memory(0);  // until a command has a budget
    const int code = parse_and_run(argc, argv);
    // The rest of the buffer is written here, where a failure can still be reported.
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return cannot_write(errno != 0 ? errno : EIO);
    return code;
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0) return cannot_write(error.code().value());
    say(fmt::format("{}: system error: {}", name, error.what()));
    return kSurroundings;
  } catch (const std::bad_alloc&) {
    say(name + ": out of memory");
    return kSurroundings;
  } catch (const std::exception& error) {
    say(fmt::format("{}: internal error: {}", name, error.what()));
    return kInternal;
  }
}

}  // namespace ops
