#include <algorithm>

#include <fmt/format.h>

#include "engine/task_parts.h"

namespace engine {

namespace {
constexpr std::size_t kDecodedAtOnce = 16;
// Who keeps up has read a record long before. Below it the clock of the log and that of this machine may differ.
constexpr Milliseconds kStoodStill = std::chrono::minutes(1);
}  // namespace

// Five sixteenths are for rows. The rest is for what is read, for outputs, for what RocksDB needs, and for what the
// allocator keeps. Where there is little memory, rows and outputs get less of it.
void Task::Options::share_memory(std::uint64_t memory, std::uint64_t weight, std::uint64_t weights) {
  constexpr std::uint64_t kMinOutputs = 1u << 20;
  constexpr std::uint64_t kMaxOutputs = 32u << 20;
  constexpr std::uint64_t kMuch = 512u << 20;
  memory_bytes = std::max<std::uint64_t>((memory >= kMuch ? memory / 16 * 5 : memory / 4) / weights * weight, 1u << 20);
  transaction_bytes = std::clamp(memory / (memory >= kMuch ? 32 : 128), kMinOutputs, kMaxOutputs);
  RocksStore::set_cache_bytes(memory / 16);
}

Task::Task(std::unique_ptr<Stage> stage, Partition partition, Log& log, Store& store, const Clock& clock,
           Options options)
    : stage_(std::move(stage)),
      partition_(partition),
      name_(fmt::format("{}-{}", stage_->spec().name, partition.value)),
      log_(log),
      store_(store),
      clock_(clock),
      options_(std::move(options)),
      state_(store),
      timers_(state_) {
  transactional_id_ = fmt::format("{}-{}", options_.group, name_);
  stage_->open(state_);
}

Task::~Task() = default;

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
  step_ = position.step;
  chain_ = position.chain;
  clock_now_ = position.clock;
  next_offsets_ = position.next_offsets;
  next_schedule_offset_ = position.next_schedule_offset;
  timers_.set_mark(position.timers_mark);
  state_.set_digest(position.digest);
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
  return {};
}

Result<> Task::open(Mode mode, const Replayed& replayed) {
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
  if (mode == Mode::live) return take_over(replayed);
  last_owner_ = options_.owner;
  schedule_.reset();
  return {};
}

Result<> Task::refill(Input& input, Offset end) {
  if (input.waits()) return {};
  input.decoded.clear();
  input.next_decoded = 0;
  if (input.next_record == input.batch.records().size()) {
    if (input.reader->position() >= end) return {};
    input.batch.clear();
    input.next_record = 0;
    TRY(input.reader->read(input.batch, options_.read_bytes));
  }
  // A few at a time, so that what is decoded is applied while it is in the processor's cache.
  const auto records = input.batch.records();
  const std::size_t until = std::min(records.size(), input.next_record + kDecodedAtOnce);
  for (; input.next_record < until; ++input.next_record) {
    Message message;
    message.input = input.index;
    message.partition = input.at.partition;
    message.record = records[input.next_record];
    message.event_time = message.record.timestamp;
    stage_->decode(message);
    input.decoded.push_back(message);
  }
  stage_->prefetch(input.decoded);
  return {};
}

Result<bool> Task::merge(const std::vector<Offset>& ends, bool limited, std::uint64_t fire_limit,
                         StepContext& context) {
  while (true) {
    if (limited && (context.records >= options_.step_records || context.full() || crowded(context))) return true;
    Input* first = nullptr;
    std::size_t index = 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (next_offsets_[i] >= ends[i]) continue;
      if (const auto filled = refill(*inputs_[i], ends[i]); !filled) {
        if (limited && filled.error().action == Action::retry) return true;  // the log is away: what was read counts
        return std::unexpected(filled.error());
      }
      const bool waits = inputs_[i]->waits();
      if (!waits && inputs_[i]->reader->position() < ends[i]) return true;  // not readable yet
      if (!waits || inputs_[i]->head().record.offset >= ends[i]) {          // control records took the last offsets
        next_offsets_[i] = ends[i];
        context.done.ranges[i].to = ends[i];
        continue;
      }
      const Message& head = inputs_[i]->head();
      if (first == nullptr || head.event_time < first->head().event_time) {
        first = inputs_[i].get();
        index = i;
      }
    }
    if (first == nullptr) return false;
    const Message& message = first->head();
    const Instant moment = std::max(clock_now_, std::min(message.event_time, message.record.timestamp));
    // When more timers are due than a step may fire, the others fire in the next ones, and reading goes on: what a
    // timer leads to is a function of the row and the time.
    fire_until(moment, fire_limit, context);
    clock_now_ = moment;
    next_offsets_[index] = message.record.offset + 1;
    StepRange& range = context.done.ranges[index];
    range.to = next_offsets_[index];
    ++range.records;
    ++context.records;
    ++records_read_;
    context.read.add(message.record.key);
    context.read.add(message.record.value);
    context.read.add(message.record.headers);
    context.read.add(static_cast<std::uint64_t>(to_ms(message.record.timestamp)));
    stage_->apply(message, context);
    ++first->next_decoded;
    if (state_.error()) return std::unexpected(*state_.error());
  }
}

