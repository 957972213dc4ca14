// The state of a task, for questions: Deployment::replica().

#include <fmt/format.h>

#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "ops/cli/messages.h"
#include "ops/deployment/deployment.h"
#include "topics/codec/rfc3339.h"

namespace ops {

using engine::Action;
using engine::fail;
using engine::Partition;
using engine::Result;
using engine::Task;

namespace {

std::string task_name(std::string_view stage, Partition partition) {
  return fmt::format("{}-{}", stage, partition.value);
}

std::unique_ptr<engine::Store> empty_store() {
  return std::make_unique<engine::MemoryStore>(std::make_shared<engine::MemoryStore::Contents>());
}

}  // namespace

Result<std::unique_ptr<engine::Store>> Deployment::checkpoint_store(std::string_view stage,
                                                                    const std::string& task) const {
  auto store = TRY(engine::RocksStore::open(
      {.directory = state_directory(task), .tables = table_names(*make_stage(stage)), .read_only = true}));
  TRY(check_at_start(*store));
  return store;
}

Result<Deployment::Replica> Deployment::open_replica(std::string_view stage, Partition partition,
                                                     std::unique_ptr<engine::Store> store, Task::Mode mode) const {
  Replica replica{.stale = mode == Task::Mode::checkpoint_only, .store = std::move(store), .task = nullptr};
  Task::Options options;
  options.memory_bytes = SIZE_MAX / 4;  // nothing is written, so nothing may be forgotten
  replica.task = std::make_unique<Task>(make_stage(stage), partition, *log_, *replica.store, clock_, options);
  TRY(replica.task->open(mode));
  return replica;
}

Result<Deployment::Replica> Deployment::stale_replica(std::string_view stage, Partition partition) const {
  const std::string task = task_name(stage, partition);
  const auto unanswered = [&](std::string_view why) {
    return fail(Action::fatal, fmt::format("no broker responds, and {}", why));
  };
  const std::string none =
      options_.directory.empty()
          ? fmt::format("--data is missing: use the directory of the process that runs task {}", task)
          : fmt::format("{} holds no checkpoint of task {}: use the --data of the process that runs it",
                        options_.directory, task);
  if (!TRY(has_checkpoint(task))) return unanswered(none);
  auto store = checkpoint_store(stage, task);
  auto opened = store ? open_replica(stage, partition, std::move(*store), Task::Mode::checkpoint_only)
                      : std::unexpected(std::move(store.error()));
  if (!opened) return unanswered(opened.error().message);
  if (opened->task->step().value == 0) return unanswered(none);
  say(fmt::format("stale: task {} is shown as of step {}, at {}", task, opened->task->step().value,
                  topics::format_rfc3339(opened->task->now())));
  return opened;
}

Result<Deployment::Replica> Deployment::replica(std::string_view stage, Partition partition) const {
  if (log_unavailable_) return stale_replica(stage, partition);
  const std::string task = task_name(stage, partition);
  const bool has_state = TRY(has_checkpoint(task));
  // A process that works with the directory may have replaced files while they were opened.
  const int tries = !has_state ? 0 : on_kafka() ? 2 : 1;
  engine::Error error{.action = Action::corrupt, .message = {}, .in_log = false};
  for (int i = 0; i < tries && error.action == Action::corrupt; ++i) {
    auto store = checkpoint_store(stage, task);
    auto opened = store ? open_replica(stage, partition, std::move(*store), Task::Mode::replica)
                        : std::unexpected(std::move(store.error()));
    if (opened) return opened;
    error = opened.error();
  }
  if (error.action == Action::corrupt) {
    if (has_state) {
      say(fmt::format("warning: the checkpoint of task {} is damaged; computing the answer from the log: {}", task,
                      error.message));
    }
    auto opened = open_replica(stage, partition, empty_store(), Task::Mode::replica);
    if (opened) return opened;
    error = opened.error();
  }
  // The brokers have answered at first, and do not any more.
  if (error.action != Action::retry || !on_kafka()) return std::unexpected(error);
  say("stale: " + error.message);
  return stale_replica(stage, partition);
}

}  // namespace ops
