#include "ops/cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/memory.h"
#include "ops/cli/messages.h"

namespace ops {
namespace {

const char* const kFooter =
    R"(Exit codes: 0 done; 1 internal error; 2 wrong usage; 3 invalid input or configuration; 4 damaged data was found;
  5 another process uses the data directory, or has taken over; 6 the surroundings failed (full disk, unreadable
  directory, a Kafka cluster that does not answer).
Results go to stdout, all else to stderr. COMMAND --help shows options and examples.)";

// A descriptor of 0, 1 or 2 that is closed would be taken by the next file that is opened, such as the journal, and
// what is printed would go there. This takes them first, so that printing fails instead.
void keep_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) (void)open("/dev/null", O_RDONLY);
  }
}

int cannot_write(const Program& program, int reason) {
  // Whoever closed the pipe has read what they wanted.
  if (reason != EPIPE)
    say(fmt::format("{}: cannot write the result: {}", program.app.get_name(), std::strerror(reason)));
  return kSurroundings;
}

// Parses the command line and does what it says; the exit code.
int run_program(Program& program, int argc, char** argv) {
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.app.exit(error) == 0 ? kOk : kUsage;
  }
  const auto code = program.chosen();
  if (code) return *code;
  say(program.app.get_name() + ": " + with_flags(code.error().message));
  return exit_code(code.error());
}

}  // namespace

int main_program(Program& program, int argc, char** argv) {
  keep_standard_descriptors();
  program.app.require_subcommand(1);
  program.app.footer(kFooter);
  program.app.set_version_flag("--version", program.app.get_name() + " " GRIDLOOP_VERSION);
  try {
    keep_to_memory(0);  // until a command has a budget
    const int code = run_program(program, argc, argv);
    // What is left in the buffer is written here, where a failure can still be told.
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return cannot_write(program, errno != 0 ? errno : EIO);
    return code;
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0) return cannot_write(program, error.code().value());
    say(fmt::format("{}: the system refused: {}", program.app.get_name(), error.what()));
    return kSurroundings;
  } catch (const std::bad_alloc&) {
    say(program.app.get_name() + ": there is not enough memory");
    return kSurroundings;
  } catch (const std::exception& error) {
    say(fmt::format("{}: internal error: {}", program.app.get_name(), error.what()));
    return kInternal;
  }
}

}  // namespace ops
