#include "engine/runner.h"

#include <algorithm>
#include <chrono>
#include <shared_mutex>
#include <thread>

#include <fmt/format.h>

namespace engine {

namespace {
constexpr std::uint64_t kNever = UINT64_MAX;
constexpr Milliseconds kCommitPause{20};
constexpr Milliseconds kAwayPause{500};  // before a log that is away is asked again
constexpr Milliseconds kMemberPause{25};
constexpr std::uint32_t kWeightUnit = 1024;  // so that a stage's weight can be divided among its tasks

// Of a clock that never goes back; it decides who runs a task, not what comes of it.
Instant steady_now() {
  return Instant(std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()));
}
}  // namespace

struct Runner::Slot {
  std::string name;
  MakeStage make_stage;
  Partition partition;
  std::uint32_t weight = 1;
  std::unique_ptr<Store> store;
  std::unique_ptr<Task> task;

  enum class State : std::uint8_t { closed, standby, live, closing };
  std::atomic<State> state{State::closed};
  std::atomic<Role> wanted{Role::owner};
  std::mutex stepping;    // held by the worker at work
  std::shared_mutex use;  // held, shared, by committers and the checkpointer; alone to close the task
  std::atomic<bool> taking_over{false};
  std::atomic<bool> fenced{false};  // the committer has met another owner
  std::atomic<bool> away{false};    // its last commit had no answer
  std::atomic<std::int64_t> schedule_lag{INT64_MAX};
  bool finished = false;  // the last step of a closing task is queued
  bool unsure = false;    // the last one failed: the assignment has to be heard anew before the task is opened
  bool rebuilt = false;   // once, after its checkpoint was found wrong
  Instant not_before = kMinInstant;
  std::string waits_for;  // as was said

  bool open() const { return state != State::closed; }
  // The log's changes() at which the task was last found idle, with nothing to commit; not while it is in hand.
  std::atomic<std::uint64_t> idle_at{kNever};
  std::atomic<Instant::rep> look_again{0};  // of the steady clock: when it was idle, and the log has not changed
  std::atomic<std::uint64_t> lag{0};
  std::atomic<std::uint64_t> deferred{0};
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
          return TRY(member_->fresh_role(name)) == Role::owner;
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
      slot.state = mode == Task::Mode::live ? Slot::State::live : Slot::State::standby;
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
  slot.state = Slot::State::closed;
  slot.taking_over = false;
  slot.fenced = false;
  if (slot.away.exchange(false)) --away_;
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
      if (slot.idle_at == seen && steady_now().time_since_epoch().count() < slot.look_again) continue;
      const std::unique_lock stepping(slot.stepping, std::try_to_lock);
      if (!stepping) continue;
      slot.idle_at = kNever;
      const auto progress = advance(slot);
      if (!progress) return fail_with(progress.error());
      if (stopping_ || failed()) return;
      const bool waits = slot.state != Slot::State::closed && slot.task->has_pending();
      if (progress->idle && !waits) {
        slot.look_again = (steady_now() + options_.idle_wait).time_since_epoch().count();
        slot.idle_at = seen;
      }
      busy = busy || !progress->idle;
      const bool live = slot.state == Slot::State::live;
      slot.lag.store(live ? slot.task->lag() : 0, std::memory_order_relaxed);
      slot.deferred.store(live ? slot.task->deferred() : 0, std::memory_order_relaxed);
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
    if (options_.until_idle && (!member_ || assigned_)) {
      const bool all = std::ranges::all_of(slots_, [&](const auto& slot) {
        return slot->idle_at == seen && (slot->wanted != Role::owner || slot->state == Slot::State::live);
      });
      if (all && log_.changes() == seen) return stop();
    }
    log_.wait(seen, options_.idle_wait);
  }
}

