#include <algorithm>

#include <fmt/format.h>

#include "engine/task_parts.h"

namespace engine {

Result<> Task::take_over(const Replayed& replayed) {
  CHECK(phase_ == TaskPhase::standby);
  enter(TaskPhase::replaying);
  auto owned = own(replayed);
  const bool again = !owned && owned.error().action == Action::retry && !half_applied_;
  enter(owned ? TaskPhase::live : again ? TaskPhase::standby : TaskPhase::failed);
  return owned;
}

// Fences the owner before, and replays what it has written.
Result<> Task::own(const Replayed& replayed) {
  writer_ = TRY(log_.writer(transactional_id_));  // from here on the owner before cannot append
  TRY(replay_to_end(replayed));
  // The last step of the owner before may be one of which it never learned what became.
  TRY(check_whole(step_, last_outputs_));
  recycle(std::exchange(last_outputs_, {}));
  mode_ = Mode::live;
  committed_ = step_;
  committed_chain_ = chain_;
  commit_all_positions_ = true;
  schedule_.reset();
  scheduled_.clear();
  next_scheduled_ = 0;
  return {};
}

Result<> Task::replay_to_end(const Replayed& replayed) {
  const Offset end = TRY(log_.bounds({stage_->spec().schedule_topic, partition_})).end;
  for (Instant began = clock_.running(); next_schedule_offset_ < end;) {
    if (!TRY(replay_next(replayed))) break;  // control records took the last offsets
    const Instant replayed_at = clock_.running();
    replayed_for_ += replayed_at - began;
    began = replayed_at;
    TRY(bound_replay());
  }
  return {};
}

Result<std::optional<std::uint64_t>> Task::replay_next(const Replayed& replayed) {
  if (options_.stop && options_.stop()) return fail(Action::retry, "the replay was stopped");
  if (next_scheduled_ == scheduled_.records().size()) {
    scheduled_.clear();
    next_scheduled_ = 0;
    TRY(schedule_->read(scheduled_, options_.read_bytes));
    if (scheduled_.empty()) return std::nullopt;
  }
  const Record& record = scheduled_.records()[next_scheduled_];
  std::string_view content;
  const ScheduleRecord scheduled = TRY(decode_schedule_record(record.value, &content));
  if (scheduled.epoch < replayed_epoch_) {
    return fail_in_log(
        fmt::format("task {}: step {} was written by an owner of epoch {} after one of {}: "
                    "a late commit of a replaced owner",
                    name_, scheduled.step.number.value, scheduled.epoch.value, replayed_epoch_.value));
  }
  replayed_epoch_ = scheduled.epoch;
  last_owner_ = scheduled.owner;
  TRY(replay(scheduled.step, content, scheduled.chain));
  next_schedule_offset_ = record.offset + 1;
  ++next_scheduled_;
  if (replayed) replayed(scheduled.step, schedule_lag());
  std::uint64_t records = 0;
  for (const StepRange& range : scheduled.step.ranges) records += range.records;
  return records;
}

std::int64_t Task::schedule_lag() {
  if (!schedule_) return 0;
  const auto end = schedule_->end();
  if (!end) return INT64_MAX;
  // Behind the last record that was replayed there may be control records alone, or records of aborted transactions.
  const bool used_up = next_scheduled_ == scheduled_.records().size();
  const Offset at = used_up ? std::max(next_schedule_offset_, schedule_->position()) : next_schedule_offset_;
  return std::max<std::int64_t>(*end - at, 0);
}

Result<Task::Progress> Task::follow() {
  CHECK(phase_ == TaskPhase::standby);
  release_checkpoint();
  if (checkpoint_busy_ && state_.bytes() > options_.memory_bytes / 4 * 5) return Progress{};
  Progress progress;
  const Instant began = clock_.running();
  constexpr std::uint64_t kMaxSteps = 64;
  for (std::uint64_t steps = 0; steps < kMaxSteps && progress.records < options_.step_records; ++steps) {
    const auto records = replay_next({});
    if (!records) {
      if (records.error().action != Action::retry || half_applied_) enter(TaskPhase::failed);
      return std::unexpected(records.error());
    }
    if (!*records) {
      progress.idle = true;
      break;
    }
    progress.stepped = true;
    progress.records += **records;
    if (!checkpoint_busy_ && state_.dirty_bytes() > options_.memory_bytes / 2) break;
  }
  if (progress.idle) {
    const MutexLock lock(mutex_);
    buffer_pool_.clear();
  }
  if (!progress.stepped) return progress;
  const Instant moment = clock_.running();
  replayed_for_ += moment - began;
  if (!checkpoint_busy_ &&
      (state_.dirty_bytes() > options_.memory_bytes / 2 || moment - last_checkpoint_ > options_.checkpoint_interval)) {
    last_checkpoint_ = moment;
    freeze();
  }
  if (state_.bytes() > options_.memory_bytes) state_.evict_to(options_.memory_bytes / 4 * 3);
  if (state_.error()) {
    enter(TaskPhase::failed);
    return std::unexpected(*state_.error());
  }
  return progress;
}

// Keeps the memory of a long replay within its bounds.
Result<> Task::bound_replay() {
  if (state_.bytes() <= options_.memory_bytes) return {};
  if (mode_ != Mode::replica && !checkpoint_busy_ && state_.dirty_bytes() > options_.memory_bytes / 2) {
    Position position = position_now();
    position.digest = state_.digest();
    position.next_schedule_offset = next_schedule_offset_;
    TRY(store_.checkpoint({position.encode(), state_.freeze()}));
    written_ = std::move(position);
    state_.unfreeze();
    replayed_for_ = Milliseconds(0);
  }
  state_.evict_to(options_.memory_bytes / 4 * 3);
  return {};
}

std::unexpected<Error> Task::differs(StepNumber step, std::string_view what) const {
  return fail(Action::corrupt,
              fmt::format("task {}: replay of step {} differs from the schedule: {}", name_, step.value, what));
}

Result<> Task::check_recorded(const Step& recorded, std::string_view content, const Hash128& chain) const {
  if (recorded.number != step_ + 1) {
    return fail_in_log(fmt::format("task {}: step {} lies in the schedule where step {} belongs: {}", name_,
                                   recorded.number.value, step_.value + 1,
                                   recorded.number <= step_ ? "an abandoned transaction has landed late"
                                                            : "a transaction that was acknowledged is not there"));
  }
  if (chain_after(chain_, content) != chain) return differs(recorded.number, "the chain of hashes is broken");
  if (recorded.logic_version != stage_->spec().logic_version) {
    return fail(
        Action::invalid,
        fmt::format("task {}: step {} was taken by logic version {}, this program has {} and cannot take it: use "
                    "the older program, or give the events to a new data directory",
                    name_, recorded.number.value, recorded.logic_version, stage_->spec().logic_version));
  }
  for (const Mark& mark : recorded.marks) {
    if (mark.kind == MarkKind::checkpoint) continue;
    return fail(Action::invalid, fmt::format("task {}: step {} carries a mark of kind {} that this program does not "
                                             "know",
                                             name_, recorded.number.value, static_cast<int>(mark.kind)));
  }
  if (recorded.ranges.size() != inputs_.size()) return differs(recorded.number, "it has another number of inputs");
  return {};
}

Result<std::vector<Offset>> Task::recorded_ends(const Step& recorded) {
  std::vector<Offset> ends;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const StepRange& range = recorded.ranges[i];
    if (range.from != next_offsets_[i] || range.to < range.from) {
      return differs(recorded.number, fmt::format("input {} from {} on, the state stands at {}", i, range.from.value,
                                                  next_offsets_[i].value));
    }
    Input& input = *inputs_[i];
    if (range.to > input.known_end) input.known_end = TRY(log_.bounds(input.at)).end;
    if (range.to > input.known_end) {
      return differs(recorded.number,
                     fmt::format("it read topic {} partition {} up to {}, which ends at {} now: records were lost",
                                 input.at.topic, input.at.partition.value, range.to.value, input.known_end.value));
    }
    ends.push_back(range.to);
  }
  return ends;
}

