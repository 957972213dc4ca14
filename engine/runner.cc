#include "engine/runner.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

namespace engine {

namespace {
constexpr std::uint64_t kNever = UINT64_MAX;
constexpr Milliseconds kCommitPause{20};
constexpr Milliseconds kAwayPause{500};  // before a log that is away is asked again
}  // namespace

struct Runner::Slot {
  std::string name;
  MakeStage make_stage;
  Partition partition;
  std::uint32_t memory_weight = 1;
  std::unique_ptr<Store> store;
  std::unique_ptr<Task> task;
  std::atomic<bool> open{false};  // the task may be used by the committer and the checkpointer
  // The log's changes() at which the task was last found idle, with nothing to commit.
  std::atomic<std::uint64_t> idle_at{kNever};
  std::atomic<std::uint64_t> lag{0};
};

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
    slot->memory_weight = stage->spec().memory_weight;
    memory_weights_ += slot->memory_weight;
    slots_.push_back(std::move(slot));
  }
  return {};
}

// Opens the task; a damaged checkpoint is dropped once and rebuilt from the logs.
Result<> Runner::open(Slot& slot) {
  std::optional<Error> reason;
  for (const bool damaged : {false, true}) {
    if (damaged) {
      notice_(fmt::format("warning: the checkpoint of task {} is damaged and is rebuilt from the log: {}", slot.name,
                          reason->message));
    }
    auto store = make_store_(slot.name, damaged);
    Result<> opened = {};
    if (!store) {
      opened = std::unexpected(store.error());
    } else {
      slot.store = std::move(*store);
      Task::Options task_options = task_options_;
      if (options_.memory > 0) task_options.share_memory(options_.memory, slot.memory_weight, memory_weights_);
      slot.task =
          std::make_unique<Task>(slot.make_stage(), slot.partition, log_, *slot.store, clock_, std::move(task_options));
      opened = slot.task->open(Task::Mode::live, [this](const Step& step, std::int64_t) {
        std::uint64_t records = 0;
        for (const StepRange& range : step.ranges) records += range.records;
        records_read_.fetch_add(records, std::memory_order_relaxed);
      });
    }
    if (opened) {
      slot.open = true;
      return {};
    }
    if (stopping_ && opened.error().action == Action::retry) return {};
    // A damaged log damages every rebuild: the checkpoint is not to blame.
    if (opened.error().action != Action::corrupt || opened.error().in_log) return opened;
    reason = opened.error();
    slot.task.reset();
    slot.store.reset();
  }
  return std::unexpected(*reason);
}

Result<> Runner::run() {
  std::vector<std::jthread> threads;
  const auto workers = std::max<std::size_t>(1, std::min<std::size_t>(options_.threads, slots_.size()));
  std::atomic<std::size_t> working{workers};
  task_options_.stop = [this] { return stopping_ || failed(); };
  committing_ = std::max(1u, options_.committers);
  for (std::size_t i = 0; i < committing_; ++i) threads.emplace_back([this, i] { commit_loop(i); });
  threads.emplace_back([this] { checkpoint_loop(); });
  for (std::size_t i = 0; i < workers; ++i) {
    threads.emplace_back([this, i, &working] {
      work(i);
      if (--working > 0) return;
      workers_done_ = true;
      const std::scoped_lock lock(mutex_);
      wake_committer_.notify_all();
      wake_watch_.notify_all();
    });
  }
  {
    std::unique_lock lock(mutex_);
    while (!workers_done_) {
      wake_watch_.wait_for(lock, Milliseconds(250));
      lock.unlock();
      std::uint64_t lag = 0;
      for (const auto& slot : slots_) lag += slot->lag.load(std::memory_order_relaxed);
      lag_.store(lag, std::memory_order_relaxed);
      if (options_.watch) options_.watch();
      lock.lock();
    }
  }
  threads.clear();
  if (error_) return std::unexpected(*error_);
  return finish();
}

