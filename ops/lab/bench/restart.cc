// `gridloop-lab bench restart`: a large state, a killed process, and the time until it serves again.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"
#include "ops/lab/bench/appender.h"
#include "ops/lab/bench/bench.h"
#include "ops/lab/bench/generated_events.h"
#include "ops/lab/bench/phases.h"
#include "ops/lab/bench/workplace.h"

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Result;

namespace {

// Cases in one round of growing: some hundred rounds at most, as a case takes more than 100 bytes of state.
constexpr std::uint64_t kMaxRoundCases = 250'000;
constexpr std::uint64_t kBytesPerRoundCase = 1000;
constexpr std::uint64_t kAll = UINT64_MAX;

// A child process that is killed when nobody has done so before.
class Child {
 public:
  // Runs this program with `arguments`, its output thrown away.
  static Result<std::unique_ptr<Child>> start(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0);
    }
    pid_t process = 0;
    const int error = posix_spawn(&process, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return fail(Action::fatal, fmt::format("cannot start a process: {}", std::strerror(error)));
    return std::unique_ptr<Child>(new Child(process));
  }
  ~Child() {
    if (process_ > 0) (void)end();
  }
  Child(const Child&) = delete;

  // Kills it with SIGKILL. Errors: invalid when it had ended by itself.
  Result<> end() {
    int status = 0;
    kill(process_, SIGKILL);
    waitpid(process_, &status, 0);
    process_ = 0;
    if (WIFSIGNALED(status)) return {};
    return fail(Action::fatal, fmt::format("`gridloop run` ended unexpectedly with exit code {}", WEXITSTATUS(status)));
  }

 private:
  explicit Child(pid_t process) : process_(process) {}
  pid_t process_;
};

// Events through all stages until the state has the size; then others that nobody has processed yet. Returns how many
// events there were, or nothing when a total was wrong.
Result<std::optional<std::uint64_t>> grow(const RestartOptions& options, const Workplace& workplace) {
  const auto deployment = TRY(open_deployment(workplace.directory(), options.settings));
  const auto appender = TRY(Appender::open(*deployment, GeneratedEvents::kBegin - std::chrono::days(1)));
  const std::uint64_t cases = std::clamp<std::uint64_t>(options.state_bytes / kBytesPerRoundCase, 1000, kMaxRoundCases);
  Totals all;
  std::uint64_t seed = 1;
  for (; directory_bytes(workplace.state()) < options.state_bytes; ++seed) {
    GeneratedEvents round({.cases = cases, .seed = seed});
    TRY(appender->append(round, kAll));
    all += round.totals();
    TRY(run_until_idle(*deployment, deployment->clock(), options.settings));
    say(fmt::format("{} events, state of {} MB", with_commas(all.events),
                    megabytes(directory_bytes(workplace.state()))));
  }
  if (!check(TRY(compare(*deployment, appender->city(), all)), options.place.json)) return std::nullopt;
  GeneratedEvents unread({.cases = cases, .seed = seed});
  TRY(appender->append(unread, kAll));
  return static_cast<std::uint64_t>(all.events + unread.totals().events);
}

}  // namespace

Result<int> restart(const RestartOptions& options) {
  const auto workplace = TRY(Workplace::make(options.place));
  const auto events = TRY(grow(options, *workplace));
  if (!events) return kInternal;
  const auto child = TRY(Child::start({"gridloop", "run", "--data", workplace->directory(), "--threads",
                                       std::to_string(options.settings.threads), "--memory",
                                       std::to_string(options.settings.memory_bytes)}));
  std::this_thread::sleep_for(options.work);
  TRY(child->end());
  TRY(forget_peak_memory());
  const Restart again = TRY(serve_again(workplace->directory(), options.settings));
  const Phase phase = TRY(measured({.name = "restart", .cost = again.cost}, *workplace));
  print({phase}, options.place.json);
  const auto records = static_cast<std::int64_t>(again.records);
  if (options.place.json) {
    fmt::print("{{\"events\":{},\"records_read\":{}}}\n", *events, records);
  } else {
    fmt::print("Events in the log: {}; records read until ready: {}\n", with_commas(static_cast<std::int64_t>(*events)),
               with_commas(records));
  }
  return kOk;
}

}  // namespace ops::bench
