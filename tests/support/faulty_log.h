#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/log/log.h"
#include "engine/mutex.h"
#include "tests/support/forwarding_log.h"
#include "tests/support/random.h"

namespace support {

// How often something goes wrong, in a thousand times.
struct FaultRates {
  unsigned abort = 0;        // a commit fails and appended nothing
  unsigned unknown = 0;      // a commit fails; it has landed, or not, or lands when the next writer of its id is opened
  unsigned retry = 0;        // a commit fails and may be repeated; it appended nothing
  unsigned no_writer = 0;    // opening a writer fails with retry
  unsigned unknown_end = 0;  // the end of a partition is not known (no leader)
};

// A log whose commits fail now and then in the ways that Log allows.
//
// Invariants: what a commit that succeeded has appended is there; an aborted one has appended nothing.
// Threads:    any. Ownership: `under` outlives it.
class FaultyLog final : public ForwardingLog {
 public:
  FaultyLog(engine::Log& under, std::uint64_t seed) : ForwardingLog(under), random_(seed) {}

  void set_rates(const FaultRates& rates);
  std::uint64_t faults() const;

  engine::Result<std::unique_ptr<engine::Reader>> reader(const engine::TopicPartition& at,
                                                         engine::Offset from) override;
  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string& transactional_id) override;

 private:
  friend class FaultyReader;
  friend class FaultyWriter;
  struct Late {
    std::shared_ptr<engine::Writer> writer;
    engine::Transaction transaction;
  };
  bool strikes(unsigned FaultRates::* chance);

  mutable engine::Mutex mutex_;
  Random random_ GRIDLOOP_GUARDED_BY(mutex_);
  FaultRates rates_ GRIDLOOP_GUARDED_BY(mutex_);
  std::uint64_t faults_ GRIDLOOP_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Late> late_
      GRIDLOOP_GUARDED_BY(mutex_);  // by transactional id: commits that may land when it is opened anew
};

}  // namespace support
