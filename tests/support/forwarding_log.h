#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/log.h"

namespace support {

// A log that hands everything on to the one under it: the base of logs that are in the way at some places.
//
// Threads: those of `under`. Ownership: `under` outlives it.
class ForwardingLog : public engine::Log {
 public:
  explicit ForwardingLog(engine::Log& under) : under_(under) {}

  engine::Result<> create_topic(const engine::TopicSpec& spec) override { return under_.create_topic(spec); }
  std::optional<engine::TopicSpec> topic(std::string_view name) const override { return under_.topic(name); }
  std::vector<engine::TopicSpec> topics() const override { return under_.topics(); }
  engine::Result<engine::Bounds> bounds(const engine::TopicPartition& at) const override { return under_.bounds(at); }
  engine::Result<std::unique_ptr<engine::Reader>> reader(const engine::TopicPartition& at,
                                                         engine::Offset from) override {
    return under_.reader(at, from);
  }
  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string& transactional_id) override {
    return under_.writer(transactional_id);
  }
  engine::Result<std::optional<engine::Offset>> group_offset(const std::string& group,
                                                             const engine::TopicPartition& at) const override {
    return under_.group_offset(group, at);
  }
  engine::Milliseconds visibility_delay() const override { return under_.visibility_delay(); }
  std::uint64_t changes() const override { return under_.changes(); }
  void wait(std::uint64_t seen, engine::Milliseconds timeout) override { under_.wait(seen, timeout); }

 protected:
  engine::Log& under() const { return under_; }

 private:
  engine::Log& under_;
};

}  // namespace support
