#include <algorithm>

#include <fmt/format.h>

#include "engine/task_parts.h"

namespace engine {

namespace {
constexpr std::size_t kDecodedAtOnce = 16;
// Who keeps up has read a record long before. Below it the clock of the log and that of this machine may differ.
constexpr Milliseconds kStaleBacklog = std::chrono::minutes(1);
}  // namespace

// Five sixteenths are for rows. The rest is for what is read, for outputs, for what the store needs, and for what the
// allocator keeps. Where there is little memory, rows and outputs get less of it.
void Task::Options::share_memory(std::uint64_t memory, std::uint64_t weight, std::uint64_t weights) {
  constexpr std::uint64_t kMinOutputs = 1u << 20;
  constexpr std::uint64_t kMaxOutputs = 32u << 20;
  constexpr std::uint64_t kMuch = 512u << 20;
  memory_bytes = std::max<std::uint64_t>((memory >= kMuch ? memory / 16 * 5 : memory / 4) / weights * weight, 1u << 20);
  transaction_bytes = std::clamp(memory / (memory >= kMuch ? 32 : 128), kMinOutputs, kMaxOutputs);
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
    if (limited && (context.records >= options_.step_records || context.full() || over_budget(context))) return true;
    Input* first = nullptr;
    std::size_t index = 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (next_offsets_[i] >= ends[i]) continue;
      if (const auto filled = refill(*inputs_[i], ends[i]); !filled) {
        if (limited && filled.error().action == Action::retry)
          return true;  // the log is unavailable: what was read counts
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
bool Task::over_budget(const StepContext& context) const {
  constexpr std::uint64_t kNowAndThen = 512;
  return context.records % kNowAndThen == kNowAndThen - 1 && state_.bytes() > options_.memory_bytes;
}

// Whether there is something else to do than to settle.
bool Task::has_other_work() {
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

void Task::seal_step(StepContext& context) {
  stage_->end_step(context);
  context.done.read_hash = context.read.value();
  context.done.output_hash = context.written();
}

// Whether a record waits since long ago: few or many, what is announced on the way could be cured by the next one.
Result<bool> Task::has_stale_backlog(const std::vector<Offset>& ends, Instant wall) {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (next_offsets_[i] >= ends[i]) continue;
    if (const auto filled = refill(*inputs_[i], ends[i]); !filled) {
      if (filled.error().action == Action::retry) continue;  // the log is unavailable: the merge finds out as well
      return std::unexpected(filled.error());
    }
    if (inputs_[i]->waits() && wall - inputs_[i]->head().record.timestamp > kStaleBacklog) return true;
  }
  return false;
}

Result<Task::Progress> Task::run_step() {
  CHECK(phase_ == TaskPhase::live);
  auto progress = take_step();
  if (!progress) enter(TaskPhase::failed);
  return progress;
}

// The first input is looked at last: what a transaction wrote to it is then seen together with what it wrote to the
// others, so that a rule is there before the events that came with it.
std::optional<Task::Outlook> Task::look_ahead() {
  Outlook outlook;
  outlook.ends.resize(inputs_.size());
  for (std::size_t i = inputs_.size(); i-- > 0;) {
    const auto end = inputs_[i]->reader->end();
    if (!end) return std::nullopt;  // its leader is unavailable: the merge waits
    outlook.ends[i] = *end;
    outlook.waiting += static_cast<std::uint64_t>(std::max<std::int64_t>(*end - next_offsets_[i], 0));
  }
  outlook.wall = clock_.now();
  outlook.moment = clock_.running();
  const auto due = timers_.next_due();
  // The task clock may be past the wall's, and past timers that had no room in the steps before.
  outlook.timers_due = due && *due < std::max(outlook.wall, clock_now_);
  outlook.has_deferred = stage_->has_deferred();
  outlook.takeover = last_owner_ != options_.owner;
  return outlook;
}

Result<bool> Task::decide_behind(const Outlook& outlook, std::uint64_t backlog) {
  const bool behind = outlook.waiting > backlog || TRY(has_stale_backlog(outlook.ends, outlook.wall));
  if (!behind) behind_since_.reset();
  if (behind && !behind_since_) behind_since_ = outlook.moment;
  return behind && outlook.moment - *behind_since_ <= options_.behind_limit;
}

Result<bool> Task::advance(const Outlook& outlook, StepContext& context) {
  const bool cut = TRY(merge(outlook.ends, true, options_.fire_limit, context));
  if (!cut) {
    const Instant until = std::max(outlook.wall, clock_now_);
    const auto next = timers_.next_due();
    if (next && *next < until) {
      context.done.tick = until;
      if (!fire_until(until, options_.fire_limit, context)) clock_now_ = until;
    }
  }
  // A task that cannot catch up drains beside what it reads, once it announces all the same.
  if ((!cut || behind_since_) && !context.behind() && stage_->has_deferred() && !context.full()) {
    context.drain_until = clock_.running() + options_.drain_time;
    context.done.drained = stage_->drain_deferred(options_.drain_limit, context);
    context.drain_until.reset();
  }
  return cut;
}

bool Task::checkpoint_due(Instant moment) const {
  if (checkpoint_busy_) return false;
  return replayed_for_ >= kLongReplay || state_.dirty_bytes() > options_.memory_bytes / 2 ||
         (options_.checkpoint_steps > 0 && steps_since_checkpoint_ + 1 >= options_.checkpoint_steps) ||
         moment - last_checkpoint_ > options_.checkpoint_interval;
}

Result<Task::Progress> Task::take_step() {
  release_checkpoint();
  if (pending_count_.load(std::memory_order_acquire) >= options_.pending_steps) return Progress{};
  // Rows that the checkpoint in hand has to write cannot be forgotten before it has.
  if (checkpoint_busy_ && state_.bytes() > options_.memory_bytes / 4 * 5) return Progress{};
  const auto outlook = look_ahead();
  if (!outlook) return Progress{};
  if (state_.error()) return std::unexpected(*state_.error());
  if (outlook->nothing()) {
    behind_since_.reset();
    const MutexLock lock(mutex_);
    buffer_pool_.clear();
    return Progress{.records = 0, .stepped = false, .idle = true};
  }
  // A commit costs the log the same whatever it holds, so a task that keeps up waits. With a backlog it does not.
  // Nothing is read before: that may have to wait for records that are known of and have not arrived.
  const std::uint64_t backlog = std::min(options_.step_records, options_.behind_records);
  const bool soon = outlook->moment >= last_step_ && outlook->moment - last_step_ < options_.commit_interval;
  if (soon && outlook->waiting < backlog && !outlook->has_deferred && !outlook->takeover) return Progress{};

  const bool behind = TRY(decide_behind(*outlook, backlog));
  last_step_ = outlook->moment;
  StepContext context(*this, behind);
  const bool cut = TRY(advance(*outlook, context));
  if (state_.error()) return std::unexpected(*state_.error());
  if (context.records == 0 && context.done.fired == 0 && context.done.drained == 0 && !outlook->takeover) {
    // Nothing is written, so control records that were passed count as not read: the next range begins before them.
    for (std::size_t i = 0; i < inputs_.size(); ++i) next_offsets_[i] = context.done.ranges[i].from;
    return Progress{.records = 0, .stepped = false, .idle = !cut};
  }
  last_owner_ = options_.owner;
  seal_step(context);
  const bool checkpoint = checkpoint_due(outlook->moment);
  if (checkpoint) last_checkpoint_ = outlook->moment;
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
  CHECK(context.done.follows(step_, read_to_));
  set_boundary(context.done.number, pending->chain);
  const StageSpec& spec = stage_->spec();
  Transaction& transaction = pending->transaction;
  transaction.batches = context.take_batches();
  transaction.records.push_back({spec.schedule_topic, partition_, {}, {}, {}, std::nullopt});
  transaction.group = fmt::format("{}-{}", options_.group, spec.name);
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    if (spec.inputs[i].kind == InputSpec::Kind::shared) continue;
    if (context.done.ranges[i].records == 0 && !commit_all_positions_) continue;
    transaction.positions.push_back({{spec.inputs[i].topic, partition_}, next_offsets_[i]});
  }
  commit_all_positions_ = false;
  if (checkpoint) {
    pending->position = position_now();
    pending->position.digest = state_.digest();
    pending->checkpoint = Checkpoint{{}, state_.freeze()};
    checkpoint_busy_ = true;
    steps_since_checkpoint_ = 0;
    replayed_for_ = Milliseconds(0);
  } else {
    ++steps_since_checkpoint_;
  }
  if (state_.error()) return std::unexpected(*state_.error());
  if (state_.bytes() > options_.memory_bytes) state_.evict_to(options_.memory_bytes / 4 * 3);
  const MutexLock lock(mutex_);
  pending_.push_back(std::move(pending));
  pending_count_.store(pending_.size(), std::memory_order_release);
  return {};
}

Result<> Task::finish() {
  CHECK(phase_ == TaskPhase::live);
  release_checkpoint();
  if (steps_since_checkpoint_ == 0) return {};
  CHECK(!checkpoint_busy_);
  commit_all_positions_ = true;
  StepContext context(*this, false);
  seal_step(context);
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
