#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace import_test {

struct StoredRecord {
  std::string key;
  std::string value;
  auto operator<=>(const StoredRecord&) const = default;
};

// A log in memory, whose writers can be told to fail.
class MemoryLog final : public engine::Log {
 public:
  engine::Result<> create_topic(const engine::TopicSpec& spec) override {
    topics_[spec.name] = spec;
    return {};
  }
  std::optional<engine::TopicSpec> topic(std::string_view name) const override {
    const auto found = topics_.find(name);
    if (found == topics_.end()) return std::nullopt;
    return found->second;
  }
  std::vector<engine::TopicSpec> topics() const override {
    std::vector<engine::TopicSpec> result;
    for (const auto& [name, spec] : topics_) result.push_back(spec);
    return result;
  }
  engine::Result<engine::Bounds> bounds(const engine::TopicPartition& at) const override {
    return engine::Bounds{{0}, {static_cast<std::int64_t>(records(at).size())}};
  }
  engine::Result<std::unique_ptr<engine::Reader>> reader(const engine::TopicPartition& at,
                                                         engine::Offset from) override {
    return std::make_unique<MemoryReader>(*this, at, from);
  }
  engine::Result<std::unique_ptr<engine::Writer>> writer(const std::string&) override {
    ++writers_opened;
    return std::make_unique<MemoryWriter>(*this);
  }
  engine::Result<std::optional<engine::Offset>> group_offset(const std::string&,
                                                             const engine::TopicPartition&) const override {
    return std::nullopt;
  }
  std::uint64_t changes() const override { return commits; }
  void wait(std::uint64_t, engine::Milliseconds) override {}

  const std::vector<StoredRecord>& records(const engine::TopicPartition& at) const {
    static const std::vector<StoredRecord> kNone;
    const auto found = partitions_.find(at);
    return found == partitions_.end() ? kNone : found->second;
  }
  const std::map<engine::TopicPartition, std::vector<StoredRecord>>& all() const { return partitions_; }

  int writers_opened = 0;
  engine::Instant log_time = engine::instant(4102444800000);  // of all records, 2100-01-01
  std::uint64_t commits = 0;
  std::optional<std::uint64_t> full_after;  // commits that succeed; later ones fail as a full disk does

 private:
  class MemoryReader final : public engine::Reader {
   public:
    MemoryReader(const MemoryLog& log, engine::TopicPartition at, engine::Offset from)
        : log_(log), at_(std::move(at)), next_(from) {}
    engine::Result<> read(engine::Batch& batch, std::size_t max_bytes) override {
      const auto& records = log_.records(at_);
      std::size_t bytes = 0;
      for (; next_.value < static_cast<std::int64_t>(records.size()) && bytes < max_bytes; ++next_) {
        const StoredRecord& record = records[static_cast<std::size_t>(next_.value)];
        const std::string& held = batch.hold(record.key + record.value + std::string(64, ' '));
        const std::string_view view = held;
        batch.add({next_,
                   log_.log_time,
                   view.substr(0, record.key.size()),
                   view.substr(record.key.size(), record.value.size()),
                   {}});
        bytes += held.size();
      }
      return {};
    }
    engine::Offset position() const override { return next_; }
    std::optional<engine::Offset> end() override {
      return engine::Offset{static_cast<std::int64_t>(log_.records(at_).size())};
    }

   private:
    const MemoryLog& log_;
    engine::TopicPartition at_;
    engine::Offset next_;
  };

  class MemoryWriter final : public engine::Writer {
   public:
    explicit MemoryWriter(MemoryLog& log) : log_(log) {}
    engine::Epoch epoch() const override { return {1}; }
    engine::Result<std::vector<engine::Offset>> commit(const engine::Transaction& transaction) override {
      if (log_.full_after && log_.commits >= *log_.full_after) {
        return engine::fail(engine::Action::fatal, "log/000001.journal: No space left on device");
      }
      std::vector<engine::Offset> offsets;
      for (const engine::Outgoing& out : transaction.records) {
        auto& records = log_.partitions_[{out.topic, out.partition}];
        offsets.push_back({static_cast<std::int64_t>(records.size())});
        records.push_back({out.key, out.value});
      }
      ++log_.commits;
      return offsets;
    }

   private:
    MemoryLog& log_;
  };

  std::map<std::string, engine::TopicSpec, std::less<>> topics_;
  std::map<engine::TopicPartition, std::vector<StoredRecord>> partitions_;
};

}  // namespace import_test
