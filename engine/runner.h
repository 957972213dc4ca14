#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/cluster/member.h"
#include "engine/mutex.h"
#include "engine/task.h"

namespace engine {

// Runs tasks on threads: workers take steps, any of them of any task that no other has in hand; committers commit those
// of each task in order, one checkpointer writes state.
//
//   start: open every task (replay, take over) ─► loop: step, commit, checkpoint ─► stop: drain, checkpoint at the
//   schedule's end of every task, return
//
// With a Member, it runs the tasks that are assigned to this process, and keeps standbys of others:
//
//   closed ──► standby ──► live ──► closing ──► closed     see SlotState
//
// Threads: run() is called once; stop() from any thread or signal handler; the counters from any thread.
// Errors:  the first error of a task stops all of them; their committed work is not lost. While the log is unavailable
//          (retry), steps wait for their commit, and the tasks for room.
class Runner {
 public:
  struct Options {
    unsigned threads = 2;
    std::uint64_t memory = 0;  // shared among the tasks by the weights of their stages; 0 = as the task options say
    unsigned committers = 1;   // more than one when a commit waits for others, as that of a Kafka log does
    // Who runs what, of a Member with these options (the tasks are filled in); nothing = this process runs all tasks.
    std::optional<Member::Options> member;
    bool until_idle = false;    // return when nothing is left to do in any task
    Milliseconds idle_wait{5};  // how long an idle worker sleeps unless the log wakes it
    // Called about four times a second on the caller's thread while run() works.
    std::function<void()> watch;
  };

  // Makes the store of a task; called again after the store was found damaged, with `damaged`: it must then be empty.
  using MakeStore = std::function<Result<std::unique_ptr<Store>>(const std::string& task, bool damaged)>;
  using MakeStage = std::function<std::unique_ptr<Stage>()>;
  // Receives what an operator should know: a damaged checkpoint that is rebuilt, a long replay.
  using Notice = std::function<void(const std::string&)>;

  Runner(Log& log, const Clock& clock, Task::Options task_options, Options options, MakeStore make_store,
         Notice notice);
  ~Runner();

  // Adds a task for each partition of the stage's schedule topic.
  Result<> add_stage(const MakeStage& make_stage);

  // Opens all tasks and runs them until stop(), or until all are idle when `until_idle` is set. Checkpoints at the end.
  Result<> run();

  // Asks run() to stop cleanly and return. Safe in a signal handler.
  void stop() { stopping_.store(true, std::memory_order_relaxed); }

  std::uint64_t records_read() const { return records_read_.load(std::memory_order_relaxed); }
  std::uint64_t lag() const { return lag_.load(std::memory_order_relaxed); }
  // How many subjects wait until their tasks have caught up; see Stage::deferred().
  std::uint64_t deferred() const { return deferred_.load(std::memory_order_relaxed); }

 private:
  struct Slot;
  Result<> open(Slot& slot, Task::Mode mode);
  void close(Slot& slot);
  void work(std::size_t worker);
  // Moves the task one transition towards its wanted role, or takes a step of it.
  Result<Task::Progress> advance(Slot& slot);
  Result<Task::Progress> advance_standby(Slot& slot);
  Result<Task::Progress> advance_closing(Slot& slot);
  // Whether the task may continue: not immediately after an error, and only with an assignment that was read since.
  bool ready(Slot& slot);
  // A standby whose log is unavailable keeps its state and waits. Every other error goes to recover().
  Result<Task::Progress> wait_or_recover(Slot& slot, const Error& error);
  // Closes a task whose step, replay or takeover failed, so that it can be opened again, here or elsewhere. Returns the
  // error when that cannot help.
  Result<Task::Progress> recover(Slot& slot, const Error& error);
  void member_loop();
  std::vector<Holding> holdings() const;
  void commit_loop(std::size_t committer);
  // Commits what waits of one task. Returns whether anything was.
  bool commit(Slot& slot);
  void checkpoint_loop();
  void fail_with(Error error);
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  Result<> finish();
  Result<> finish(Slot& slot);
  static Result<> write_last(Slot& slot);
  static Result<> drain(Slot& slot);

  Log& log_;
  const Clock& clock_;
  Task::Options task_options_;
  Options options_;
  MakeStore make_store_;
  Notice notice_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::unique_ptr<Member> member_;
  std::size_t workers_ = 1;
  std::uint64_t weights_ = 0;  // of all tasks
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::atomic<bool> workers_done_{false};
  std::size_t committers_ = 1;
  std::atomic<std::size_t> committing_{0};  // committers at work
  std::atomic<bool> commits_done_{false};
  std::atomic<bool> all_done_{false};
  std::atomic<bool> assigned_{false};    // each task has its place, and `wanted` says what this process does
  std::atomic<int> log_unavailable_{0};  // tasks whose last commit had no answer
  std::atomic<std::uint64_t> records_read_{0};
  std::atomic<std::uint64_t> lag_{0};
  std::atomic<std::uint64_t> deferred_{0};
  std::atomic<std::uint64_t> steps_{0};
  Mutex mutex_;
  Condition wake_committer_;
  Condition wake_checkpointer_;
  Condition wake_watch_;
  Condition wake_member_;
  std::optional<Error> error_ GRIDLOOP_GUARDED_BY(mutex_);
};

}  // namespace engine
