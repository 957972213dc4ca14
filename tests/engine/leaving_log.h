#pragma once

#include <memory>
#include <utility>

#include "tests/support/forwarding_log.h"

// A log that goes away, as a cluster does whose brokers die: reads and questions fail with retry then.
//
// Ownership: `under` outlives it.
class LeavingLog final : public support::ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;

  void leave() { reads_left_ = 0; }
  void leave_after(int reads) { reads_left_ = reads; }
  void come_back() { reads_left_ = -1; }
  int reads() const { return reads_; }  // so far, those that failed too

  engine::Result<engine::Bounds> bounds(const engine::TopicPartition& at) const override {
    if (reads_left_ == 0) return away();
    return under().bounds(at);
  }
  engine::Result<std::unique_ptr<engine::Reader>> reader(const engine::TopicPartition& at,
                                                         engine::Offset from) override {
    if (reads_left_ == 0) return away();
    return std::make_unique<LeavingReader>(*this, TRY(under().reader(at, from)));
  }
  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string& transactional_id) override {
    if (reads_left_ == 0) return away();
    return under().writer(transactional_id);
  }

 private:
  class LeavingReader final : public engine::Reader {
   public:
    LeavingReader(LeavingLog& log, std::unique_ptr<engine::Reader> under) : log_(log), under_(std::move(under)) {}
    engine::Result<> read(engine::Batch& batch, std::size_t max_bytes) override {
      ++log_.reads_;
      if (log_.reads_left_ == 0) return away();
      if (log_.reads_left_ > 0) --log_.reads_left_;
      return under_->read(batch, max_bytes);
    }
    engine::Offset position() const override { return under_->position(); }
    std::optional<engine::Offset> end() override { return under_->end(); }

   private:
    LeavingLog& log_;
    std::unique_ptr<engine::Reader> under_;
  };

  static std::unexpected<engine::Error> away() { return engine::fail(engine::Action::retry, "the log has left"); }

  int reads_left_ = -1;  // below 0: without end
  int reads_ = 0;
};
