#include "engine/runner.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "engine/runner_slot.h"

namespace engine {

namespace {
constexpr Milliseconds kCommitPause{20};
constexpr Milliseconds kUnavailablePause{500};  // before a log that is unavailable is tried again
constexpr std::uint32_t kWeightUnit = 1024;     // so that a stage's weight can be divided among its tasks
}  // namespace

Runner::Runner(Log& log, const Clock& clock, Task::Options task_options, Options options, MakeStore make_store,
               Notice notice)
    : log_(log),
      clock_(clock),
      task_options_(std::move(task_options)),
      options_(std::move(options)),
      make_store_(std::move(make_store)),
      notice_(std::move(notice)) {}

Runner::~Runner() = default;

Result<> Runner::add_stage(const MakeStage& make_stage) {
  const auto stage = make_stage();
  const std::string& schedule = stage->spec().schedule_topic;
  const auto topic = log_.topic(schedule);
  if (!topic) return fail(Action::invalid, fmt::format("there is no topic {}", schedule));
  for (std::uint32_t p = 0; p < topic->partitions; ++p) {
    auto slot = std::make_unique<Slot>();
    slot->name = fmt::format("{}-{}", stage->spec().name, p);
    slot->make_stage = make_stage;
    slot->partition = Partition{p};
    slot->weight = std::max(stage->spec().weight * kWeightUnit / topic->partitions, 1u);
    if (options_.member) {
      slot->wanted = Role::none;
      options_.member->tasks.push_back({slot->name, slot->weight});
    }
    weights_ += slot->weight;
    slots_.push_back(std::move(slot));
  }
  return {};
}

// Opens the task; a damaged checkpoint is dropped once and rebuilt from the logs.
Result<> Runner::open(Slot& slot, Task::Mode mode) {
  std::optional<Error> reason;
  for (const bool damaged : {false, true}) {
    if (damaged) {
      notice_(fmt::format("warning: the checkpoint of task {} is damaged and is rebuilt from the log: {}", slot.name,
                          reason->message));
    }
    auto store = make_store_(slot.name, damaged);
    Result<> opened = {};
    const std::scoped_lock lock(slot.use);
    if (!store) {
      opened = std::unexpected(store.error());
    } else {
      slot.store = std::move(*store);
      Task::Options task_options = task_options_;
      if (options_.memory > 0) task_options.share_memory(options_.memory, slot.weight, weights_);
      if (member_) {
        task_options.owns = [this, name = slot.name]() -> Result<bool> {
          return TRY(member_->confirmed_role(name)) == Role::owner;
        };
      }
      slot.task =
          std::make_unique<Task>(slot.make_stage(), slot.partition, log_, *slot.store, clock_, std::move(task_options));
      opened = slot.task->open(mode, [this](const Step& step, std::int64_t) {
        std::uint64_t records = 0;
        for (const StepRange& range : step.ranges) records += range.records;
        records_read_.fetch_add(records, std::memory_order_relaxed);
      });
    }
    if (opened) {
      slot.schedule_lag = INT64_MAX;
      slot.finished = false;
      slot.enter(mode == Task::Mode::live ? SlotState::live : SlotState::standby);
      return {};
    }
    slot.task.reset();
    slot.store.reset();
    if (stopping_ && opened.error().action == Action::retry) return {};
    // A damaged log damages every rebuild: the checkpoint is not to blame.
    if (opened.error().action != Action::corrupt || opened.error().in_log) return opened;
    reason = opened.error();
  }
  return std::unexpected(*reason);
}

void Runner::close(Slot& slot) {
  const std::scoped_lock lock(slot.use);
  if (slot.is_open()) slot.enter(SlotState::closed);
  slot.taking_over = false;
  slot.fenced = false;
  if (slot.log_unavailable.exchange(false)) --log_unavailable_;
  slot.task.reset();
  slot.store.reset();
}

Result<> Runner::run() {
  workers_ = std::max<std::size_t>(1, std::min<std::size_t>(options_.threads, slots_.size()));
  if (options_.member) {
    member_ = std::make_unique<Member>(log_, *options_.member, notice_);
    TRY(member_->open());
  }
  std::jthread member;
  if (member_) member = std::jthread([this] { member_loop(); });
  std::vector<std::jthread> threads;
  std::atomic<std::size_t> working{workers_};
  task_options_.stop = [this] { return stopping_ || failed(); };
  committers_ = std::max<std::size_t>(1, std::min<std::size_t>(options_.committers, slots_.size()));
  committing_ = committers_;
  for (std::size_t i = 0; i < committers_; ++i) threads.emplace_back([this, i] { commit_loop(i); });
  threads.emplace_back([this] { checkpoint_loop(); });
  for (std::size_t i = 0; i < workers_; ++i) {
    threads.emplace_back([this, i, &working] {
      work(i);
      if (--working > 0) return;
      workers_done_ = true;
      const MutexLock lock(mutex_);
      wake_committer_.notify_all();
      wake_watch_.notify_all();
    });
  }
  {
    MutexLock lock(mutex_);
    while (!workers_done_) {
      wake_watch_.wait_for(lock, Milliseconds(250));
      lock.unlock();
      std::uint64_t lag = 0;
      std::uint64_t deferred = 0;
      for (const auto& slot : slots_) {
        lag += slot->lag.load(std::memory_order_relaxed);
        deferred += slot->deferred.load(std::memory_order_relaxed);
      }
      lag_.store(lag, std::memory_order_relaxed);
      deferred_.store(deferred, std::memory_order_relaxed);
      if (options_.watch) options_.watch();
      lock.lock();
    }
  }
  threads.clear();
  const Result<> done = failed() ? Result<>() : finish();
  all_done_ = true;
  if (member.joinable()) member.join();
  const MutexLock lock(mutex_);
  if (error_) return std::unexpected(*error_);
  return done;
}

// Any worker takes any task that no other has in hand: how much a task has to do, and how many there are to a worker,
// would else decide how long the others stand idle. Each begins elsewhere, and goes round. At an idle task one of them
// looks, once in a while: a timer may come due.
void Runner::work(std::size_t worker) {
  const std::size_t first = worker * slots_.size() / workers_;
  while (!stopping_ && !failed()) {
    const std::uint64_t seen = log_.changes();
    bool stepped = false;
    bool busy = false;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = *slots_[(first + i) % slots_.size()];
      if (slot.idle_at == seen && clock_.monotonic().time_since_epoch().count() < slot.recheck_at) continue;
      const std::unique_lock stepping(slot.stepping, std::try_to_lock);
      if (!stepping) continue;
      slot.idle_at = Slot::kNever;
      const auto progress = advance(slot);
      if (!progress) return fail_with(progress.error());
      if (stopping_ || failed()) return;
      const bool waits = slot.state != SlotState::closed && slot.task->has_pending();
      if (progress->idle && !waits) {
        slot.recheck_at = (clock_.monotonic() + options_.idle_wait).time_since_epoch().count();
        slot.idle_at = seen;
      }
      busy = busy || !progress->idle;
      const bool live = slot.state == SlotState::live;
      slot.lag.store(live ? slot.task->lag() : 0, std::memory_order_relaxed);
      slot.deferred.store(live ? slot.task->deferred() : 0, std::memory_order_relaxed);
      if (!progress->stepped) continue;
      stepped = true;
      records_read_.fetch_add(progress->records, std::memory_order_relaxed);
      steps_.fetch_add(1, std::memory_order_relaxed);
      const MutexLock lock(mutex_);
      wake_committer_.notify_all();
    }
    if (stepped) continue;
    if (busy) {
      log_.wait(seen, Milliseconds(1));  // for room in the queue of commits
      continue;
    }
    // Tasks feed each other: all are done when each was found idle with the same contents of the log, the present ones.
    if (options_.until_idle && (!member_ || assigned_)) {
      const bool all = std::ranges::all_of(slots_, [&](const auto& slot) {
        return slot->idle_at == seen && (slot->wanted != Role::owner || slot->state == SlotState::live);
      });
      if (all && log_.changes() == seen) return stop();
    }
    log_.wait(seen, options_.idle_wait);
  }
}

