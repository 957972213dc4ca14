// `gridloop copy`.

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/progress.h"
#include "ops/cli/text_table.h"
#include "ops/commands/common_options.h"
#include "ops/commands/copy.h"
#include "ops/deployment/deployment.h"
#include "ops/deployment/kafka_connection.h"
#include "ops/deployment/log_copy.h"

namespace ops {
namespace {

using engine::Result;

constexpr std::string_view kEmbedded = "embedded:";
constexpr std::string_view kKafka = "kafka:";

void print_json(const LogCopy& copy) {
  for (const CopiedPartition& partition : copy.partitions) {
    std::string out;
    engine::JsonWriter line(out);
    line.begin_object().key("topic").string(partition.at.topic);
    line.key("partition").integer(partition.at.partition.value);
    line.key("records").integer(static_cast<std::int64_t>(partition.records));
    line.key("hash").string(partition.hash).end_object();
    fmt::print("{}\n", out);
  }
}

void print_table(const LogCopy& copy) {
  constexpr auto kRight = TextTable::Align::right;
  TextTable table({{"Topic"}, {"Partition", kRight}, {"Records", kRight}, {"Hash in both logs"}});
  for (const CopiedPartition& partition : copy.partitions) {
    if (partition.records == 0) continue;
    table.add({partition.at.topic, std::to_string(partition.at.partition.value),
               with_commas(static_cast<std::int64_t>(partition.records)), partition.hash});
  }
  fmt::print("{}{} records copied and compared, {} of them copied before\n", table.text(),
             with_commas(static_cast<std::int64_t>(copy.records)),
             with_commas(static_cast<std::int64_t>(copy.records_before)));
}

}  // namespace

Result<int> copy(const CopyOptions& options) {
  if (!options.from.starts_with(kEmbedded)) {
    return usage_error(
        fmt::format("--from {}: must be embedded:DIR; only an embedded log can be copied", options.from));
  }
  if (!options.to.starts_with(kKafka)) {
    return usage_error(
        fmt::format("--to {}: must be kafka:HOST:PORT; a log can only be copied to a Kafka cluster", options.to));
  }
  const std::string brokers = options.to.substr(kKafka.size());
  const auto source =
      TRY(Deployment::open_for_reading({.directory = options.from.substr(kEmbedded.size()), .prefix = options.prefix}));
  KafkaConnection connection = options.kafka;
  connection.brokers = brokers;
  const auto target = TRY(engine::KafkaLog::open(TRY(kafka_options(connection, options.prefix))));
  Progress progress("records", "nothing to copy");
  auto copied =
      copy_log(source->log(), *target,
               {.brokers = brokers, .prefix = options.prefix, .partitions = 0, .replication = options.replication},
               [&](std::uint64_t done, std::uint64_t total) { progress.show(done, total); });
  if (!copied) {
    if (copied.error().action != engine::Action::invalid) {
      copied.error().message += "; repeat the command to resume the copy";
    }
    return std::unexpected(copied.error());
  }
  progress.done(2 * copied->records, true);
  if (options.json) {
    print_json(*copied);
  } else {
    print_table(*copied);
  }
  return kOk;
}

void declare_copy(Program& program) {
  Command command =
      program.command("copy", "Copy an embedded log to a Kafka cluster, keep the offsets, and compare both",
                      "  gridloop copy --from embedded:data/town --to kafka:127.0.0.1:9092\n"
                      "The topics on the cluster must be missing or empty. To resume an interrupted copy, "
                      "repeat the command.\n");
  auto& options = command.settings<CopyOptions>();
  command.text("--from", options.from, "embedded:DIR", "Data directory that holds the embedded log",
               Command::Need::required);
  command.text("--to", options.to, "kafka:HOST:PORT", kBrokersHelp, Command::Need::required);
  add_kafka_settings(command, options.kafka);
  add_prefix(command, options.prefix, "Prefix of the topic names, in the log and on the cluster");
  add_replication(command, options.replication);
  add_json(command, options.json);
  command.runs([&options] { return copy(options); });
}

}  // namespace ops
