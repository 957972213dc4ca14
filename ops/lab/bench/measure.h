#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "engine/result.h"

namespace ops::bench {

// What a piece of work took: wall time, and the CPU time (user and system) of all threads of this process.
struct Cost {
  std::chrono::nanoseconds wall{};
  std::chrono::microseconds cpu{};
};

// Adds up what lies between start() and stop().
//
// Threads: one at a time.
class Stopwatch {
 public:
  void start();
  void stop();
  // So far; also between start() and stop().
  Cost cost() const;

 private:
  Cost sum_;
  Cost started_;
  bool running_ = false;
};

// Gives freed memory back to the system and lets peak_memory_bytes() start anew from what is in use now.
// Errors: fatal when the system (Linux) does not allow it.
engine::Result<> forget_peak_memory();
// The largest resident set of this process since then (VmHWM).
engine::Result<std::uint64_t> peak_memory_bytes();
// The resident set now (VmRSS).
engine::Result<std::uint64_t> memory_bytes();

// The sizes of all files below `directory`, 0 when it is not there. Files that vanish meanwhile count 0.
std::uint64_t directory_bytes(const std::string& directory);

}  // namespace ops::bench