bool Runner::commit(Slot& slot) {
  bool committed = false;
  while (!failed() && !slot.fenced) {
    const std::shared_lock use(slot.use, std::try_to_lock);
    if (!use) break;  // it is opened or closed
    if (slot.state != SlotState::live && slot.state != SlotState::closing) break;
    if (!slot.task->has_pending()) break;
    const auto done = slot.task->commit_next();
    if (done && slot.task->failed_attempts() > 1) {
      if (!slot.log_unavailable.exchange(true) && log_unavailable_++ == 0) {
        notice_(fmt::format("task {}: commit refused repeatedly; retrying", slot.name));
      }
      break;
    }
    if (done) {
      if (slot.log_unavailable.exchange(false) && --log_unavailable_ == 0) notice_("the log is available again");
      committed = true;
      continue;
    }
    if (done.error().action == Action::fenced && member_) {
      slot.fenced = true;
      if (slot.log_unavailable.exchange(false)) --log_unavailable_;
    } else if (done.error().action != Action::retry) {
      fail_with(done.error());
    } else if (!slot.log_unavailable.exchange(true) && log_unavailable_++ == 0) {
      // The same step is sent again when the log is available; nothing is lost meanwhile.
      notice_(fmt::format("the log is unavailable; processed steps wait to be committed: {}", done.error().message));
    }
    break;
  }
  return committed;
}