// Whether the step should end so that rows can be written and forgotten. Looked at now and then.
bool Task::crowded(const StepContext& context) const {
  constexpr std::uint64_t kNowAndThen = 512;
  return context.records % kNowAndThen == kNowAndThen - 1 && state_.bytes() > options_.memory_bytes;
}

// Whether there is something else to do than to settle.
bool Task::awaited() {
  const auto due = timers_.next_due();
  if (due && *due < clock_.now()) return true;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto end = inputs_[i]->reader->end();
    if (end && *end > next_offsets_[i]) return true;
  }
  return false;
}

bool Task::fire_until(Instant until, std::uint64_t limit, StepContext& context) {
  context.firing_until = until;
  while (true) {
    const auto due = timers_.next_due();
    if (!due || *due >= until) return false;
    if (context.done.fired >= limit || context.full()) return true;
    const auto timer = timers_.take(until);
    ++context.done.fired;
    // A timer sees the first moment at which its due time is over, however late it fires.
    clock_now_ = std::max(clock_now_, timer->due + Milliseconds(1));
    stage_->fire(*timer, context);
  }
}

void Task::complete(StepContext& context) {
  stage_->end_step(context);
  context.done.read_hash = context.read.value();
  context.done.output_hash = context.written();
}

// Whether a record waits since long ago: few or many, what is announced on the way could be cured by the next one.
Result<bool> Task::stood_still(const std::vector<Offset>& ends, Instant wall) {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (next_offsets_[i] >= ends[i]) continue;
    if (const auto filled = refill(*inputs_[i], ends[i]); !filled) {
      if (filled.error().action == Action::retry) continue;  // the log is away: so says the merge
      return std::unexpected(filled.error());
    }
    if (inputs_[i]->waits() && wall - inputs_[i]->head().record.timestamp > kStoodStill) return true;
  }
  return false;
}