Result<Task::Progress> Runner::advance(Slot& slot) {
  using State = Slot::State;
  constexpr Task::Progress kNothing{.records = 0, .stepped = false, .idle = true};
  if (slot.fenced) {
    notice_(fmt::format("task {}: another process has taken it over", slot.name));
    close(slot);
    slot.unsure = true;
  }
  switch (slot.state) {
    case State::closed: {
      if (!member_) {
        TRY(open(slot, Task::Mode::live));
        return Task::Progress{};
      }
      if (slot.wanted == Role::none) return kNothing;
      if (!ready(slot)) return Task::Progress{};
      const auto opened = open(slot, Task::Mode::standby);
      if (!opened) return give_up(slot, opened.error());
      return Task::Progress{};
    }
    case State::standby:
      if (slot.wanted == Role::none) {
        close(slot);
        return kNothing;
      }
      if (!ready(slot)) return Task::Progress{};
      return advance_standby(slot);
    case State::live: {
      if (slot.wanted != Role::owner) {
        slot.state = State::closing;
        return Task::Progress{};
      }
      const auto progress = slot.task->run_step();
      return progress || !member_ ? progress : give_up(slot, progress.error());
    }
    case State::closing:
      return advance_closing(slot);
  }
  return kNothing;
}

bool Runner::ready(Slot& slot) {
  if (steady_now() < slot.not_before) return false;
  if (!slot.unsure) return true;
  if (const auto fresh = member_->fresh_role(slot.name)) {
    slot.wanted = *fresh;
    slot.unsure = false;
  }
  return false;
}

Result<Task::Progress> Runner::advance_standby(Slot& slot) {
  auto progress = slot.task->follow();
  if (!progress) return wait_or_give_up(slot, progress.error());
  slot.waits_for.clear();
  slot.schedule_lag = slot.task->schedule_lag();
  if (slot.wanted == Role::standby) {
    progress->idle = progress->idle || options_.until_idle;
    return progress;
  }
  progress->idle = false;
  if (slot.schedule_lag > kWarmLag) return progress;
  slot.taking_over = true;
  {
    // Committers and the checkpointer wait, as the writer is made.
    const std::scoped_lock lock(slot.use);
    if (const auto taken = slot.task->take_over(); taken) {
      slot.state = Slot::State::live;
      return progress;
    } else {
      progress = std::unexpected(taken.error());
    }
  }
  slot.taking_over = false;
  slot.unsure = true;
  return wait_or_give_up(slot, progress.error());
}

Result<Task::Progress> Runner::wait_or_give_up(Slot& slot, const Error& error) {
  if (error.action != Action::retry || slot.task->half_done()) return give_up(slot, error);
  slot.schedule_lag = INT64_MAX;
  if (slot.waits_for != error.message) notice_(fmt::format("task {} waits: {}", slot.name, error.message));
  slot.waits_for = error.message;
  slot.not_before = steady_now() + kAwayPause;
  return Task::Progress{};
}

Result<Task::Progress> Runner::advance_closing(Slot& slot) {
  constexpr Task::Progress kWaiting{.records = 0, .stepped = false, .idle = false};
  if (slot.task->has_pending() || slot.task->checkpoint_waits()) return kWaiting;
  if (!slot.finished) {
    const auto finished = slot.task->finish();
    if (!finished) return give_up(slot, finished.error());
    slot.finished = true;
    return kWaiting;
  }
  close(slot);
  return kWaiting;
}

Result<Task::Progress> Runner::give_up(Slot& slot, const Error& error) {
  switch (error.action) {
    case Action::retry:
    case Action::abort:
    case Action::unknown:
    case Action::fenced:
      if (stopping_ || failed()) break;
      notice_(fmt::format("task {} is opened anew: {}", slot.name, error.message));
      break;
    case Action::corrupt:
      if (slot.rebuilt || error.in_log) return std::unexpected(error);
      notice_(fmt::format("warning: the state of task {} is dropped and rebuilt from the log: {}", slot.name,
                          error.message));
      slot.rebuilt = true;
      close(slot);
      TRY(make_store_(slot.name, true));
      break;
    case Action::invalid:
    case Action::fatal:
      return std::unexpected(error);
  }
  close(slot);
  slot.unsure = true;
  slot.not_before = steady_now() + kAwayPause;
  return Task::Progress{};
}

std::vector<Holding> Runner::holdings() const {
  std::vector<Holding> all;
  for (const auto& slot : slots_) {
    const Slot::State state = slot->state;
    if (state == Slot::State::closed) continue;
    const bool owner = state != Slot::State::standby || slot->taking_over;
    all.push_back({slot->name, owner ? Role::owner : Role::standby, owner ? 0 : slot->schedule_lag.load()});
  }
  return all;
}