void Runner::work(std::size_t worker) {
  std::vector<Slot*> mine;
  const std::size_t stride = std::max<std::size_t>(1, std::min<std::size_t>(options_.threads, slots_.size()));
  for (std::size_t i = worker; i < slots_.size(); i += stride) mine.push_back(slots_[i].get());
  for (Slot* slot : mine) {
    if (stopping_ || failed()) return;
    if (const auto opened = open(*slot); !opened) return fail_with(opened.error());
    if (!slot->open) return;
  }
  while (!stopping_ && !failed()) {
    const std::uint64_t seen = log_.changes();
    bool stepped = false;
    bool busy = false;
    for (Slot* slot : mine) {
      const auto progress = slot->task->run_step();
      if (!progress) return fail_with(progress.error());
      slot->idle_at = progress->idle && !slot->task->has_pending() ? seen : kNever;
      busy = busy || !progress->idle;
      slot->lag.store(slot->task->lag(), std::memory_order_relaxed);
      if (!progress->stepped) continue;
      stepped = true;
      records_read_.fetch_add(progress->records, std::memory_order_relaxed);
      steps_.fetch_add(1, std::memory_order_relaxed);
      const std::scoped_lock lock(mutex_);
      wake_committer_.notify_all();
    }
    if (stepped) continue;
    if (busy) {
      log_.wait(seen, Milliseconds(1));  // for room in the queue of commits
      continue;
    }
    // Tasks feed each other: all are done when each was found idle with the same contents of the log, the present ones.
    if (options_.until_idle) {
      const bool all = std::ranges::all_of(slots_, [&](const auto& slot) { return slot->idle_at == seen; });
      if (all && log_.changes() == seen) return stop();
    }
    log_.wait(seen, options_.patience);
  }
}

bool Runner::commit(Slot& slot) {
  bool committed = false;
  while (!failed() && slot.open && slot.task->has_pending()) {
    const auto done = slot.task->commit_next();
    if (done) {
      if (log_away_.exchange(false)) notice_("the log answers again");
      committed = true;
      continue;
    }
    // The same step is sent again when the log is back; nothing is lost meanwhile.
    if (done.error().action != Action::retry) {
      fail_with(done.error());
    } else if (!log_away_.exchange(true)) {
      notice_(fmt::format("the log is away, what was processed waits for it: {}", done.error().message));
    }
    break;
  }
  return committed;
}

void Runner::commit_loop(std::size_t committer) {
  const std::size_t stride = std::max(1u, options_.committers);
  while (true) {
    const bool last_round = workers_done_;
    bool committed = false;
    for (std::size_t i = committer; i < slots_.size(); i += stride) committed = commit(*slots_[i]) || committed;
    if (committed) {
      const std::scoped_lock lock(mutex_);
      wake_checkpointer_.notify_one();
      continue;
    }
    if (last_round) break;
    std::unique_lock lock(mutex_);
    wake_committer_.wait_for(lock, log_away_ ? kAwayPause : kCommitPause);
  }
  if (--committing_ > 0) return;
  const std::scoped_lock lock(mutex_);
  commits_done_ = true;
  wake_checkpointer_.notify_all();
}

void Runner::checkpoint_loop() {
  while (true) {
    const bool last_round = commits_done_;
    bool written = false;
    for (const auto& slot : slots_) {
      if (failed() || !slot->open) continue;
      const auto done = slot->task->checkpoint_next();
      if (!done) fail_with(done.error());
      written = written || (done && *done);
    }
    if (written) continue;
    if (last_round) break;
    std::unique_lock lock(mutex_);
    wake_checkpointer_.wait_for(lock, Milliseconds(20));
  }
}

void Runner::fail_with(Error error) {
  const std::scoped_lock lock(mutex_);
  if (!error_) error_ = std::move(error);
  failed_ = true;
}

Result<> Runner::finish() {
  for (const auto& slot : slots_) {
    if (!slot->open) continue;
    TRY(slot->task->finish());
    while (TRY(slot->task->commit_next())) {
    }
    while (TRY(slot->task->checkpoint_next())) {
    }
  }
  return {};
}

}  // namespace engine
