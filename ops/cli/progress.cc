#include "ops/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "engine/runner.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"

namespace ops {

Progress::Progress(std::string unit, std::string nothing)
    : unit_(std::move(unit)),
      nothing_(std::move(nothing)),
      terminal_(isatty(STDERR_FILENO) != 0),
      began_(std::chrono::steady_clock::now()),
      shown_(began_) {}

void Progress::clear_line() {
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
}

namespace {

std::string number(std::uint64_t n) {
  return with_commas(static_cast<std::int64_t>(n));
}

}  // namespace

std::string progress_line(std::string_view unit, std::uint64_t done, std::uint64_t total, std::uint64_t deferred,
                          std::chrono::duration<double> time) {
  const std::uint64_t waiting = total - std::min(done, total);
  // Some come in while what was held back is announced.
  if (waiting == 0 || (waiting < deferred && waiting < done / 100)) {
    return fmt::format("{} {} read; {} cases still to be announced", number(done), unit, number(deferred));
  }
  const double rate = static_cast<double>(done) / time.count();
  const auto left = static_cast<std::int64_t>(rate > 0 ? static_cast<double>(waiting) / rate : 0);
  return fmt::format("{} of {} {} ({} %), {}/s, {} left", number(done), number(total), unit, done * 100 / total,
                     with_commas(static_cast<std::int64_t>(rate)), duration(left));
}

void Progress::show(std::uint64_t done, std::uint64_t total, std::uint64_t deferred) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (done >= total && deferred == 0) return;
  if (now - shown_ < (terminal_ ? std::chrono::milliseconds(250) : std::chrono::seconds(10))) return;
  shown_ = now;
  const std::string line = progress_line(unit_, done, total, deferred, now - began_);
  if (terminal_) {
    std::fputs(("\r\033[K" + line).c_str(), stderr);
    std::fflush(stderr);
    line_open_ = true;
  } else {
    say(line);
  }
}

void Progress::note(const std::string& message) {
  const std::scoped_lock lock(mutex_);
  clear_line();
  say(message);
}

void Progress::done(std::uint64_t count, bool complete) {
  const std::scoped_lock lock(mutex_);
  clear_line();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  if (count == 0 && complete) {
    say(nothing_);
    return;
  }
  say(fmt::format("{} {} in {:.1f} s ({}/s){}", number(count), unit_, seconds,
                  number(static_cast<std::uint64_t>(static_cast<double>(count) / std::max(seconds, 0.001))),
                  complete ? "" : ", stopped by an error"));
}

void show(Progress& progress, const engine::Runner& runner) {
  const std::uint64_t read = runner.records_read();
  progress.show(read, read + runner.lag(), runner.deferred());
}

}  // namespace ops