void Runner::member_loop() {
  std::string told;
  while (!all_done_) {
    const auto held = holdings();
    if (const auto done = member_->tick(steady_now(), held); !done) {
      fail_with(done.error());
      if (done.error().action == Action::fenced) return;  // the identity is another's now, and it stays
      break;
    }
    bool settled = true;
    const bool assigned = member_->assigned();
    for (const auto& slot : slots_) {
      slot->wanted = member_->role(slot->name);
      const Slot::State state = slot->state;
      settled = settled && (slot->wanted == Role::owner     ? state == Slot::State::live
                            : slot->wanted == Role::standby ? state == Slot::State::standby
                                                            : state == Slot::State::closed);
    }
    assigned_ = assigned;
    if (settled && !stopping_ && assigned) {
      std::string owned;
      std::string copied;
      for (const Holding& holding : held) (holding.role == Role::owner ? owned : copied) += " " + holding.task;
      const std::string now = fmt::format("runs{}{}{}", owned.empty() ? " no task" : owned,
                                          copied.empty() ? "" : "; stands by for", copied);
      if (now != told) notice_(now);
      told = now;
    }
    std::unique_lock lock(mutex_);
    wake_member_.wait_for(lock, kMemberPause, [this] { return all_done_.load(); });
  }
  // The tasks are let go of, or the process ends now.
  if (const auto left = member_->leave(); !left && !failed()) {
    notice_(fmt::format("the others could not be told that this process goes: {}", left.error().message));
  }
}

bool Runner::commit(Slot& slot) {
  bool committed = false;
  while (!failed() && !slot.fenced) {
    const std::shared_lock use(slot.use, std::try_to_lock);
    if (!use) break;  // it is opened or closed
    if (slot.state != Slot::State::live && slot.state != Slot::State::closing) break;
    if (!slot.task->has_pending()) break;
    const auto done = slot.task->commit_next();
    if (done && slot.task->failed_attempts() > 1) {
      if (!slot.away.exchange(true) && away_++ == 0) {
        notice_(fmt::format("task {}: its transaction is refused again and again; it is tried on", slot.name));
      }
      break;
    }
    if (done) {
      if (slot.away.exchange(false) && --away_ == 0) notice_("the log answers again");
      committed = true;
      continue;
    }
    if (done.error().action == Action::fenced && member_) {
      slot.fenced = true;
      if (slot.away.exchange(false)) --away_;
    } else if (done.error().action != Action::retry) {
      fail_with(done.error());
    } else if (!slot.away.exchange(true) && away_++ == 0) {
      // The same step is sent again when the log is back; nothing is lost meanwhile.
      notice_(fmt::format("the log is away, what was processed waits for it: {}", done.error().message));
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
      if (last_round && away_ > 0) break;  // each would wait as long as the one before
      committed = commit(*slots_[i]) || committed;
    }
    if (committed) {
      const std::scoped_lock lock(mutex_);
      wake_checkpointer_.notify_one();
      continue;
    }
    if (last_round) break;
    std::unique_lock lock(mutex_);
    if (away_ > 0) {
      wake_committer_.wait_for(lock, kAwayPause);
    } else {
      wake_committer_.wait_for(lock, kCommitPause, [&] { return steps_ != seen || workers_done_; });
    }
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
      const std::shared_lock use(slot->use, std::try_to_lock);
      if (!use || failed() || !slot->open()) continue;
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

Result<> Runner::drain(Slot& slot) {
  while (TRY(slot.task->commit_next())) {
    if (slot.task->failed_attempts() > 1) {
      return fail(Action::retry, fmt::format("task {}: its last transactions are refused; nothing is lost, they are "
                                             "made again after the next start",
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
  const Slot::State state = slot.state;
  if ((state == Slot::State::live || state == Slot::State::closing) && !slot.fenced) {
    const auto written = write_last(slot);
    const bool taken = !written && member_ && written.error().action == Action::fenced;
    if (taken) notice_(fmt::format("task {}: another process has taken it over", slot.name));
    if (!written && !taken) return written;
  }
  if (member_) close(slot);
  return {};
}

// Checkpoints are much work at once, so as many are written as there were workers. What ends one ends all: while the
// log is away, each would wait as long as the one before.
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