Result<Task::Progress> Task::run_step() {
  release_checkpoint();
  if (pending_count_.load(std::memory_order_acquire) >= options_.pending_steps) return Progress{};
  // Rows that the checkpoint in hand has to write cannot be forgotten before it has.
  if (checkpoint_busy_ && state_.bytes() > options_.memory_bytes / 4 * 5) return Progress{};
  // The first input is looked at last: what a transaction wrote to it is then seen together with what it wrote to the
  // others, so that a rule is there before the events that came with it.
  std::vector<Offset> ends(inputs_.size());
  std::uint64_t waiting = 0;
  for (std::size_t i = inputs_.size(); i-- > 0;) {
    const auto end = inputs_[i]->reader->end();
    if (!end) return Progress{};  // its leader is away: the merge waits
    ends[i] = *end;
    waiting += static_cast<std::uint64_t>(std::max<std::int64_t>(*end - next_offsets_[i], 0));
  }
  const Instant wall = clock_.now();
  const Instant moment = clock_.running();
  const auto due = timers_.next_due();
  // The task clock may be past the wall's, and past timers that had no room in the steps before.
  const bool timers_wait = due && *due < std::max(wall, clock_now_);
  const bool has_deferred = stage_->has_deferred();
  const bool takeover = last_owner_ != options_.owner;  // questions find the owner by the schedule
  if (state_.error()) return std::unexpected(*state_.error());
  if (waiting == 0 && !timers_wait && !has_deferred && !takeover) {
    behind_since_.reset();
    const std::scoped_lock lock(mutex_);
    spare_.clear();
    return Progress{.records = 0, .stepped = false, .idle = true};
  }

  // What a commit costs the log does not depend on how much is in it. Whoever has a backlog does not wait. Nothing is
  // read before: that may have to wait for records that are known of and have not arrived.
  const std::uint64_t backlog = std::min(options_.step_records, options_.behind_records);
  const bool soon = moment >= last_step_ && moment - last_step_ < options_.commit_interval;
  if (soon && waiting < backlog && !has_deferred && !takeover) return Progress{};

  bool behind = waiting > backlog || TRY(stood_still(ends, wall));
  if (!behind) behind_since_.reset();
  if (behind && !behind_since_) behind_since_ = moment;
  if (behind && moment - *behind_since_ > options_.behind_limit) behind = false;
  last_step_ = moment;

  StepContext context(*this, behind);
  const bool cut = TRY(merge(ends, true, options_.fire_limit, context));
  if (!cut) {
    const Instant until = std::max(wall, clock_now_);
    const auto next = timers_.next_due();
    if (next && *next < until) {
      context.done.tick = until;
      if (!fire_until(until, options_.fire_limit, context)) clock_now_ = until;
    }
  }
  // A task that cannot catch up settles beside what it reads, once it announces all the same.
  if ((!cut || behind_since_) && !behind && stage_->has_deferred() && !context.full()) {
    context.drain_until = clock_.running() + options_.drain_time;
    context.done.drained = stage_->drain_deferred(options_.drain_limit, context);
    context.drain_until.reset();
  }
  if (state_.error()) return std::unexpected(*state_.error());
  if (context.records == 0 && context.done.fired == 0 && context.done.drained == 0 && !takeover) {
    // Nothing is written, so control records that were passed count as not read: the next range begins before them.
    for (std::size_t i = 0; i < inputs_.size(); ++i) next_offsets_[i] = context.done.ranges[i].from;
    return Progress{.records = 0, .stepped = false, .idle = !cut};
  }
  last_owner_ = options_.owner;
  complete(context);
  const bool checkpoint =
      !checkpoint_busy_ &&
      (replayed_for_ >= kLongReplay || state_.dirty_bytes() > options_.memory_bytes / 2 ||
       (options_.checkpoint_steps > 0 && steps_since_checkpoint_ + 1 >= options_.checkpoint_steps) ||
       moment - last_checkpoint_ > options_.checkpoint_interval);
  if (checkpoint) last_checkpoint_ = moment;
  const std::uint64_t records = context.records;
  TRY(queue(context, checkpoint));
  return Progress{.records = records, .stepped = true, .idle = false};
}

Result<> Task::queue(StepContext& context, bool checkpoint) {
  auto pending = std::make_unique<Pending>();
  pending->number = context.done.number;
  if (checkpoint) context.done.marks.push_back(checkpoint_mark(state_.digest()));
  pending->content = encode_step(context.done);
  pending->chain = chain_after(chain_, pending->content);
  step_ = context.done.number;
  chain_ = pending->chain;
  const StageSpec& spec = stage_->spec();
  Transaction& transaction = pending->transaction;
  transaction.batches = context.take_batches();
  transaction.records.push_back({spec.schedule_topic, partition_, {}, {}, {}, std::nullopt});
  transaction.group = fmt::format("{}-{}", options_.group, spec.name);
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    if (spec.inputs[i].kind == InputSpec::Kind::shared) continue;
    if (context.done.ranges[i].records == 0 && !tell_all_) continue;
    transaction.positions.push_back({{spec.inputs[i].topic, partition_}, next_offsets_[i]});
  }
  tell_all_ = false;
  if (checkpoint) {
    pending->position = position_now();
    pending->position.digest = state_.digest();
    pending->checkpoint = Checkpoint{{}, state_.collect()};
    checkpoint_busy_ = true;
    steps_since_checkpoint_ = 0;
    replayed_for_ = Milliseconds(0);
  } else {
    ++steps_since_checkpoint_;
  }
  if (state_.error()) return std::unexpected(*state_.error());
  if (state_.bytes() > options_.memory_bytes) state_.shed_to(options_.memory_bytes / 4 * 3);
  const std::scoped_lock lock(mutex_);
  pending_.push_back(std::move(pending));
  pending_count_.store(pending_.size(), std::memory_order_release);
  return {};
}

Result<> Task::finish() {
  release_checkpoint();
  if (steps_since_checkpoint_ == 0) return {};
  CHECK(!checkpoint_busy_);
  tell_all_ = true;
  StepContext context(*this, false);
  complete(context);
  return queue(context, true);
}

std::uint64_t Task::lag() {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto end = inputs_[i]->reader->end();
    if (end) total += static_cast<std::uint64_t>(std::max<std::int64_t>(*end - next_offsets_[i], 0));
  }
  return total;
}

}  // namespace engine