Result<> Task::replay(const Step& recorded, std::string_view content, const Hash128& chain) {
  TRY(check_recorded(recorded, content, chain));
  StepContext context(*this, recorded.behind);
  context.replays = true;
  const std::vector<Offset> ends = TRY(recorded_ends(recorded));
  auto cut = merge(ends, false, recorded.fired, context);
  if (cut && *cut) {
    cut = fail(Action::retry,
               fmt::format("task {}: what step {} has read cannot be read yet", name_, recorded.number.value));
  }
  if (!cut) {
    half_applied_ = context.records > 0 || context.done.fired > 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) next_offsets_[i] = recorded.ranges[i].from;
    return std::unexpected(cut.error());
  }
  half_applied_ = true;  // until it is known to be the same step
  if (recorded.tick) {
    context.done.tick = recorded.tick;
    if (!fire_until(*recorded.tick, recorded.fired, context)) clock_now_ = std::max(clock_now_, *recorded.tick);
  }
  context.done.drained = recorded.drained > 0 ? stage_->drain_deferred(recorded.drained, context) : 0;
  seal_step(context);
  if (recorded.mark(MarkKind::checkpoint) != nullptr) context.done.marks.push_back(checkpoint_mark(state_.digest()));
  if (state_.error()) return std::unexpected(*state_.error());
  const std::string difference_found = difference(recorded, context.done);
  if (!difference_found.empty()) return differs(recorded.number, difference_found);
  recycle(std::exchange(last_outputs_, context.take_batches()));
  if (options_.replayed_outputs) {
    for (const OutgoingBatch& batch : last_outputs_) options_.replayed_outputs(recorded.number, batch);
  }
  CHECK(context.done.follows(step_, read_to_));
  set_boundary(recorded.number, chain);
  half_applied_ = false;
  ++steps_since_checkpoint_;
  return {};
}

}  // namespace engine
