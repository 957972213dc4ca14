// `gridloop copy`.

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/progress.h"
#include "ops/cli/text_table.h"
#include "ops/commands/commands.h"
#include "ops/deployment/deployment.h"
#include "ops/deployment/kafka_connection.h"
#include "ops/deployment/log_copy.h"
#include "topics/codec/json.h"

namespace ops {
namespace {

using engine::Result;

constexpr std::string_view kEmbedded = "embedded:";
constexpr std::string_view kKafka = "kafka:";

void print_json(const LogCopy& copy) {
  for (const CopiedPartition& partition : copy.partitions) {
    std::string out;
    topics::JsonWriter line(out);
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
    return usage_error(fmt::format("--from {}: must be embedded:DIR; only an embedded log can be copied", options.from));
  }
  if (!options.to.starts_with(kKafka)) {
    return usage_error(fmt::format("--to {}: must be kafka:HOST:PORT; a log can only be copied to a Kafka cluster", options.to));
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

}  // namespace ops
