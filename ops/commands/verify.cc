// `gridloop verify`: reads every byte of the log, rebuilds all state from it, and compares it with what is kept and
// with what was written.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/json.h"
#include "engine/log/journal_check.h"
#include "engine/output_audit.h"
#include "engine/state/memory_store.h"
#include "engine/state/rocks_store.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/commands/common_options.h"
#include "ops/deployment/deployment.h"

namespace ops {
namespace {

using engine::Action;
using engine::Hash128;
using engine::Partition;
using engine::Result;

// Prints a line for each part that was looked at, and counts the damaged ones.
class Verdicts {
 public:
  explicit Verdicts(bool json) : json_(json) {}

  void good(const std::string& part, const std::string& what) { print(part, what, true); }
  void bad(const std::string& part, const std::string& what) {
    ++damages_;
    print(part, what, false);
  }
  int damages() const { return damages_; }

 private:
  void print(const std::string& part, const std::string& what, bool good) {
    if (!json_) {
      fmt::print("{:<9} {:<10} {}\n", good ? "ok" : "DAMAGED", printable(part), printable(what));
      return;
    }
    std::string out;
    engine::JsonWriter json(out);
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

// Errors: corrupt when it is damaged; others when it could not be looked at.
Result<std::optional<Kept>> kept_checkpoint(const Deployment& deployment, const std::string& task,
                                            const std::string& stage_name) {
  if (!TRY(deployment.has_checkpoint(task))) return std::nullopt;
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

// What of a kept checkpoint is not as it is in `task`, which was rebuilt up to `step`; empty when all is equal.
std::string difference(const Kept& kept, engine::Task& task, const engine::Step& step, std::uint32_t partitions) {
  const engine::Position& position = kept.position;
  const Hash128 rebuilt = task.state().digest();
  std::string found;
  const auto differs = [&](const std::string& what) { found += (found.empty() ? "" : ", ") + what; };
  if (kept.digest != rebuilt) {
    differs(fmt::format("its rows have the digest {}, the rebuilt rows have {}", engine::to_hex(kept.digest),
                        engine::to_hex(rebuilt)));
  }
  if (position.digest != rebuilt) {
    differs(fmt::format("it records the digest {} for its rows, the rebuilt rows have {}",
                        engine::to_hex(position.digest), engine::to_hex(rebuilt)));
  }
  if (position.stage != task.stage().spec().name || position.partition != task.partition() ||
      position.partitions != partitions || position.logic_version != step.logic_version) {
    differs(fmt::format("it belongs to task {}-{} of {}, logic version {}", position.stage, position.partition.value,
                        position.partitions, position.logic_version));
  }
  if (position.chain != task.chain()) differs("its chain differs");
  if (position.clock != task.now()) differs("its clock differs");
  if (position.timers_mark != task.timers().mark()) differs("its fired timers differ");
  if (position.next_offsets != task.positions()) differs("its input offsets differ");
  if (position.next_schedule_offset != task.next_schedule_offset()) differs("its schedule offset differs");
  return found;
}

// Rebuilds a task from the log alone, and compares it with its checkpoint. Collects what its steps have written.
// Returns whether it could be rebuilt. Errors: those that are no damage; nothing is printed then.
Result<bool> verify_task(Deployment& deployment, const std::string& stage_name, Partition partition, Verdicts& verdicts,
                         engine::OutputAudit& outputs) {
  const std::string name = fmt::format("{}-{}", stage_name, partition.value);
  auto found = kept_checkpoint(deployment, name, stage_name);
  std::string damage;
  std::optional<Kept> kept;
  if (found) {
    kept = std::move(*found);
  } else if (found.error().action == Action::corrupt) {
    damage = found.error().message;
  } else {
    return std::unexpected(found.error());
  }
  engine::MemoryStore store(std::make_shared<engine::MemoryStore::Contents>());
  engine::Task::Options options;
  options.memory_bytes = SIZE_MAX / 4;  // nothing is written, so nothing may be forgotten
  options.replayed_outputs = [&](engine::StepNumber step, const engine::OutgoingBatch& batch) {
    outputs.add(name, step, batch);
  };
  engine::Task task(deployment.make_stage(stage_name), partition, deployment.log(), store, deployment.clock(),
                    std::move(options));
  const std::string schedule = task.stage().spec().schedule_topic;
  const std::uint32_t partitions = deployment.log().topic(schedule)->partitions;
  std::int64_t steps = 0;
  bool met = false;
  const auto opened = task.open(engine::Task::Mode::replica, [&](const engine::Step& step, std::int64_t) {
    ++steps;
    if (!kept || step.number != kept->position.step) return;
    met = true;
    damage = difference(*kept, task, step, partitions);
  });
  if (!opened && opened.error().action != Action::corrupt) return std::unexpected(opened.error());
  if (!opened) {
    verdicts.bad(name, opened.error().message + (damage.empty() ? "" : "; checkpoint: " + damage));
    return false;
  }
  if (kept && !met) {
    damage = fmt::format("the schedule ends at step {}", with_commas(task.step().value));
  }
  const std::string rebuilt =
      fmt::format("{} steps rebuilt from the log, chain {}, state digest {}", with_commas(steps),
                  engine::to_hex(task.chain()).substr(0, 16), engine::to_hex(task.state().digest()).substr(0, 16));
  const std::string checkpoint =
      kept ? fmt::format("checkpoint of step {}", with_commas(kept->position.step.value)) : std::string("checkpoint");
  if (!damage.empty()) {
    verdicts.bad(name, fmt::format("{}: {}; {}", checkpoint, damage, rebuilt));
  } else if (kept) {
    verdicts.good(name, fmt::format("{}; the {} matches", rebuilt, checkpoint));
  } else {
    verdicts.good(name, fmt::format("{}; no checkpoint to compare", rebuilt));
  }
  return true;
}

using Ends = std::map<engine::TopicPartition, engine::Offset>;

Result<Ends> ends_of_schedules(Deployment& deployment) {
  Ends ends;
  for (const std::string& stage : Deployment::stage_names()) {
    const auto schedule = deployment.log().topic(deployment.topic("schedule-" + stage));
    if (!schedule) continue;
    for (std::uint32_t p = 0; p < schedule->partitions; ++p) {
      const engine::TopicPartition at{schedule->name, Partition{p}};
      ends[at] = TRY(deployment.log().bounds(at)).end;
    }
  }
  return ends;
}

// Compares what lies in the topics of outputs with what the replayed steps wrote.
Result<> verify_outputs(Deployment& deployment, engine::OutputAudit& outputs, Verdicts& verdicts) {
  std::vector<std::string> topics;
  for (const std::string& name : Deployment::stage_names()) {
    const auto stage = deployment.make_stage(name);
    for (const std::string& topic : stage->spec().outputs) {
      if (std::ranges::find(topics, topic) == topics.end()) topics.push_back(topic);
    }
  }
  auto differences = TRY(outputs.compare(deployment.log(), topics));
  // What lies behind a transaction that is open still, as its writer was killed, is not readable yet.
  const engine::Instant timeout = deployment.clock().running() + deployment.log().visibility_delay();
  while (!differences.empty() && deployment.clock().running() < timeout) {
    deployment.log().wait(deployment.log().changes(), engine::Milliseconds(1000));
    differences = TRY(outputs.compare(deployment.log(), topics));
  }
  for (const auto& difference : differences) verdicts.bad("outputs", difference.to_string());
  if (differences.empty()) {
    verdicts.good("outputs",
                  fmt::format("{} records in topics that are not compacted: each matches the step that wrote it",
                              with_commas(static_cast<std::int64_t>(outputs.compared()))));
  }
  return {};
}

// Rebuilds all tasks, and compares what they keep and what they have written.
Result<> verify_tasks(Deployment& deployment, Verdicts& verdicts) {
  const Ends ends = TRY(ends_of_schedules(deployment));
  engine::OutputAudit outputs;
  bool rebuilt = true;
  for (const std::string& stage : Deployment::stage_names()) {
    const auto schedule = deployment.log().topic(deployment.topic("schedule-" + stage));
    if (!schedule) continue;
    for (std::uint32_t p = 0; p < schedule->partitions; ++p) {
      rebuilt = TRY(verify_task(deployment, stage, Partition{p}, verdicts, outputs)) && rebuilt;
    }
  }
  if (!rebuilt) return {};
  if (ends != TRY(ends_of_schedules(deployment))) {
    verdicts.good("outputs", "not compared: new steps were taken during the check");
    return {};
  }
  return verify_outputs(deployment, outputs, verdicts);
}

Result<> verify_log(const std::string& directory, Verdicts& verdicts) {
  engine::PosixDisk disk;
  const engine::JournalCheck check = TRY(engine::verify_journal(disk, directory));
  for (const engine::Damage& damage : check.damages) verdicts.bad("log", damage.what);
  if (!check.damages.empty()) return {};
  verdicts.good("log", fmt::format("{} transactions with {} records, {} MiB: every byte intact{}",
                                   with_commas(static_cast<std::int64_t>(check.transactions)),
                                   with_commas(static_cast<std::int64_t>(check.records)), check.bytes >> 20,
                                   check.note.empty() ? "" : "; " + check.note));
  return {};
}

Result<int> verify(const CommonOptions& common) {
  Verdicts verdicts(common.json);
  // The journal first, as a damaged one cannot be opened. The bytes of a Kafka log are for its brokers to check.
  std::unique_ptr<engine::DirectoryLock> lock;
  if (common.kafka.brokers.empty()) {
    lock = std::make_unique<engine::DirectoryLock>(TRY(Deployment::lock_for_reading(common.data)));
    TRY(verify_log(common.data + "/log", verdicts));
  } else if (!common.data.empty()) {
    // A checkpoint must not change while it is read.
    lock = std::make_unique<engine::DirectoryLock>(
        TRY(engine::DirectoryLock::acquire(common.data, engine::DirectoryLock::Use::read)));
  }
  if (verdicts.damages() == 0) {
    const auto deployment =
        TRY(Deployment::open_for_reading({.directory = common.data, .kafka = common.kafka, .prefix = common.prefix}));
    TRY(verify_tasks(*deployment, verdicts));
  }
  if (verdicts.damages() > 0) {
    say(fmt::format(
        "gridloop: {} damaged. To rebuild a damaged checkpoint, remove {}/state/TASK and start `gridloop run`. "
        "A damaged log has to be restored from a copy",
        verdicts.damages(), common.data));
    return kDamaged;
  }
  return kOk;
}

}  // namespace

void declare_verify(Program& program) {
  Command command = program.command(
      "verify", "Check every byte of the log, rebuild all state from it, and compare the two",
      "  gridloop verify --data data/boston     exits with code 4 if anything is damaged, and names it\n");
  auto& options = command.settings<CommonOptions>();
  add_log_and_json(command, options);
  command.runs(on_log(options, [&options] { return verify(options); }));
}

}  // namespace ops
