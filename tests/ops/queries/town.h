#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/clock.h"
#include "engine/log/disk.h"
#include "engine/log/embedded_log.h"
#include "ops/commands/run.h"
#include "ops/queries/case.h"
#include "ops/queries/due.h"
#include "ops/queries/explanation.h"
#include "tests/support/scratch.h"

namespace questions_test {

// What a command came to.
struct Printed {
  int code = 0;
  std::string out;
  std::string err;
};
Printed print(const std::function<engine::Result<int>()>& command);

// A data directory whose events are logged when they happen, under a clock of its own, and which is asked like any
// other. Times are of 2026, in China, without the year: "03-02 09:00".
//
// Errors: all functions throw std::runtime_error.
class Town {
 public:
  explicit Town(std::uint32_t partitions = 4);

  // An event of the desk, to the topic of its type.
  void tell(std::string_view time, std::string_view type, std::string_view subject, std::string_view data = "{}");
  // Closes the log and processes it, with the clock at `time` in the end. Once.
  void run(std::string_view time);

  ops::CommonOptions common(bool json = false) const;
  // The command line `gridloop WORDS --data DIR`, for instance with words {"rankings", "--period", "2026-03"}.
  Printed ask(std::vector<std::string> words) const;
  Printed show_case(const std::string& id, bool anomalies = false, bool json = false) const;
  Printed explain(const std::string& id, bool json = false) const;
  // What `gridloop due` prints, after `change` of its options.
  Printed due(const std::function<void(ops::DueOptions&)>& change) const;

 private:
  support::Scratch scratch_;
  std::uint32_t partitions_;
  engine::PosixDisk disk_;
  engine::SimulatedClock clock_;
  std::unique_ptr<engine::EmbeddedLog> log_;
  std::unique_ptr<engine::Writer> writer_;
  int events_ = 0;
};

}  // namespace questions_test
