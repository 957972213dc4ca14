// How a task opens: its checkpoint, its inputs, its phases.

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "engine/task_parts.h"

namespace engine {

Position Task::position_now() const {
  Position position;
  position.stage = stage_->spec().name;
  position.partition = partition_;
  position.partitions = partitions_;
  position.logic_version = stage_->spec().logic_version;
  position.step = step_;
  position.chain = chain_;
  position.clock = clock_now_;
  position.timers_mark = timers_.mark();
  position.next_offsets = next_offsets_;
  return position;
}

Result<> Task::load_checkpoint() {
  const auto encoded = TRY(store_.position());
  next_offsets_.assign(stage_->spec().inputs.size(), Offset{0});
  read_to_ = next_offsets_;
  if (!encoded) {
    state_.set_nothing_stored();
    return {};
  }
  const Position position = TRY(Position::decode(*encoded));
  if (position.stage != stage_->spec().name || position.partition != partition_ ||
      position.next_offsets.size() != next_offsets_.size()) {
    return fail(Action::corrupt, fmt::format("task {}: the checkpoint is of task {}-{}", name_, position.stage,
                                             position.partition.value));
  }
  if (mode_ == Mode::checkpoint_only) partitions_ = position.partitions;
  if (position.partitions != partitions_) {
    return fail(Action::invalid, fmt::format("task {}: the checkpoint was made with {} partitions, the topics have {}",
                                             name_, position.partitions, partitions_));
  }
  if (position.logic_version > stage_->spec().logic_version) {
    return fail(Action::invalid,
                fmt::format("task {}: the checkpoint was made by logic version {}, this program has {}: "
                            "use the newer program",
                            name_, position.logic_version, stage_->spec().logic_version));
  }
  if (position.logic_version < stage_->spec().logic_version) {
    return fail(
        Action::invalid,
        fmt::format("task {}: the state was made by logic version {}, this program has {} and cannot go on from "
                    "it: use the older program, or give the events to a new data directory",
                    name_, position.logic_version, stage_->spec().logic_version));
  }
  if (mode_ != Mode::checkpoint_only) TRY(find_in_schedule(position));
  clock_now_ = position.clock;
  next_offsets_ = position.next_offsets;
  set_boundary(position.step, position.chain);
  next_schedule_offset_ = position.next_schedule_offset;
  timers_.set_mark(position.timers_mark);
  state_.set_digest(position.digest);
  written_ = position;
  return {};
}

Result<> Task::find_in_schedule(const Position& position) {
  const TopicPartition schedule{stage_->spec().schedule_topic, partition_};
  const Bounds bounds = TRY(log_.bounds(schedule));
  const Offset at = position.next_schedule_offset + -1;
  TRY(require_from(bounds, schedule, at));
  if (at.value < 0 || at >= bounds.end) {
    return fail(Action::corrupt, fmt::format("task {}: the checkpoint is of step {}, which the schedule does not have",
                                             name_, position.step.value));
  }
  Batch batch;
  const auto reader = TRY(log_.reader(schedule, at));
  TRY(reader->read(batch, 1));
  if (batch.empty()) return fail(Action::corrupt, fmt::format("task {}: the schedule cannot be read", name_));
  const ScheduleRecord record = TRY(decode_schedule_record(batch.records().front().value, nullptr));
  if (record.step.number != position.step || record.chain != position.chain) {
    return fail(Action::corrupt, fmt::format("task {}: the checkpoint of step {} does not fit the schedule: it was "
                                             "computed from another log",
                                             name_, position.step.value));
  }
  return {};
}

// The log has to hold what comes after the checkpoint.
Result<> Task::require_from(const Bounds& bounds, const TopicPartition& at, Offset needed) const {
  if (needed >= bounds.begin) return {};
  return fail(Action::invalid, fmt::format("task {}: topic {} partition {} begins at offset {}, but the state needs it "
                                           "from {} on: the log was trimmed; restore a newer checkpoint, or the topic",
                                           name_, at.topic, at.partition.value, bounds.begin.value, needed.value));
}

Result<> Task::open_inputs() {
  const StageSpec& spec = stage_->spec();
  inputs_.clear();
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    auto input = std::make_unique<Input>();
    input->index = i;
    input->at = {spec.inputs[i].topic, spec.inputs[i].kind == InputSpec::Kind::partitioned ? partition_ : Partition{0}};
    const Bounds bounds = TRY(log_.bounds(input->at));
    TRY(require_from(bounds, input->at, next_offsets_[i]));
    if (next_offsets_[i] > bounds.end) {
      return fail(
          Action::corrupt,
          fmt::format("task {}: topic {} partition {} ends at offset {}, but the checkpoint has read up to {}", name_,
                      input->at.topic, input->at.partition.value, bounds.end.value, next_offsets_[i].value));
    }
    input->reader = TRY(log_.reader(input->at, next_offsets_[i]));
    inputs_.push_back(std::move(input));
  }
  output_partitions_.clear();
  for (const std::string& output : spec.outputs) {
    const auto topic = log_.topic(output);
    if (!topic) return fail(Action::invalid, fmt::format("task {}: there is no topic {}", name_, output));
    output_partitions_.push_back(topic->partitions);
  }
  outputs_by_topic_.resize(spec.outputs.size());
  std::iota(outputs_by_topic_.begin(), outputs_by_topic_.end(), 0);
  std::ranges::sort(outputs_by_topic_, {}, [&](std::size_t output) { return std::string_view(spec.outputs[output]); });
  return {};
}

