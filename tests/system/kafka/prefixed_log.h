#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tests/support/forwarding_log.h"

namespace kafka_tests {

// A log under which all topics have a prefix, so that a stage with fixed names meets empty topics on a broker in use.
class PrefixedLog final : public support::ForwardingLog {
 public:
  PrefixedLog(engine::Log& under, std::string prefix) : ForwardingLog(under), prefix_(std::move(prefix)) {}

  engine::Result<> create_topic(const engine::TopicSpec& spec) override {
    engine::TopicSpec renamed = spec;
    renamed.name = prefix_ + spec.name;
    return under().create_topic(renamed);
  }
  std::optional<engine::TopicSpec> topic(std::string_view name) const override {
    return under().topic(prefix_ + std::string(name));
  }
  engine::Result<engine::Bounds> bounds(const engine::TopicPartition& at) const override {
    return under().bounds(renamed(at));
  }
  engine::Result<std::unique_ptr<engine::Reader>> reader(const engine::TopicPartition& at,
                                                         engine::Offset from) override {
    return under().reader(renamed(at), from);
  }
  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string& transactional_id) override {
    return std::make_unique<PrefixedWriter>(TRY(under().writer(prefix_ + transactional_id)), prefix_);
  }
  engine::Result<std::optional<engine::Offset>> group_offset(const std::string& group,
                                                             const engine::TopicPartition& at) const override {
    return under().group_offset(prefix_ + group, renamed(at));
  }

 private:
  class PrefixedWriter final : public engine::Writer {
   public:
    PrefixedWriter(std::unique_ptr<engine::Writer> under, std::string prefix)
        : under_(std::move(under)), prefix_(std::move(prefix)) {}
    engine::Epoch epoch() const override { return under_->epoch(); }
    engine::Result<std::vector<engine::Offset>> commit(const engine::Transaction& transaction) override {
      engine::Transaction renamed = transaction;
      for (auto& batch : renamed.batches) batch.topic = prefix_ + batch.topic;
      for (auto& record : renamed.records) record.topic = prefix_ + record.topic;
      for (auto& position : renamed.positions) position.at.topic = prefix_ + position.at.topic;
      renamed.group = prefix_ + transaction.group;
      return under_->commit(renamed);
    }

   private:
    std::unique_ptr<engine::Writer> under_;
    std::string prefix_;
  };

  engine::TopicPartition renamed(const engine::TopicPartition& at) const { return {prefix_ + at.topic, at.partition}; }

  std::string prefix_;
};

}  // namespace kafka_tests
