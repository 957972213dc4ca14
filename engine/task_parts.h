#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/task.h"

// The parts of a Task that its own files share: task_open.cc opens it, task.cc takes steps, task_replay.cc takes them
// again, task_commit.cc commits them.

namespace engine {

// A partition that the task reads, with the decoded messages that wait.
struct Task::Input {
  std::size_t index = 0;
  TopicPartition at;
  std::unique_ptr<Reader> reader;
  Batch batch;
  std::size_t next_record = 0;  // of `batch`: those before it are decoded, or were applied
  std::vector<Message> decoded;
  std::size_t next_decoded = 0;  // those before it were applied

  Offset known_end{0};  // records below it can be read

  bool waits() const { return next_decoded < decoded.size(); }
  const Message& head() const { return decoded[next_decoded]; }
};

// What a live task finds to do.
struct Task::Outlook {
  std::vector<Offset> ends;  // by input
  std::uint64_t waiting = 0;
  Instant wall;
  Instant moment;  // by Clock::running()
  bool timers_due = false;
  bool has_deferred = false;
  bool takeover = false;  // questions find the owner by the schedule

  bool nothing() const { return waiting == 0 && !timers_due && !has_deferred && !takeover; }
};

class Task::StepContext final : public Context {
 public:
  StepContext(Task& task, bool behind) : task_(task) {
    done.number = task.step_ + 1;
    done.logic_version = task.stage_->spec().logic_version;
    done.behind = behind;
    for (const Offset offset : task.next_offsets_) done.ranges.push_back({offset, offset, 0});
    for (const std::uint32_t partitions : task.output_partitions_) batches_.emplace_back(partitions);
  }
  ~StepContext() override { task_.recycle(take_batches()); }
  StepContext(const StepContext&) = delete;
  StepContext& operator=(const StepContext&) = delete;

  Instant now() const override { return task_.clock_now_; }
  Instant reached() const override { return std::max(task_.clock_now_, firing_until); }
  bool behind() const override { return done.behind; }
  StepNumber step() const override { return done.number; }
  Partition partition() const override { return task_.partition_; }
  std::uint32_t partitions() const override { return task_.partitions_; }
  Timers& timers() override { return task_.timers_; }
  const std::vector<Offset>& positions() const override { return task_.next_offsets_; }

  void send(std::size_t output, std::string_view key, std::string_view value, std::string_view headers) override {
    const Partition to = partition_of(key, task_.output_partitions_[output]);
    OutgoingBatch& batch = batches_[output][to.value];
    if (batch.records == 0) {
      batch.topic = task_.stage_->spec().outputs[output];
      batch.partition = to;
      batch.bytes = task_.take_buffer({batch.topic, to});
    }
    batch.add(key, value, headers);
    bytes += key.size() + value.size() + headers.size();
    ++done.outputs;
  }

  Hash128 written() const {
    OutputHasher hasher;
    for (const std::size_t output : task_.outputs_by_topic_) {
      for (const OutgoingBatch& batch : batches_[output]) {
        if (batch.records > 0) hasher.add(batch);
      }
    }
    return hasher.value();
  }

  std::vector<OutgoingBatch> take_batches() {
    std::vector<OutgoingBatch> taken;
    for (auto& topic : batches_) {
      for (OutgoingBatch& batch : topic) {
        if (batch.records > 0) taken.push_back(std::exchange(batch, {}));
      }
    }
    return taken;
  }

  void expect_outputs(std::int64_t more) override { expected += more; }

  // A replay goes by what the schedule recorded, whatever limits this process has.
  bool full() const override {
    if (replays) return false;
    if (static_cast<std::int64_t>(bytes) + expected >= static_cast<std::int64_t>(task_.options_.transaction_bytes / 2))
      return true;
    // Once true it stays true: a step records how many subjects it drained as one number, so it has to stop at one place.
    if (!drain_until || time_is_over) return time_is_over;
    time_is_over =
        ++looks > task_.options_.drain_minimum && task_.clock_.running() > *drain_until && task_.has_other_work();
    return time_is_over;
  }

  Step done;
  Hasher read;
  std::size_t bytes = 0;
  std::int64_t expected = 0;  // bytes that the end of the step will send
  std::uint64_t records = 0;
  bool replays = false;
  Instant firing_until = kMinInstant;
  std::optional<Instant> drain_until;  // while it drains: records and timers may wait for their turn
  mutable bool time_is_over = false;
  mutable std::uint64_t looks = 0;  // at full(), since then: about as many as subjects

 private:
  Task& task_;
  std::vector<std::vector<OutgoingBatch>> batches_;  // by output and partition
};

}  // namespace engine
