// `gridloop-lab bench kafka`: the events of `gridloop-lab bench project` through a Kafka cluster, and a bare consumer beside
// it.

#include <fmt/format.h>

#include "engine/json.h"
#include "engine/kafka/bare_consumer.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/lab/bench/kafka_topics.h"
#include "ops/lab/bench/project.h"

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Partition;
using engine::Result;

namespace {

// How many steps the tasks of the cases stage have committed, all together.
Result<std::int64_t> count_steps(Deployment& deployment) {
  constexpr std::size_t kReadBytes = 1u << 20;
  std::int64_t steps = 0;
  engine::Batch batch;
  for (std::uint32_t p = 0; p < deployment.partitions(); ++p) {
    const auto reader =
        TRY(deployment.log().reader({deployment.topic("schedule-cases"), Partition{p}}, engine::Offset{0}));
    do {
      batch.clear();
      TRY(reader->read(batch, kReadBytes));
      steps += static_cast<std::int64_t>(batch.records().size());
    } while (!batch.empty());
  }
  return steps;
}

// Reads the input topics of the events from begin to end by a consumer that does nothing else.
Result<Phase> read_bare(const KafkaOptions& options, const std::string& prefix, const Workplace& workplace) {
  constexpr engine::Milliseconds kMoment{1000};
  engine::KafkaBareConsumer::Options bare{.brokers = options.kafka.connection.brokers,
                                          .settings = TRY(kafka_options(options.kafka.connection, prefix)).settings,
                                          .topics = {}};
  for (const char* topic : {"requests", "dispatches", "judgements"}) bare.topics.push_back(prefix + topic);
  TRY(forget_peak_memory());
  Stopwatch watch;
  watch.start();
  const auto consumer = TRY(engine::KafkaBareConsumer::open(bare));
  std::uint64_t records = 0;
  std::uint64_t touched = 0;  // so that each value is brought into the cache
  const auto count = [&](std::string_view, std::string_view, std::string_view value) {
    ++records;
    if (!value.empty()) touched += static_cast<unsigned char>(value.back());
  };
  while (!TRY(consumer->poll(count, kMoment))) {
  }
  watch.stop();
  CHECK(touched > 0 || records == 0);
  return measured({.name = "plain consumer", .events = records, .cost = watch.cost()}, workplace);
}

void print_ratio(const Phase& project, const Phase& bare, std::int64_t commit_ms, bool json) {
  const auto percent = [](auto part, auto whole) {
    return whole.count() == 0 ? 0 : static_cast<std::int64_t>(part.count() * 100 / whole.count());
  };
  const std::int64_t speed = percent(bare.cost.wall, project.cost.wall);
  const std::int64_t cpu = percent(project.cost.cpu, bare.cost.cpu);
  if (!json) {
    fmt::print(
        "Compared with the plain consumer: {} % of its events/s, {} % of its CPU time; each task committed every {} "
        "ms\n",
        speed, cpu, commit_ms);
    return;
  }
  std::string out;
  engine::JsonWriter line(out);
  line.begin_object().key("speed_percent_of_bare").integer(speed).key("cpu_percent_of_bare").integer(cpu);
  line.key("commit_ms").integer(commit_ms).end_object();
  fmt::print("{}\n", out);
}

}  // namespace

Result<int> kafka(const KafkaOptions& options) {
  const auto workplace = TRY(Workplace::make(options.project.place));
  const auto topics = TRY(KafkaTopics::make(options.kafka, options.project.settings.partitions));
  std::vector<Phase> phases;
  std::int64_t commit_ms = 0;
  {
    const auto deployment = TRY(Deployment::open(
        {.directory = workplace->directory(), .kafka = options.kafka.connection, .prefix = topics->prefix()}));
    auto done = TRY(append_and_project(*deployment, options.project, *workplace));
    if (!done) return kInternal;
    phases = std::move(*done);
    const std::int64_t steps = std::max<std::int64_t>(1, TRY(count_steps(*deployment)));
    const auto wall = std::chrono::floor<std::chrono::milliseconds>(phases.back().cost.wall);
    commit_ms = wall.count() * deployment->partitions() / steps;
  }
  say("processed; reading the same topics with a plain consumer");
  phases.push_back(TRY(read_bare(options, topics->prefix(), *workplace)));
  if (phases.back().events != phases.front().events) {
    return fail(Action::corrupt, fmt::format("{} events were appended, but an external consumer reads {}",
                                             phases.front().events, phases.back().events));
  }
  print(phases, options.project.place.json);
  print_ratio(phases[phases.size() - 2], phases.back(), commit_ms, options.project.place.json);
  return kOk;
}

}  // namespace ops::bench
