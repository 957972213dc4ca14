#include "ops/deployment/deployment.h"

#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>

#include "engine/kafka/kafka_log.h"
#include "engine/log/embedded_log.h"
#include "engine/state/memory_store.h"
#include "ops/cli/messages.h"
#include "ops/deployment/required_topics.h"
#include "ops/deployment/unavailable_log.h"
#include "projections/stages.h"
#include "topics/topology.h"

namespace ops {

using engine::Action;
using engine::fail;
using engine::Result;

Result<> Deployment::open_log(bool read_only) {
  auto log = TRY(engine::EmbeddedLog::open(disk_, clock_,
                                           {.directory = options_.directory + "/log",
                                            .sync = options_.sync,
                                            .read_only = read_only,
                                            .accept_loss = options_.accept_log_loss}));
  if (!log->recovery_note().empty()) say("note: " + log->recovery_note());
  log_ = std::move(log);
  return {};
}

// The log of a Kafka cluster, with the topics of this program.
Result<StateOwner> Deployment::open_kafka() {
  auto log = TRY(engine::KafkaLog::open(TRY(kafka_options(options_.kafka, options_.prefix))));
  partitions_ = TRY(require_topics(*log, options_.kafka.brokers, options_.prefix));
  StateOwner owner{.cluster = TRY(log->cluster_id()), .prefix = options_.prefix, .partitions = partitions_};
  log_ = std::move(log);
  return owner;
}

// A directory of states alone, which need not be there.
Result<> Deployment::require_no_log() const {
  if (TRY(disk_.exists(options_.directory + "/log"))) {
    return fail(Action::invalid,
                fmt::format("{} holds an embedded log: use another --data directory for the state of a log "
                            "on Kafka",
                            options_.directory));
  }
  return {};
}

Result<std::unique_ptr<Deployment>> Deployment::open(const Options& options) {
  std::unique_ptr<Deployment> deployment(new Deployment(options));
  if (deployment->on_kafka()) {
    const bool keeps_states = !options.directory.empty();
    if (keeps_states) {
      TRY(deployment->require_no_log());
      auto lock = TRY(engine::DirectoryLock::acquire(options.directory, engine::DirectoryLock::Use::write));
      deployment->lock_ = std::make_unique<engine::DirectoryLock>(std::move(lock));
    }
    const StateOwner owner = TRY(deployment->open_kafka());
    if (keeps_states) TRY(claim_states(options.directory, owner));
    return deployment;
  }
  auto lock = TRY(engine::DirectoryLock::acquire(options.directory, engine::DirectoryLock::Use::write));
  deployment->lock_ = std::make_unique<engine::DirectoryLock>(std::move(lock));
  TRY(deployment->open_log(false));
  TRY(deployment->make_topics());
  return deployment;
}

Result<engine::DirectoryLock> Deployment::lock_for_reading(const std::string& directory) {
  const engine::PosixDisk disk;
  // The lock says it when there is no directory at all.
  if (TRY(disk.exists(directory)) && !TRY(disk.exists(directory + "/log"))) {
    return fail(Action::invalid, fmt::format("{} holds no log: it is not a Gridloop data directory", directory));
  }
  return engine::DirectoryLock::acquire(directory, engine::DirectoryLock::Use::read);
}

Result<std::unique_ptr<Deployment>> Deployment::open_for_reading(const Options& options) {
  std::unique_ptr<Deployment> deployment(new Deployment(options));
  if (deployment->on_kafka()) {
    if (auto reached = deployment->reach_kafka(); !reached) {
      if (reached.error().action == Action::retry) {
        reached.error().message += "; this question is answered from the log and needs a reachable broker";
      }
      return std::unexpected(std::move(reached.error()));
    }
    return deployment;
  }
  auto lock = TRY(lock_for_reading(options.directory));
  deployment->lock_ = std::make_unique<engine::DirectoryLock>(std::move(lock));
  TRY(deployment->open_log(true));
  if (!deployment->log_->topic(deployment->topic("requests"))) {
    return fail(Action::invalid, fmt::format("the log in {} has no topic {}: it was created with another --prefix",
                                             options.directory, deployment->topic("requests")));
  }
  return deployment;
}

// For questions: no lock is taken, as a process may work with the directory for weeks, and only what is complete in it
// is read.
Result<> Deployment::reach_kafka() {
  const bool keeps_states = !options_.directory.empty();
  if (keeps_states) {
    if (!TRY(disk_.exists(options_.directory))) {
      return fail(Action::invalid, fmt::format("data directory {} does not exist", options_.directory));
    }
    TRY(require_no_log());
  }
  const StateOwner owner = TRY(open_kafka());
  if (keeps_states) TRY(require_owner(options_.directory, owner));
  return {};
}

Result<std::unique_ptr<Deployment>> Deployment::open_for_answers(const Options& options) {
  std::unique_ptr<Deployment> deployment(new Deployment(options));
  if (!deployment->on_kafka()) return open_for_reading(options);
  const auto reached = deployment->reach_kafka();
  if (reached) return deployment;
  if (reached.error().action != Action::retry) return std::unexpected(reached.error());
  const auto owner = options.directory.empty() ? std::nullopt : TRY(state_owner(options.directory));
  if (!owner) {
    return fail(Action::fatal,
                fmt::format("{}; there is no checkpoint to answer from either: use the --data of a process "
                            "that runs the tasks",
                            reached.error().message));
  }
  if (owner->prefix != options.prefix) {
    return fail(Action::invalid,
                fmt::format("{}; the state in {} belongs to the topics {}*, not {}*", reached.error().message,
                            options.directory, owner->prefix, options.prefix));
  }
  say("stale: " + reached.error().message);
  deployment->partitions_ = owner->partitions;
  deployment->log_unavailable_ = true;
  deployment->log_ = std::make_unique<UnavailableLog>(reached.error());
  return deployment;
}

std::string Deployment::topic(std::string_view suffix) const {
  return topics::topic_name(options_.prefix, suffix);
}

Result<> Deployment::make_topics() {
  std::uint32_t partitions = options_.partitions;
  if (partitions == 0) {
    const auto known = log_->topic(topic("requests"));
    partitions = known ? known->partitions : kDefaultPartitions;
  }
  for (const topics::TopicDoc& doc : topics::topology()) {
    if (doc.kind == topics::TopicKind::control) continue;  // no other process can use this log
    TRY(log_->create_topic({.name = topic(doc.suffix),
                            .partitions = doc.partitioned ? partitions : 1,
                            .compacted = doc.compacted,
                            .timestamps = engine::TimestampKind::log_append}));
  }
  return {};
}

std::uint32_t Deployment::partitions() const {
  return on_kafka() ? partitions_ : log_->topic(topic("requests"))->partitions;
}

std::string Deployment::state_directory(const std::string& task) const {
  return options_.directory + "/state/" + task;
}

Result<std::string> Deployment::process_identity() const {
  const std::string path = options_.directory + "/process-id";
  std::string identity;
  if (std::ifstream(path) >> identity) return identity;
  std::random_device random;
  identity = fmt::format("{:08x}{:08x}", random(), random());
  std::ofstream file(path + ".new");
  file << identity << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(path + ".new", path, error);
  if (!file || error) return fail(Action::fatal, fmt::format("cannot write {}", path));
  return identity;
}

Result<bool> Deployment::has_checkpoint(const std::string& task) const {
  if (options_.directory.empty()) return false;
  return disk_.exists(state_directory(task) + "/CURRENT");
}

std::vector<std::string> Deployment::stage_names() {
  std::vector<std::string> names;
  for (const projections::StageMaker& stage : projections::stages()) names.emplace_back(stage.name);
  return names;
}

std::unique_ptr<engine::Stage> Deployment::make_stage(std::string_view name) const {
  return projections::make_stage(name, options_.prefix);
}

std::vector<std::string> table_names(engine::Stage& stage) {
  engine::MemoryStore nowhere(std::make_shared<engine::MemoryStore::Contents>());
  engine::State state(nowhere);
  const engine::Timers timers(state);
  stage.open(state);
  return state.table_names();
}

Result<> Deployment::check_at_start(engine::RocksStore& store) {
  constexpr std::uint64_t kCheckedAtStart = 512u << 20;
  if (store.bytes() > kCheckedAtStart) return {};
  return store.verify();
}

Result<std::unique_ptr<engine::Store>> Deployment::make_store(const std::string& task, bool damaged) const {
  const std::string directory = state_directory(task);
  if (damaged) TRY(engine::RocksStore::remove(directory));
  const auto stage = make_stage(task.substr(0, task.rfind('-')));
  auto store = TRY(engine::RocksStore::open({.directory = directory, .tables = table_names(*stage)}));
  TRY(check_at_start(*store));
  return store;
}

}  // namespace ops
