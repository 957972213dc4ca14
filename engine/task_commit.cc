#include <algorithm>

#include <fmt/format.h>

#include "engine/output_audit.h"
#include "engine/task_parts.h"

namespace engine {

// The memory of outputs is recycled: fresh pages cost more than what is written to them. Kept by partition, a buffer is
// about as long as is needed, and a new one need not grow.
std::string Task::take_buffer(const TopicPartition& to) {
  const MutexLock lock(mutex_);
  Buffers& pool = buffer_pool_[to];
  std::string memory;
  if (pool.memory.empty()) {
    memory.reserve(pool.last / 4 * 5);
  } else {
    memory = std::move(pool.memory.back());
    pool.memory.pop_back();
    memory.clear();
  }
  return memory;
}

void Task::recycle(std::vector<OutgoingBatch> batches) {
  const MutexLock lock(mutex_);
  recycle_locked(batches);
}

void Task::recycle_locked(std::vector<OutgoingBatch>& batches) {
  for (OutgoingBatch& batch : batches) {
    Buffers& pool = buffer_pool_[{batch.topic, batch.partition}];
    pool.last = batch.bytes.size();
    pool.memory.push_back(std::move(batch.bytes));
  }
}

Result<bool> Task::commit_next() {
  Pending* next = nullptr;
  {
    const MutexLock lock(mutex_);
    if (pending_.empty()) return false;
    next = pending_.front().get();
  }
  CHECK(phase_ == TaskPhase::live || phase_ == TaskPhase::failed);
  CHECK(next->number == committed_ + 1 && next->chain == chain_after(committed_chain_, next->content));
  if (!next->outcome) {
    next->transaction.records.back().value =
        encode_schedule_record(writer_->epoch(), options_.owner, next->attempt, next->content, next->chain);
    if (const auto offsets = writer_->commit(next->transaction)) {
      next_schedule_offset_ = offsets->back() + 1;
    } else {
      next->outcome = offsets.error();
    }
  }
  if (next->outcome) {
    switch (next->outcome->action) {
      case Action::abort:
      case Action::unknown:
      case Action::fenced:
      case Action::retry:
        if (!TRY(recover_commit(*next))) {
          failed_attempts_ = next->attempt;
          return true;  // to be sent again
        }
        break;
      case Action::corrupt:
      case Action::invalid:
      case Action::fatal:
        return std::unexpected(*next->outcome);
    }
  }
  failed_attempts_ = 0;
  committed_ = next->number;
  committed_chain_ = next->chain;
  const MutexLock lock(mutex_);
  if (next->checkpoint) {
    next->position.next_schedule_offset = next_schedule_offset_;
    frozen_ = Frozen{std::move(*next->checkpoint), std::move(next->position)};
  }
  recycle_locked(next->transaction.batches);
  pending_.pop_front();
  pending_count_.store(pending_.size(), std::memory_order_release);
  return true;
}

// Finds out by the end of the schedule whether a step whose commit failed has landed. When it has not, the writer is a
// new one and the step has to be sent again. After an error the outcome is still open, and nothing may be sent before.
Result<bool> Task::recover_commit(Pending& step) {
  const TopicPartition at{stage_->spec().schedule_topic, partition_};
  // Looks at what lies behind the last record of ours that is known. Returns whether that is nothing, or this step.
  const auto look = [&]() -> Result<bool> {
    const Offset end = TRY(log_.bounds(at)).end;
    if (end == next_schedule_offset_) return true;
    if (end < next_schedule_offset_) {
      return fail(Action::corrupt,
                  fmt::format("task {}: step {} was acknowledged and is not in the schedule, which ends at offset {}",
                              name_, step.number.value - 1, end.value));
    }
    const auto reader = TRY(log_.reader(at, next_schedule_offset_));
    Batch batch;
    while (reader->position() < end) {
      const std::size_t before = batch.records().size();
      TRY(reader->read(batch, options_.read_bytes));
      if (batch.records().size() == before) break;  // control records took the last offsets
    }
    if (batch.records().empty()) return true;
    const Record& record = batch.records().front();
    const ScheduleRecord found = TRY(decode_schedule_record(record.value, nullptr));
    if (step.landed || batch.records().size() != 1 || found.chain != step.chain) return false;
    next_schedule_offset_ = record.offset + 1;
    step.landed = true;
    return true;
  };
  const auto replaced = [&] {
    return fail(Action::fenced, fmt::format("task {}: another process has taken over (after: {}); this one stops",
                                            name_, step.outcome->message));
  };
  // Before anything of another owner is disturbed: a record that is not ours means that it owns the task now. Being
  // fenced alone does not, as a client may call its own timeout that.
  if (!TRY(look()) || (options_.owns && !TRY(options_.owns()))) return replaced();
  writer_ = TRY(log_.writer(transactional_id_));
  if (!TRY(look())) return replaced();
  if (step.landed) TRY(check_whole(step.number, step.transaction.batches));
  step.outcome.reset();
  if (!step.landed) ++step.attempt;
  return step.landed;
}

// A transaction is there whole, but where a request to end the one before it came late and ended it half-way.
// What lies behind the open transaction of another writer is only not readable yet.
Result<> Task::check_whole(StepNumber step, std::span<const OutgoingBatch> outputs) {
  const std::uint64_t missing = TRY(count_missing(log_, outputs));
  if (missing == 0) {
    missing_since_.reset();
    return {};
  }
  std::uint64_t all = 0;
  for (const OutgoingBatch& batch : outputs) all += batch.records;
  const Instant now = clock_.running();
  if (!missing_since_) missing_since_ = now;
  if (now - *missing_since_ < log_.visibility_delay()) {
    return fail(Action::retry, fmt::format("task {}: {} of the {} outputs of step {} cannot be read yet", name_,
                                           missing, all, step.value));
  }
  return fail_in_log(
      fmt::format("task {}: step {} is torn: its record is in the schedule, and {} of its {} outputs are "
                  "missing: a late commit has ended its transaction half-way",
                  name_, step.value, missing, all));
}

// Hands the state to the checkpointer. REQUIRES that what it holds is committed.
void Task::freeze() {
  Position position = position_now();
  position.digest = state_.digest();
  position.next_schedule_offset = next_schedule_offset_;
  Checkpoint checkpoint{{}, state_.freeze()};
  if (state_.error()) return;
  checkpoint_busy_ = true;
  steps_since_checkpoint_ = 0;
  replayed_for_ = Milliseconds(0);
  const MutexLock lock(mutex_);
  frozen_ = Frozen{std::move(checkpoint), std::move(position)};
}

void Task::release_checkpoint() {
  if (!checkpoint_done_.exchange(false)) return;
  state_.unfreeze();
  checkpoint_busy_ = false;
}

Result<bool> Task::checkpoint_next() {
  std::optional<Frozen> next;
  {
    const MutexLock lock(mutex_);
    if (!frozen_) return false;
    next = std::move(frozen_);
    frozen_.reset();
  }
  // Offsets come from the log: one that goes back means that the log has lost an acknowledged step.
  if (written_ && next->position.next_schedule_offset <= written_->next_schedule_offset) {
    return fail_in_log(
        fmt::format("task {}: step {} ends at offset {} of the schedule, and step {} at offset {}: an "
                    "acknowledged step was lost",
                    name_, next->position.step.value, next->position.next_schedule_offset.value, written_->step.value,
                    written_->next_schedule_offset.value));
  }
  CHECK(!written_ || next->position.follows(*written_));
  next->checkpoint.position = next->position.encode();
  TRY(store_.checkpoint(next->checkpoint));
  written_ = std::move(next->position);
  checkpoint_done_ = true;
  return true;
}

}  // namespace engine
