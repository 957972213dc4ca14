#include "engine/task.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/outputs.h"

namespace engine {

namespace {
constexpr std::size_t kDecodedAtOnce = 16;
}

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

class Task::StepContext final : public Context {
 public:
  StepContext(Task& task, bool behind) : task_(task) {
    done.number = task.step_ + 1;
    done.logic_version = task.stage_->spec().logic_version;
    done.behind = behind;
    for (const Offset offset : task.next_offsets_) done.ranges.push_back({offset, offset, 0});
    for (const std::uint32_t partitions : task.output_partitions_) batches_.emplace_back(partitions);
  }
  ~StepContext() override { task_.keep(take_batches()); }
  StepContext(const StepContext&) = delete;
  StepContext& operator=(const StepContext&) = delete;

  Instant now() const override { return task_.clock_now_; }
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
      batch.bytes = task_.spare_memory();
    }
    batch.add(key, value, headers);
    bytes += key.size() + value.size() + headers.size();
    ++done.outputs;
  }

  // Topics, partitions and records of all outputs, by topic and partition.
  Hash128 written() const {
    Hasher hasher;
    for (const auto& topic : batches_) {
      for (const OutgoingBatch& batch : topic) {
        if (batch.records == 0) continue;
        hasher.add(batch.topic);
        hasher.add(batch.partition.value);
        hasher.add(batch.bytes);
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

  // A replay goes by what the schedule recorded, whatever limits this process has.
  bool full() const override { return !replays && bytes >= task_.options_.transaction_bytes / 2; }

  Step done;
  Hasher read;
  std::size_t bytes = 0;
  std::uint64_t records = 0;
  bool replays = false;

 private:
  Task& task_;
  std::vector<std::vector<OutgoingBatch>> batches_;  // by output and partition
};

// The memory of outputs is used again: pages that are new each time cost more than what is written to them.
std::string Task::spare_memory() {
  const std::scoped_lock lock(mutex_);
  if (spare_.empty()) return {};
  std::string memory = std::move(spare_.back());
  spare_.pop_back();
  memory.clear();
  return memory;
}

void Task::keep(std::vector<OutgoingBatch> batches) {
  const std::scoped_lock lock(mutex_);
  for (OutgoingBatch& batch : batches) spare_.push_back(std::move(batch.bytes));
}

// Five sixteenths are for rows. The rest is for what is read, for outputs, for what RocksDB needs, and for what the
// allocator keeps. Where there is little memory, rows and outputs get less of it.
void Task::Options::share_memory(std::uint64_t memory, std::uint64_t weight, std::uint64_t weights) {
  constexpr std::uint64_t kLeastOutputs = 1u << 20;
  constexpr std::uint64_t kMostOutputs = 32u << 20;
  constexpr std::uint64_t kMuch = 512u << 20;
  memory_bytes = std::max<std::uint64_t>((memory >= kMuch ? memory / 16 * 5 : memory / 4) / weights * weight, 1u << 20);
  transaction_bytes = std::clamp(memory / (memory >= kMuch ? 32 : 128), kLeastOutputs, kMostOutputs);
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
  if (mode_ == Mode::kept) partitions_ = position.partitions;
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
  if (mode_ != Mode::kept) TRY(find_in_schedule(position));
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
  if (mode == Mode::kept) {
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

Result<> Task::take_over(const Replayed& replayed) {
  writer_ = TRY(log_.writer(transactional_id_));  // from here on the owner before cannot append
  TRY(replay_to_end(replayed));
  // The last step of the owner before may be one of which it never learned what became.
  TRY(check_whole(step_, last_outputs_));
  keep(std::exchange(last_outputs_, {}));
  mode_ = Mode::live;
  tell_all_ = true;
  schedule_.reset();
  scheduled_.clear();
  next_scheduled_ = 0;
  return {};
}

Result<> Task::replay_to_end(const Replayed& replayed) {
  const Offset end = TRY(log_.bounds({stage_->spec().schedule_topic, partition_})).end;
  while (next_schedule_offset_ < end) {
    if (!TRY(replay_next(replayed))) break;  // control records took the last offsets
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
    return fail(Action::corrupt,
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
  release_checkpoint();
  if (checkpoint_busy_ && state_.bytes() > options_.memory_bytes / 4 * 5) return Progress{};
  Progress progress;
  constexpr std::uint64_t kMostSteps = 64;
  for (std::uint64_t steps = 0; steps < kMostSteps && progress.records < options_.step_records; ++steps) {
    const auto records = TRY(replay_next({}));
    if (!records) {
      progress.idle = true;
      break;
    }
    progress.stepped = true;
    progress.records += *records;
    if (!checkpoint_busy_ && state_.dirty_bytes() > options_.memory_bytes / 2) break;
  }
  if (progress.idle) {
    const std::scoped_lock lock(mutex_);
    spare_.clear();
  }
  if (!progress.stepped) return progress;
  const Instant moment = clock_.running();
  if (!checkpoint_busy_ &&
      (state_.dirty_bytes() > options_.memory_bytes / 2 || moment - last_checkpoint_ > options_.checkpoint_interval)) {
    last_checkpoint_ = moment;
    freeze();
  }
  if (state_.bytes() > options_.memory_bytes) state_.shed_to(options_.memory_bytes / 4 * 3);
  if (state_.error()) return std::unexpected(*state_.error());
  return progress;
}

// Hands the state to the checkpointer. REQUIRES that what it holds is committed.
void Task::freeze() {
  Position position = position_now();
  position.digest = state_.digest();
  position.next_schedule_offset = next_schedule_offset_;
  Checkpoint checkpoint{{}, state_.collect()};
  if (state_.error()) return;
  checkpoint_busy_ = true;
  steps_since_checkpoint_ = 0;
  const std::scoped_lock lock(mutex_);
  frozen_ = Frozen{std::move(checkpoint), std::move(position)};
}

void Task::release_checkpoint() {
  if (!checkpoint_done_.exchange(false)) return;
  state_.release();
  checkpoint_busy_ = false;
}

// Keeps the memory of a long replay within its bounds.
Result<> Task::bound_replay() {
  if (state_.bytes() <= options_.memory_bytes) return {};
  if (mode_ != Mode::replica && !checkpoint_busy_ && state_.dirty_bytes() > options_.memory_bytes / 2) {
    Position position = position_now();
    position.digest = state_.digest();
    position.next_schedule_offset = next_schedule_offset_;
    TRY(store_.checkpoint({position.encode(), state_.collect()}));
    state_.release();
  }
  state_.shed_to(options_.memory_bytes / 4 * 3);
  return {};
}

Result<> Task::replay(const Step& recorded, std::string_view content, const Hash128& chain) {
  const auto differs = [&](std::string_view what) {
    return fail(Action::corrupt, fmt::format("task {}: replay of step {} differs from the schedule: {}", name_,
                                             recorded.number.value, what));
  };
  if (recorded.number != step_ + 1) {
    return fail(Action::corrupt,
                fmt::format("task {}: step {} lies in the schedule where step {} belongs: {}", name_,
                            recorded.number.value, step_.value + 1,
                            recorded.number <= step_ ? "a transaction that was given up has landed late"
                                                     : "a transaction that was acknowledged is not there"));
  }
  if (chain_after(chain_, content) != chain) return differs("the chain of hashes is broken");
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
  if (recorded.ranges.size() != inputs_.size()) return differs("it has another number of inputs");
  StepContext context(*this, recorded.behind);
  context.replays = true;
  std::vector<Offset> ends;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const StepRange& range = recorded.ranges[i];
    if (range.from != next_offsets_[i] || range.to < range.from) {
      return differs(
          fmt::format("input {} from {} on, the state stands at {}", i, range.from.value, next_offsets_[i].value));
    }
    Input& input = *inputs_[i];
    if (range.to > input.known_end) input.known_end = TRY(log_.bounds(input.at)).end;
    if (range.to > input.known_end) {
      return differs(fmt::format("it read topic {} partition {} up to {}, which ends at {} now: records were lost",
                                 input.at.topic, input.at.partition.value, range.to.value, input.known_end.value));
    }
    ends.push_back(range.to);
  }
  auto cut = merge(ends, false, recorded.fired, context);
  if (cut && *cut) {
    cut = fail(Action::retry,
               fmt::format("task {}: what step {} has read cannot be read yet", name_, recorded.number.value));
  }
  if (!cut) {
    half_done_ = context.records > 0 || context.done.fired > 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) next_offsets_[i] = recorded.ranges[i].from;
    return std::unexpected(cut.error());
  }
  if (recorded.tick) {
    context.done.tick = recorded.tick;
    if (!fire_until(*recorded.tick, recorded.fired, context)) clock_now_ = std::max(clock_now_, *recorded.tick);
  }
  context.done.settled = recorded.settled > 0 ? stage_->settle(recorded.settled, context) : 0;
  complete(context);
  if (recorded.mark(MarkKind::checkpoint) != nullptr) context.done.marks.push_back(checkpoint_mark(state_.digest()));
  if (state_.error()) return std::unexpected(*state_.error());
  const std::string difference_found = difference(recorded, context.done);
  if (!difference_found.empty()) return differs(difference_found);
  keep(std::exchange(last_outputs_, context.take_batches()));
  if (options_.replayed_outputs) {
    for (const OutgoingBatch& batch : last_outputs_) options_.replayed_outputs(recorded.number, batch);
  }
  step_ = recorded.number;
  chain_ = chain;
  ++steps_since_checkpoint_;
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

bool Task::fire_until(Instant until, std::uint64_t limit, StepContext& context) {
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
  bool behind = waiting > std::min(options_.step_records, options_.behind_records);
  const Instant moment = clock_.running();
  if (!behind) behind_since_.reset();
  if (behind && !behind_since_) behind_since_ = moment;
  if (behind && moment - *behind_since_ > options_.behind_limit) behind = false;

  const auto due = timers_.next_due();
  // The task clock may be past the wall's, and past timers that had no room in the steps before.
  const bool tick = !behind && due && *due < std::max(wall, clock_now_);
  const bool settle = !behind && stage_->unsettled();
  if (state_.error()) return std::unexpected(*state_.error());
  const bool takeover = last_owner_ != options_.owner;  // questions find the owner by the schedule
  if (waiting == 0 && !tick && !settle && !takeover) {
    const std::scoped_lock lock(mutex_);
    spare_.clear();
    return Progress{.records = 0, .stepped = false, .idle = true};
  }

  // What a commit costs the log does not depend on how much is in it. Whoever has a backlog does not wait.
  const bool soon = moment >= last_step_ && moment - last_step_ < options_.commit_interval;
  if (soon && !settle && !takeover && waiting < std::min(options_.step_records, options_.behind_records)) {
    return Progress{};
  }
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
  if ((!cut || behind_since_) && !behind && stage_->unsettled() && !context.full()) {
    context.done.settled = stage_->settle(options_.settle_limit, context);
  }
  if (state_.error()) return std::unexpected(*state_.error());
  if (context.records == 0 && context.done.fired == 0 && context.done.settled == 0 && !takeover) {
    // Nothing is written, so control records that were passed count as not read: the next range begins before them.
    for (std::size_t i = 0; i < inputs_.size(); ++i) next_offsets_[i] = context.done.ranges[i].from;
    return Progress{.records = 0, .stepped = false, .idle = !cut};
  }
  last_owner_ = options_.owner;
  complete(context);
  const bool checkpoint =
      !checkpoint_busy_ &&
      (state_.dirty_bytes() > options_.memory_bytes / 2 ||
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

Result<bool> Task::commit_next() {
  Pending* next = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (pending_.empty()) return false;
    next = pending_.front().get();
  }
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
  const std::scoped_lock lock(mutex_);
  if (next->checkpoint) {
    next->position.next_schedule_offset = next_schedule_offset_;
    frozen_ = Frozen{std::move(*next->checkpoint), std::move(next->position)};
  }
  for (OutgoingBatch& batch : next->transaction.batches) spare_.push_back(std::move(batch.bytes));
  pending_.pop_front();
  pending_count_.store(pending_.size(), std::memory_order_release);
  return true;
}

// What became of a step whose commit failed: the end of the schedule tells. Returns whether it landed; when it did not,
// the writer is a new one and the step has to be sent again. After an error it is still to be found out, and nothing
// may be sent before.
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
  const std::uint64_t missing = TRY(missing_of(log_, outputs));
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
  Error torn{
      Action::corrupt,
      fmt::format("task {}: step {} is torn: its record is in the schedule, and {} of its {} outputs are missing: "
                  "a late commit has ended its transaction half-way",
                  name_, step.value, missing, all)};
  torn.in_log = true;
  return std::unexpected(std::move(torn));
}

Result<bool> Task::checkpoint_next() {
  std::optional<Frozen> next;
  {
    const std::scoped_lock lock(mutex_);
    if (!frozen_) return false;
    next = std::move(frozen_);
    frozen_.reset();
  }
  next->checkpoint.position = next->position.encode();
  TRY(store_.checkpoint(next->checkpoint));
  checkpoint_done_ = true;
  return true;
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