void Runner::commit_loop(std::size_t committer) {
  while (true) {
    const bool last_round = workers_done_;
    const std::uint64_t seen = steps_;
    bool committed = false;
    for (std::size_t i = committer; i < slots_.size(); i += committers_) {
      if (last_round && log_unavailable_ > 0) break;  // each would wait as long as the one before
      committed = commit(*slots_[i]) || committed;
    }
    if (committed) {
      const MutexLock lock(mutex_);
      wake_checkpointer_.notify_one();
      continue;
    }
    if (last_round) break;
    MutexLock lock(mutex_);
    if (log_unavailable_ > 0) {
      wake_committer_.wait_for(lock, kUnavailablePause);
    } else {
      wake_committer_.wait_for(lock, kCommitPause, [&] { return steps_ != seen || workers_done_; });
    }
  }
  if (--committing_ > 0) return;
  const MutexLock lock(mutex_);
  commits_done_ = true;
  wake_checkpointer_.notify_all();
}

void Runner::checkpoint_loop() {
  while (true) {
    const bool last_round = commits_done_;
    bool written = false;
    for (const auto& slot : slots_) {
      const std::shared_lock use(slot->use, std::try_to_lock);
      if (!use || failed() || !slot->is_open()) continue;
      const auto done = slot->task->checkpoint_next();
      if (!done) fail_with(done.error());
      written = written || (done && *done);
    }
    if (written) continue;
    if (last_round) break;
    MutexLock lock(mutex_);
    wake_checkpointer_.wait_for(lock, Milliseconds(20));
  }
}

void Runner::fail_with(Error error) {
  const MutexLock lock(mutex_);
  if (!error_) error_ = std::move(error);
  failed_ = true;
}

Result<> Runner::drain(Slot& slot) {
  while (TRY(slot.task->commit_next())) {
    if (slot.task->failed_attempts() > 1) {
      return fail(Action::retry, fmt::format("task {}: its last transactions are refused; nothing is lost: they are "
                                             "recomputed after the next start",
                                             slot.name));
    }
  }
  while (TRY(slot.task->checkpoint_next())) {
  }
  return {};
}

// The last step, with a checkpoint. What waits is written first.
Result<> Runner::write_last(Slot& slot) {
  TRY(drain(slot));
  if (!slot.finished) TRY(slot.task->finish());
  return drain(slot);
}

Result<> Runner::finish(Slot& slot) {
  const SlotState state = slot.state;
  if ((state == SlotState::live || state == SlotState::closing) && !slot.fenced) {
    const auto written = write_last(slot);
    const bool taken = !written && member_ && written.error().action == Action::fenced;
    if (taken) notice_(fmt::format("task {}: another process has taken over", slot.name));
    if (!written && !taken) return written;
  }
  if (member_) close(slot);
  return {};
}

// Checkpoints are much work at once, so as many are written as there were workers. What ends one ends all: while the
// log is unavailable, each would wait as long as the one before.
Result<> Runner::finish() {
  std::vector<Result<>> finished(slots_.size());
  {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> ended{false};
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers_; ++i) {
      threads.emplace_back([&] {
        for (std::size_t slot = next++; slot < slots_.size() && !ended; slot = next++) {
          finished[slot] = finish(*slots_[slot]);
          if (!finished[slot]) ended = true;
        }
      });
    }
  }
  for (const Result<>& one : finished) TRY(one);
  return {};
}

}  // namespace engine
