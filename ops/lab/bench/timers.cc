// `gridloop-lab bench timers`: many timers within a budget, and many that are due at one instant.

#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "engine/json.h"
#include "engine/log/embedded_log.h"
#include "engine/state/rocks_store.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/memory.h"
#include "ops/cli/messages.h"
#include "ops/lab/bench/bench.h"
#include "ops/lab/bench/generated_events.h"
#include "ops/lab/bench/phases.h"
#include "ops/lab/bench/timer_stage.h"
#include "ops/lab/bench/workplace.h"

namespace ops::bench {

using engine::Instant;
using engine::Milliseconds;
using engine::Partition;
using engine::Result;

namespace {

constexpr std::uint64_t kBatchTimers = 1000;  // armed by one record
constexpr std::uint64_t kStepRecords = 64;    // so a step arms 64,000
constexpr Milliseconds kTrickle{10};          // between two notes
constexpr Instant kNow = GeneratedEvents::kBegin;
constexpr Instant kDue = kNow + std::chrono::hours(1);  // of those that are due at once

// One task with its log and its store, driven by one thread; another one writes its checkpoints.
class TimerTask {
 public:
  static Result<std::unique_ptr<TimerTask>> open(const Workplace& workplace, std::uint64_t memory_bytes) {
    std::unique_ptr<TimerTask> made(new TimerTask);
    made->log_ = TRY(engine::EmbeddedLog::open(made->disk_, made->clock_, {.directory = workplace.log()}));
    for (const std::string_view topic : {TimerStage::kTopic, TimerStage::kSchedule}) {
      TRY(made->log_->create_topic({.name = std::string(topic)}));
    }
    made->writer_ = TRY(made->log_->writer("bench"));
    made->store_ =
        TRY(engine::RocksStore::open({.directory = workplace.state() + "/timers-0", .tables = TimerStage::tables()}));
    keep_to_memory(memory_bytes);
    engine::Task::Options options;
    options.step_records = kStepRecords;
    options.share_memory(memory_bytes, 1, 1);
    made->task_ = std::make_unique<engine::Task>(std::make_unique<TimerStage>(), Partition{0}, *made->log_,
                                                 *made->store_, made->clock_, options);
    TRY(made->task_->open(engine::Task::Mode::live));
    made->checkpoints_ =
        std::jthread([task = made.get()](const std::stop_token& stop) { task->write_checkpoints(stop); });
    return made;
  }

  Result<> append(const TimerStage::Batch& batch) {
    engine::Transaction transaction;
    transaction.records.push_back(
        {std::string(TimerStage::kTopic), Partition{0}, {}, TimerStage::encode(batch), {}, std::nullopt});
    TRY(writer_->commit(transaction));
    return {};
  }

  // Takes a step and commits it. Checkpoints are written beside, as a Runner does.
  Result<engine::Task::Progress> step() {
    const auto progress = TRY(task_->run_step());
    while (TRY(task_->commit_next())) {
    }
    const std::scoped_lock lock(mutex_);
    if (error_) return std::unexpected(*error_);
    return progress;
  }

  void set_clock(Instant time) { clock_.set(time); }
  TimerStage& stage() { return dynamic_cast<TimerStage&>(task_->stage()); }

 private:
  TimerTask() = default;

  void write_checkpoints(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto written = task_->checkpoint_next();
      if (!written) {
        const std::scoped_lock lock(mutex_);
        error_ = written.error();
        return;
      }
      if (!*written) std::this_thread::sleep_for(Milliseconds(1));
    }
  }

  engine::PosixDisk disk_;
  engine::SimulatedClock clock_{kNow};
  std::unique_ptr<engine::EmbeddedLog> log_;
  std::unique_ptr<engine::Writer> writer_;
  std::unique_ptr<engine::Store> store_;
  std::unique_ptr<engine::Task> task_;
  std::mutex mutex_;
  std::optional<engine::Error> error_;  // of the thread that writes checkpoints, under mutex_
  std::jthread checkpoints_;            // the last member: it ends first
};

Result<> arm(TimerTask& task, const TimersOptions& options) {
  const auto append = [&](std::uint64_t from, std::uint64_t to, Instant due, Milliseconds spread) -> Result<> {
    for (std::uint64_t first = from; first < to; first += kBatchTimers) {
      TRY(task.append({.first = first, .count = std::min(kBatchTimers, to - first), .due = due, .spread = spread}));
    }
    return {};
  };
  TRY(append(0, options.due_at_once, kDue, Milliseconds(1)));
  TRY(append(options.due_at_once, options.timers, kDue + std::chrono::hours(1), std::chrono::days(30)));
  while (!TRY(task.step()).idle) {
  }
  return {};
}

struct Fired {
  std::int64_t notes = 0;  // appended meanwhile
  std::chrono::nanoseconds longest_gap{};
};

// Lets what is due at once fire, while notes trickle in; measures the longest time in which no step read any.
Result<Fired> fire(TimerTask& task, const TimersOptions& options) {
  using SteadyClock = std::chrono::steady_clock;
  Fired fired;
  task.set_clock(kDue + std::chrono::seconds(1));
  auto noted = SteadyClock::now() - kTrickle;
  auto read = SteadyClock::now();
  while (task.stage().fired() < static_cast<std::int64_t>(options.due_at_once) || task.stage().notes() < fired.notes) {
    if (SteadyClock::now() - noted >= kTrickle) {
      TRY(task.append({}));
      ++fired.notes;
      noted = SteadyClock::now();
    }
    const auto progress = TRY(task.step());
    if (progress.records == 0) continue;
    const auto now = SteadyClock::now();
    fired.longest_gap = std::max<std::chrono::nanoseconds>(fired.longest_gap, now - read);
    read = now;
  }
  return fired;
}

}  // namespace

Result<int> timers(const TimersOptions& options) {
  if (options.due_at_once > options.timers) return usage_error("--due-at-once must not exceed --timers");
  const auto workplace = TRY(Workplace::make(options.place));
  const auto task = TRY(TimerTask::open(*workplace, options.settings.memory_bytes));
  std::vector<Phase> phases;
  const auto measure = [&](const std::string& name, std::uint64_t count, const auto& work) -> Result<> {
    TRY(forget_peak_memory());
    Stopwatch watch;
    watch.start();
    TRY(work());
    watch.stop();
    phases.push_back(TRY(measured({.name = name, .events = count, .cost = watch.cost()}, *workplace)));
    return {};
  };
  TRY(measure("arm", options.timers, [&] { return arm(*task, options); }));
  Fired fired;
  TRY(measure("fire", options.due_at_once, [&]() -> Result<> {
    fired = TRY(fire(*task, options));
    return {};
  }));
  const std::vector<Comparison> totals = {
      {"timers_armed", static_cast<std::int64_t>(options.timers), task->stage().armed()},
      {"timers_fired", static_cast<std::int64_t>(options.due_at_once), task->stage().fired()},
      {"notes_read", fired.notes, task->stage().notes()}};
  if (!check(totals, options.place.json)) return kInternal;
  print(phases, options.place.json);
  const auto gap = std::chrono::ceil<Milliseconds>(fired.longest_gap).count();
  if (options.place.json) {
    fmt::print("{{\"longest_gap_ms\":{}}}\n", gap);
  } else {
    fmt::print("Longest time without a reading step while timers fired: {} ms\n", gap);
  }
  return kOk;
}

}  // namespace ops::bench
