// `gridloop verify`: reads every byte of the log, rebuilds all state from it, and compares it with what is kept.

#include <filesystem>

#include <fmt/format.h>

#include "ops/commands.h"
#include "ops/deployment.h"
#include "ops/exit_code.h"
#include "ops/progress.h"
#include "ops/text_table.h"
#include "topics/json.h"

namespace ops {
namespace {

using engine::Action;
using engine::Hash128;
using engine::Partition;
using engine::Result;

// A directory for the rebuilt state, removed at the end.
class Scratch {
 public:
  explicit Scratch(std::string path) : path_(std::move(path)) { remove(); }
  ~Scratch() { remove(); }
  Scratch(const Scratch&) = delete;
  const std::string& path() const { return path_; }
  void remove() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

 private:
  std::string path_;
};

class Verifier {
 public:
  explicit Verifier(bool json) : json_(json) {}

  void good(const std::string& part, const std::string& what) { say(part, what, true); }
  void bad(const std::string& part, const std::string& what) {
    ++damages_;
    say(part, what, false);
  }
  int damages() const { return damages_; }

 private:
  void say(const std::string& part, const std::string& what, bool good) {
    if (!json_) {
      fmt::print("{:<9} {:<10} {}\n", good ? "ok" : "DAMAGED", part, what);
      return;
    }
    std::string out;
    topics::JsonWriter json(out);
    json.begin_object().key("part").string(part).key("ok").boolean(good).key("message").string(what).end_object();
    fmt::print("{}\n", out);
  }

  bool json_;
  int damages_ = 0;
};

// The checkpoint of a task as it is kept: what it says of itself, and what its rows add up to.
struct Kept {
  engine::Position position;
  Hash128 digest;
};

Result<std::optional<Kept>> kept_checkpoint(const Deployment& deployment, const std::string& task,
                                            const std::string& stage_name) {
  std::error_code code;
  if (!std::filesystem::exists(deployment.state_directory(task), code)) return std::nullopt;
  const auto stage = deployment.make_stage(stage_name);
  const auto store = TRY(engine::RocksStore::open({.directory = deployment.state_directory(task),
                                                   .tables = table_names(*deployment.make_stage(stage_name)),
                                                   .read_only = true}));
  TRY(store->verify());
  const auto encoded = TRY(store->position());
  if (!encoded) return std::nullopt;
  Kept kept;
  kept.position = TRY(engine::Position::decode(*encoded));
  engine::State state(*store);
  const engine::Timers timers(state);
  stage->open(state);
  kept.digest = TRY(state.stored_digest());
  return kept;
}

void verify_task(const Deployment& deployment, engine::Log& log, const std::string& stage_name, Partition partition,
                 const std::string& scratch_path, Verifier& verifier) {
  const std::string name = fmt::format("{}-{}", stage_name, partition.value);
  std::optional<Kept> kept;
  if (auto found = kept_checkpoint(deployment, name, stage_name); !found) {
    verifier.bad(name, "checkpoint: " + found.error().message);
  } else {
    kept = std::move(*found);
  }
  const Scratch scratch(scratch_path);
  auto store = engine::RocksStore::open(
      {.directory = scratch.path(), .tables = table_names(*deployment.make_stage(stage_name))});
  if (!store) return verifier.bad(name, store.error().message);
  engine::Task task(deployment.make_stage(stage_name), partition, log, **store, deployment.clock(),
                    {.memory_bytes = SIZE_MAX / 4});
  std::int64_t steps = 0;
  bool met = false;
  const auto opened = task.open(engine::Task::Mode::replica, [&](const engine::Step& step, std::int64_t) {
    ++steps;
    if (!kept || step.number != kept->position.step) return;
    met = true;
    if (task.state().digest() != kept->digest) {
      verifier.bad(name,
                   fmt::format("checkpoint of step {}: its rows have digest {}, the rebuilt ones {}", step.number.value,
                               engine::to_hex(kept->digest), engine::to_hex(task.state().digest())));
      kept.reset();
    }
  });
  if (!opened) return verifier.bad(name, opened.error().message);
  if (kept && !met) {
    verifier.bad(name, fmt::format("checkpoint of step {}, but the schedule ends at step {}", kept->position.step.value,
                                   task.step().value));
  }
  verifier.good(
      name, fmt::format("{} steps rebuilt from the log, chain {}, state digest {}{}", with_commas(steps),
                        engine::to_hex(task.chain()).substr(0, 16), engine::to_hex(task.state().digest()).substr(0, 16),
                        kept && met ? fmt::format("; the checkpoint of step {} is equal",
                                                  with_commas(kept->position.step.value))
                                    : std::string("; no checkpoint to compare")));
}

}  // namespace

Result<int> verify(const CommonOptions& common) {
  // The journal first, as a damaged one cannot be opened.
  const auto lock = TRY(engine::DirectoryLock::acquire(common.data, engine::DirectoryLock::Use::read));
  Verifier verifier(common.json);
  engine::PosixDisk disk;
  const std::string directory = common.data + "/log";
  if (!TRY(disk.exists(directory))) {
    return engine::fail(Action::invalid, fmt::format("{} holds no log: it is not a data directory", common.data));
  }
  const engine::JournalCheck check = TRY(engine::verify_journal(disk, directory));
  for (const engine::Damage& damage : check.damages) verifier.bad("log", damage.what);
  if (check.damages.empty()) {
    verifier.good("log", fmt::format("{} transactions with {} records, {} MiB: each byte as it was written{}",
                                     with_commas(static_cast<std::int64_t>(check.transactions)),
                                     with_commas(static_cast<std::int64_t>(check.records)), check.bytes >> 20,
                                     check.note.empty() ? "" : "; " + check.note));
    const auto deployment = TRY(Deployment::open_for_reading({.directory = common.data, .prefix = common.prefix}));
    for (const std::string& stage : Deployment::stage_names()) {
      const auto schedule = deployment->log().topic(deployment->topic("schedule-" + stage));
      if (!schedule) continue;
      for (std::uint32_t p = 0; p < schedule->partitions; ++p) {
        verify_task(*deployment, deployment->log(), stage, Partition{p}, common.data + "/verify.tmp", verifier);
      }
    }
  }
  if (verifier.damages() > 0) {
    fmt::print(stderr,
               "gridloop: {} damaged. A damaged checkpoint is rebuilt by `gridloop run`; a damaged log has to be "
               "restored from a copy\n",
               verifier.damages());
    return kDamaged;
  }
  return kOk;
}

}  // namespace ops
