#include "tests/projections/world.h"

#include <cstdlib>

#include <fmt/format.h>

#include "projections/stages.h"
#include "topics/topology.h"

namespace projections_test {
namespace {

using engine::Partition;
using engine::Task;

constexpr int kEndlessSteps = 100'000;

std::string topic(std::string_view suffix) {
  return topics::topic_name(topics::kDefaultPrefix, suffix);
}

std::filesystem::path make_directory() {
  std::string path = (std::filesystem::temp_directory_path() / "gridloop-world-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make a directory in " + path);
  return path;
}

}  // namespace

World::World(const Options& options) : options_(options), directory_(make_directory()), clock_(options.start) {
  log_ = must(engine::EmbeddedLog::open(disk_, clock_, {.directory = (directory_ / "log").string()}));
  for (const topics::TopicDoc& doc : topics::topology()) {
    must(log_->create_topic({.name = topic(doc.suffix),
                             .partitions = doc.partitioned ? options_.partitions : 1,
                             .compacted = doc.compacted}));
  }
  producer_ = must(log_->writer("producer"));
  for (const topics::StageContract& stage : topics::stage_contracts()) {
    for (std::uint32_t partition = 0; partition < (stage.partitioned ? options_.partitions : 1); ++partition) {
      running_.push_back(
          {std::string(stage.name), Partition{partition}, std::make_shared<engine::MemoryStore::Contents>(), {}, {}});
    }
  }
  open();
}

World::~World() {
  running_.clear();
  producer_.reset();
  log_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::unique_ptr<Task> World::make(const Running& running, engine::Store& store) {
  auto stage = projections::make_stage(running.stage, std::string(topics::kDefaultPrefix));
  Task::Options options;
  options.step_records = options_.step_records;
  options.fire_limit = options_.step_rows;
  options.drain_limit = options_.step_rows;
  options.checkpoint_steps = options_.checkpoint_steps;
  options.checkpoint_interval = engine::Milliseconds(INT64_MAX / 4);
  options.behind_limit = engine::Milliseconds(INT64_MAX / 4);
  return std::make_unique<Task>(std::move(stage), running.partition, *log_, store, clock_, options);
}

void World::open() {
  for (Running& running : running_) {
    running.task.reset();
    running.store = std::make_unique<engine::MemoryStore>(running.contents);
    running.task = make(running, *running.store);
    must(running.task->open(Task::Mode::live));
  }
}

void World::append(std::string_view topic_suffix, const std::string& key, const std::string& value) {
  const std::string name = topic(topic_suffix);
  const auto spec = log_->topic(name);
  if (!spec) throw std::runtime_error("there is no topic " + name);
  engine::Transaction transaction;
  transaction.records.push_back({name, engine::partition_of(key, spec->partitions), key, value, {}, std::nullopt});
  must(producer_->commit(transaction));
}

void World::append(const Told& told) {
  if (!told.partition) return append(told.topic_suffix(), told.record_key(), told.value());
  engine::Transaction transaction;
  transaction.records.push_back(
      {topic(told.topic_suffix()), Partition{*told.partition}, told.record_key(), told.value(), {}, std::nullopt});
  must(producer_->commit(transaction));
}

void World::commit(Running& running) {
  while (must(running.task->commit_next())) {
  }
  while (must(running.task->checkpoint_next())) {
  }
}

bool World::step() {
  bool idle = true;
  for (Running& running : running_) {
    idle = must(running.task->run_step()).idle && idle;
    commit(running);
  }
  return idle;
}

void World::drain() {
  for (int steps = 0; !step(); ++steps) {
    if (steps > kEndlessSteps) throw std::runtime_error("the tasks do not come to rest");
  }
}

void World::restart() {
  open();
}

void World::restart(std::uint64_t step_records) {
  for (Running& running : running_) {
    must(running.task->finish());
    commit(running);
  }
  options_.step_records = step_records;
  open();
}

std::vector<Written> World::read(std::string_view topic_suffix) {
  const auto spec = log_->topic(topic(topic_suffix));
  if (!spec) throw std::runtime_error(fmt::format("there is no topic {}", topic_suffix));
  std::vector<Written> all;
  for (std::uint32_t partition = 0; partition < spec->partitions; ++partition) {
    const auto reader = must(log_->reader({spec->name, Partition{partition}}, engine::Offset{0}));
    while (true) {
      engine::Batch batch;
      must(reader->read(batch, 1 << 20));
      if (batch.empty()) break;
      for (const engine::Record& record : batch.records()) {
        all.push_back({std::string(record.key), std::string(record.value), partition, record.offset.value});
      }
    }
  }
  return all;
}

std::vector<topics::SlaAlert> World::alerts() {
  std::vector<topics::SlaAlert> all;
  for (const Written& written : read("sla-alerts")) {
    auto alert = topics::decode_if_sla_alert(written.value);
    if (!alert) throw std::runtime_error("an alert cannot be read: " + alert.error().detail);
    if (*alert) all.push_back(std::move(**alert));
  }
  return all;
}

projections::Cases& World::cases(std::string_view subject) {
  return *all_cases().at(engine::partition_of(subject, options_.partitions).value);
}

std::vector<projections::Cases*> World::all_cases() {
  std::vector<projections::Cases*> all;
  for (Running& running : running_) {
    if (running.stage == "cases") all.push_back(&dynamic_cast<projections::Cases&>(running.task->stage()));
  }
  return all;
}

projections::Areas& World::areas() {
  return dynamic_cast<projections::Areas&>(running_.back().task->stage());
}

std::vector<std::pair<std::string, engine::Hash128>> World::state_digests() {
  std::vector<std::pair<std::string, engine::Hash128>> digests;
  for (Running& running : running_) digests.emplace_back(running.stage, running.task->state().digest());
  return digests;
}

std::string World::compare_replicas() {
  std::string differences;
  for (Running& running : running_) {
    engine::MemoryStore empty(std::make_shared<engine::MemoryStore::Contents>());
    const auto replica = make(running, empty);
    Task& live = *running.task;
    if (const auto opened = replica->open(Task::Mode::replica); !opened) {
      differences += fmt::format("{}: {}\n", live.name(), opened.error().message);
      continue;
    }
    const auto compare = [&](std::string_view what, const auto& a, const auto& b) {
      if (a != b) differences += fmt::format("{}: the {} of the replica differs\n", live.name(), what);
    };
    compare("step", replica->step(), live.step());
    compare("chain", replica->chain(), live.chain());
    compare("digest", replica->state().digest(), live.state().digest());
    compare("clock", replica->now(), live.now());
    compare("position", replica->positions(), live.positions());
  }
  return differences;
}

}  // namespace projections_test
