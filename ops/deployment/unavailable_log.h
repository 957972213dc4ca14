#pragma once

#include <string>

#include "engine/log/log.h"

namespace ops {

// In place of a log whose brokers do not answer: has no topics, and fails with the reason. For tasks that answer
// from their checkpoints alone (engine::Task::Mode::checkpoint_only), which do not look at their log.
class UnavailableLog final : public engine::Log {
 public:
  explicit UnavailableLog(engine::Error reason) : reason_(std::move(reason)) {}

  engine::Result<> create_topic(const engine::TopicSpec& /*spec*/) override { return std::unexpected(reason_); }
  std::optional<engine::TopicSpec> topic(std::string_view /*name*/) const override { return std::nullopt; }
  std::vector<engine::TopicSpec> topics() const override { return {}; }
  engine::Result<engine::Bounds> bounds(const engine::TopicPartition& /*at*/) const override {
    return std::unexpected(reason_);
  }
  engine::Result<std::unique_ptr<engine::Reader>> reader(const engine::TopicPartition& /*at*/,
                                                         engine::Offset /*from*/) override {
    return std::unexpected(reason_);
  }
  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string& /*transactional_id*/) override {
    return std::unexpected(reason_);
  }
  engine::Result<std::optional<engine::Offset>> group_offset(const std::string& /*group*/,
                                                             const engine::TopicPartition& /*at*/) const override {
    return std::unexpected(reason_);
  }
  std::uint64_t changes() const override { return 0; }
  void wait(std::uint64_t /*seen*/, engine::Milliseconds /*timeout*/) override {}

 private:
  engine::Error reason_;
};

}  // namespace ops
