#pragma once

#include <memory>
#include <utility>

#include "engine/log.h"

// A log that goes away, as a cluster does whose brokers die: reads and questions fail with retry then.
//
// Ownership: `under` outlives it.
class LeavingLog final : public engine::Log {
 public:
  explicit LeavingLog(engine::Log& under) : under_(under) {}

  void leave() { reads_left_ = 0; }
  void leave_after(int reads) { reads_left_ = reads; }
  void come_back() { reads_left_ = -1; }

  engine::Result<> create_topic(const engine::TopicSpec& spec) override { return under_.create_topic(spec); }
  std::optional<engine::TopicSpec> topic(std::string_view name) const override { return under_.topic(name); }
  std::vector<engine::TopicSpec> topics() const override { return under_.topics(); }
  engine::Result<engine::Bounds> bounds(const engine::TopicPartition& at) const override {
    if (reads_left_ == 0) return away();
    return under_.bounds(at);
  }
  engine::Result<std::unique_ptr<engine::Reader>> reader(const engine::TopicPartition& at,
                                                         engine::Offset from) override {
    if (reads_left_ == 0) return away();
    return std::make_unique<LeavingReader>(*this, TRY(under_.reader(at, from)));
  }
  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string& transactional_id) override {
    if (reads_left_ == 0) return away();
    return under_.writer(transactional_id);
  }
  engine::Result<std::optional<engine::Offset>> group_offset(const std::string& group,
                                                             const engine::TopicPartition& at) const override {
    return under_.group_offset(group, at);
  }
  std::uint64_t changes() const override { return under_.changes(); }
  void wait(std::uint64_t seen, engine::Milliseconds patience) override { under_.wait(seen, patience); }

 private:
  class LeavingReader final : public engine::Reader {
   public:
    LeavingReader(LeavingLog& log, std::unique_ptr<engine::Reader> under) : log_(log), under_(std::move(under)) {}
    engine::Result<> read(engine::Batch& batch, std::size_t max_bytes) override {
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

  engine::Log& under_;
  int reads_left_ = -1;  // below 0: without end
};
