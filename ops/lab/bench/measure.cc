#include "ops/lab/bench/measure.h"

#include <malloc.h>
#include <sys/resource.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Result;

namespace {

Cost used_so_far() {
  rusage usage{};
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return {std::chrono::steady_clock::now().time_since_epoch(), of(usage.ru_utime) + of(usage.ru_stime)};
}

// A line of /proc/self/status such as "VmHWM:    1234 kB".
Result<std::uint64_t> status_bytes(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t digits = line.find_first_of("0123456789");
    std::uint64_t kilobytes = 0;
    if (digits == std::string::npos) break;
    std::from_chars(line.data() + digits, line.data() + line.size(), kilobytes);
    return kilobytes << 10;
  }
  return fail(Action::fatal, fmt::format("/proc/self/status does not contain {}", name));
}

}  // namespace

void Stopwatch::start() {
  CHECK(!running_);
  running_ = true;
  started_ = used_so_far();
}

void Stopwatch::stop() {
  CHECK(running_);
  sum_ = cost();
  running_ = false;
}

Cost Stopwatch::cost() const {
  if (!running_) return sum_;
  const Cost now = used_so_far();
  return {sum_.wall + now.wall - started_.wall, sum_.cpu + now.cpu - started_.cpu};
}

Result<> forget_peak_memory() {
  malloc_trim(0);
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  if (!file) return fail(Action::fatal, "cannot write /proc/self/clear_refs: peak memory cannot be measured per phase");
  return {};
}

Result<std::uint64_t> peak_memory_bytes() {
  return status_bytes("VmHWM:");
}

Result<std::uint64_t> memory_bytes() {
  return status_bytes("VmRSS:");
}

std::uint64_t directory_bytes(const std::string& directory) {
  namespace fs = std::filesystem;
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (!at->is_regular_file(gone)) continue;
    const std::uint64_t size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace ops::bench
