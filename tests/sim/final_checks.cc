#include "tests/sim/final_checks.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/clock.h"
#include "engine/schedule.h"
#include "engine/state/memory_store.h"

namespace sim {

using engine::Batch;
using engine::Offset;
using engine::Partition;
using engine::Record;
using engine::Result;
using engine::Task;
using engine::TopicPartition;

namespace {

std::string place(const TopicPartition& at) {
  return fmt::format("topic {} partition {}", at.topic, at.partition.value);
}

// The steps of one schedule, in order; adds what each sent to `sent`.
std::string check_schedule(engine::Log& log, const engine::StageSpec& spec, Partition partition, std::uint64_t& steps,
                           std::uint64_t& sent) {
  const TopicPartition at{spec.schedule_topic, partition};
  Batch batch;
  if (const auto read = read_all(log, at, batch); !read) return read.error().message;
  engine::Hash128 chain;
  engine::Epoch epoch{0};
  std::int64_t number = 0;
  std::vector<Offset> positions(spec.inputs.size(), Offset{0});
  for (const Record& record : batch.records()) {
    std::string_view content;
    const auto decoded = engine::decode_schedule_record(record.value, &content);
    if (!decoded) return fmt::format("{} offset {}: {}", place(at), record.offset.value, decoded.error().message);
    const engine::Step& step = decoded->step;
    const auto wrong = [&](std::string_view what) {
      return fmt::format("{} offset {}, step {}: {}", place(at), record.offset.value, step.number.value, what);
    };
    if (step.number.value != ++number) return wrong(fmt::format("step {} was expected", number));
    chain = engine::chain_after(chain, content);
    if (decoded->chain != chain) return wrong("the chain of hashes is broken");
    if (engine::encode_step(step) != content) return wrong("its content is not encoded as it decodes");
    if (decoded->epoch < epoch) return wrong("its epoch went back");
    epoch = decoded->epoch;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      if (step.ranges[i].from != positions[i]) return wrong(fmt::format("input {} has a gap", i));
      positions[i] = step.ranges[i].to;
    }
    sent += step.outputs;
    ++steps;
  }
  return {};
}

}  // namespace

Result<> read_all(engine::Log& log, const TopicPartition& at, Batch& batch) {
  const Offset end = TRY(log.bounds(at)).end;
  const auto reader = TRY(log.reader(at, Offset{0}));
  while (reader->position() < end) TRY(reader->read(batch, 1u << 20));
  return {};
}

std::string check_acknowledged(engine::Log& log, const std::vector<Acknowledged>& acknowledged) {
  std::map<TopicPartition, Batch> batches;
  for (const Acknowledged& known : acknowledged) {
    const auto [found, added] = batches.try_emplace(known.at);
    if (added) {
      if (const auto read = read_all(log, known.at, found->second); !read) return read.error().message;
    }
    const auto records = found->second.records();
    const auto index = static_cast<std::size_t>(known.offset.value);
    if (index >= records.size()) {
      return fmt::format("{}: offset {} was acknowledged and is lost", place(known.at), known.offset.value);
    }
    const Record& record = records[index];
    if (record.offset == known.offset && record.key == known.record.key && record.value == known.record.value &&
        record.headers == known.record.headers) {
      continue;
    }
    return fmt::format("{}: offset {} is not the record that was acknowledged", place(known.at), known.offset.value);
  }
  return {};
}

std::string check_schedules(engine::Log& log, const World& world, const std::set<std::string>& produced,
                            std::uint64_t& steps) {
  std::map<std::set<std::string>, std::uint64_t> sent;  // by the topics that a group of stages writes
  for (const auto& make : world.stages()) {
    const auto stage = make();
    const engine::StageSpec& spec = stage->spec();
    std::uint64_t outputs = 0;
    for (std::uint32_t p = 0; p < log.topic(spec.schedule_topic)->partitions; ++p) {
      std::string wrong = check_schedule(log, spec, Partition{p}, steps, outputs);
      if (!wrong.empty()) return wrong;
    }
    // Stages that share an output topic can only be counted together.
    std::set<std::string> topics(spec.outputs.begin(), spec.outputs.end());
    for (auto at = sent.begin(); at != sent.end();) {
      const bool shared = std::ranges::any_of(at->first, [&](const auto& topic) { return topics.contains(topic); });
      if (!shared) {
        ++at;
        continue;
      }
      topics.insert(at->first.begin(), at->first.end());
      outputs += at->second;
      at = sent.erase(at);
    }
    sent[topics] = outputs;
  }
  for (const auto& [topics, outputs] : sent) {
    if (std::ranges::any_of(topics, [&](const auto& topic) { return produced.contains(topic); })) continue;
    std::uint64_t found = 0;
    for (const std::string& topic : topics) {
      for (std::uint32_t p = 0; p < log.topic(topic)->partitions; ++p) {
        found += static_cast<std::uint64_t>(log.bounds({topic, Partition{p}})->end.value);
      }
    }
    if (found == outputs) continue;
    return fmt::format("the schedules say that {} records were sent to {} and other outputs, {} are there", outputs,
                       *topics.begin(), found);
  }
  return {};
}

std::string check_replicas(engine::Log& log, const World& world, const std::vector<Task*>& tasks) {
  const engine::SimulatedClock clock(engine::instant(0));
  std::map<std::string, World::MakeStage> stages;
  for (const auto& make : world.stages()) stages[make()->spec().name] = make;
  for (Task* live : tasks) {
    engine::MemoryStore store(std::make_shared<engine::MemoryStore::Contents>());
    Task replica(stages.at(live->stage().spec().name)(), live->partition(), log, store, clock, Task::Options{});
    const auto wrong = [&](std::string_view what) {
      return fmt::format("task {}: its replica from the logs {}", live->name(), what);
    };
    const auto opened = replica.open(Task::Mode::replica);
    if (!opened) return wrong(fmt::format("fails: {}", opened.error().message));
    if (replica.step() != live->step()) {
      return wrong(fmt::format("is at step {}, the live one at {}", replica.step().value, live->step().value));
    }
    if (replica.chain() != live->chain()) return wrong("has another chain");
    if (replica.positions() != live->positions()) return wrong("has read up to other positions");
    if (replica.now() != live->now()) return wrong("shows another time");
    const std::string rebuilt = world.dump(replica.stage());
    const std::string lived = world.dump(live->stage());
    if (rebuilt != lived) return wrong(fmt::format("has other rows: {} instead of {}", rebuilt, lived));
    if (replica.state().digest() != live->state().digest()) return wrong("has another digest");
  }
  return {};
}

}  // namespace sim