bool is_valid_transition(TaskPhase from, TaskPhase to) {
  switch (from) {
    case TaskPhase::created:
      return to == TaskPhase::replaying;
    case TaskPhase::replaying:
      return to == TaskPhase::standby || to == TaskPhase::replica || to == TaskPhase::live || to == TaskPhase::failed;
    case TaskPhase::standby:
      return to == TaskPhase::replaying || to == TaskPhase::failed;
    case TaskPhase::live:
      return to == TaskPhase::failed;
    case TaskPhase::replica:
    case TaskPhase::failed:
      return false;
  }
  return false;
}

void Task::enter(TaskPhase phase) {
  CHECK(is_valid_transition(phase_, phase));
  phase_ = phase;
}

// The task stands behind this step: the next one begins where its ranges end.
void Task::set_boundary(StepNumber step, const Hash128& chain) {
  step_ = step;
  chain_ = chain;
  read_to_ = next_offsets_;
}

Result<> Task::open(Mode mode, const Replayed& replayed) {
  enter(TaskPhase::replaying);
  auto opened = open_as(mode, replayed);
  if (!opened) {
    enter(TaskPhase::failed);
  } else if (mode != Mode::live) {
    enter(mode == Mode::standby ? TaskPhase::standby : TaskPhase::replica);
  } else {
    enter(TaskPhase::live);
  }
  return opened;
}

Result<> Task::open_as(Mode mode, const Replayed& replayed) {
  mode_ = mode;
  if (mode == Mode::checkpoint_only) {
    TRY(load_checkpoint());
    stage_->restore();
    return state_.error() ? Result<>(std::unexpected(*state_.error())) : Result<>();
  }
  const auto schedule = log_.topic(stage_->spec().schedule_topic);
  if (!schedule) {
    return fail(Action::invalid, fmt::format("task {}: there is no topic {}", name_, stage_->spec().schedule_topic));
  }
  partitions_ = schedule->partitions;
  TRY(load_checkpoint());
  TRY(open_inputs());
  stage_->restore();
  if (state_.error()) return std::unexpected(*state_.error());
  const TopicPartition at{stage_->spec().schedule_topic, partition_};
  TRY(require_from(TRY(log_.bounds(at)), at, next_schedule_offset_));
  schedule_ = TRY(log_.reader(at, next_schedule_offset_));
  last_checkpoint_ = clock_.running();
  if (mode == Mode::standby) return {};
  TRY(replay_to_end(replayed));
  if (mode == Mode::live) return own(replayed);
  last_owner_ = options_.owner;
  schedule_.reset();
  return {};
}

}  // namespace engine
