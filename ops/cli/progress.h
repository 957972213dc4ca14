#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace engine {
class Runner;
}

namespace ops {

// Shows on stderr how far a long job is: on a terminal one line that is written over, else a line every ten seconds.
//
// Threads: any.
class Progress {
 public:
  // `unit` is what is counted; `nothing` is said in the end when there was none.
  Progress(std::string unit, std::string nothing);

  // `total` may grow; the rate and the time left follow from the time since the beginning. `deferred` is how many
  // cases are still to be announced when all is read.
  void show(std::uint64_t done, std::uint64_t total, std::uint64_t deferred = 0);
  // A message on a line of its own.
  void note(const std::string& message);
  // The last line: how many, how long, how fast.
  void done(std::uint64_t count, bool complete);

 private:
  void clear_line();

  std::string unit_;
  std::string nothing_;
  bool terminal_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point shown_;
  bool line_open_ = false;
};

// What Progress::show() says after `time`.
std::string progress_line(std::string_view unit, std::uint64_t done, std::uint64_t total, std::uint64_t deferred,
                          std::chrono::duration<double> time);

// How far the tasks are. Threads: any.
void show(Progress& progress, const engine::Runner& runner);

}  // namespace ops
