#include "ops/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "ops/messages.h"
#include "ops/text_table.h"

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

void Progress::show(std::uint64_t done, std::uint64_t total) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (done >= total || now - shown_ < (terminal_ ? std::chrono::milliseconds(250) : std::chrono::seconds(10))) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const double rate = static_cast<double>(done) / seconds;
  const auto left = static_cast<std::int64_t>(rate > 0 ? static_cast<double>(total - done) / rate : 0);
  const std::string line =
      fmt::format("{} of {} {} ({} %), {}/s, {} left", with_commas(static_cast<std::int64_t>(done)),
                  with_commas(static_cast<std::int64_t>(total)), unit_, done * 100 / total,
                  with_commas(static_cast<std::int64_t>(rate)), duration(left));
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
  say(fmt::format("{} {} in {:.1f} s ({}/s){}", with_commas(static_cast<std::int64_t>(count)), unit_, seconds,
                  with_commas(static_cast<std::int64_t>(static_cast<double>(count) / std::max(seconds, 0.001))),
                  complete ? "" : ", then stopped by an error"));
}

}  // namespace ops
