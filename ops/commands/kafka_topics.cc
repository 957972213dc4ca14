// `gridloop topics create` and `gridloop topics check`.

#include <set>

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/commands/kafka_topics.h"
#include "ops/deployment/kafka_connection.h"
#include "ops/deployment/kafka_topics.h"

namespace ops {
namespace {

using engine::JsonWriter;
using engine::KafkaLog;
using engine::Result;

Result<std::unique_ptr<KafkaLog>> connect(const KafkaTopicsOptions& options) {
  return KafkaLog::open(TRY(kafka_options(options.common.kafka, options.common.prefix)));
}

Result<TopicPlan> plan_of(const KafkaLog& log, const KafkaTopicsOptions& options) {
  return complete(log, {.brokers = options.common.kafka.brokers,
                        .prefix = options.common.prefix,
                        .partitions = options.partitions,
                        .replication = options.replication});
}

void print_json(const Deviation& deviation) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("topic").string(deviation.topic).key("what").string(deviation.what);
  json.key("is").string(deviation.is).key("should_be").string(deviation.should_be);
  json.key("why").string(deviation.why).key("command").string(deviation.command);
  json.key("advice").string(deviation.advice).end_object();
  fmt::print("{}\n", out);
}

void print_json(const MadeTopic& one) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("topic").string(one.topic.name).key("partitions").integer(one.topic.partitions);
  json.key("made").boolean(one.made).end_object();
  fmt::print("{}\n", out);
}

}  // namespace

Result<int> create_topics(const KafkaTopicsOptions& options) {
  const auto log = TRY(connect(options));
  const TopicPlan plan = TRY(plan_of(*log, options));
  TextTable table({{"Topic"}, {"Partitions", TextTable::Align::right}, {""}});
  for (const MadeTopic& one : TRY(make_missing(*log, plan))) {
    if (options.common.json) print_json(one);
    table.add({one.topic.name, std::to_string(one.topic.partitions), one.made ? "created" : "exists"});
  }
  if (!options.common.json) fmt::print("{}", table.text());
  if (const auto wrong = TRY(deviations(*log, plan)); !wrong.empty()) {
    std::set<std::string_view> names;
    for (const Deviation& deviation : wrong) names.insert(deviation.topic);
    say(fmt::format("gridloop: left unchanged, although settings deviate: {}; run `gridloop topics check` for details",
                    fmt::join(names, ", ")));
  }
  return kOk;
}

Result<int> check_topics(const KafkaTopicsOptions& options) {
  const auto log = TRY(connect(options));
  const TopicPlan plan = TRY(plan_of(*log, options));
  const auto wrong = TRY(deviations(*log, plan));
  for (const Deviation& deviation : wrong) {
    if (options.common.json) {
      print_json(deviation);
    } else {
      fmt::print("{}\n", printable(sentence(deviation)));
    }
  }
  if (!options.common.json && wrong.empty()) {
    fmt::print("{} topics, {} partitions, replication {}: no deviations\n", wanted_topics(plan).size(), plan.partitions,
               plan.replication);
  }
  return wrong.empty() ? kOk : kInvalid;
}

namespace {

KafkaTopicsOptions& add_options(Command& command) {
  auto& options = command.settings<KafkaTopicsOptions>();
  add_kafka(command, options.common.kafka, kBrokersHelp, Command::Need::required);
  add_prefix(command, options.common.prefix);
  command.number("--partitions", options.partitions, {1, kMaxPartitions}, "N",
                 "Number of partitions of the partitioned topics (default: the existing number, otherwise 4)");
  add_replication(command, options.replication);
  add_json(command, options.common.json);
  return options;
}

}  // namespace

void declare_topics_create(Program& program) {
  Command command =
      program.command("topics create", "Create the missing topics on Kafka; existing ones are left unchanged",
                      "  gridloop topics create --kafka 127.0.0.1:9092 --partitions 16\n");
  command.runs([&options = add_options(command)] { return create_topics(options); });
}

void declare_topics_check(Program& program) {
  Command command = program.command("topics check", "Check that the topics on Kafka have the required settings",
                                    "  gridloop topics check --kafka 127.0.0.1:9092     exits with code 3 if a topic "
                                    "deviates, and prints how to fix it\n");
  command.runs([&options = add_options(command)] { return check_topics(options); });
}

}  // namespace ops
