#include "ops/commands/common_options.h"

#include <utility>

#include "ops/cli/messages.h"

namespace ops {

void add_data(Command& command, CommonOptions& options, const std::string& help) {
  command.text("--data", options.data, "DIR", help);
}

void add_kafka_settings(Command& command, KafkaConnection& connection) {
  command.text(
      "--kafka-config", connection.config, "FILE",
      "File of librdkafka settings, one NAME=VALUE per line. Put passwords here: other users can read a command line");
  command.repeated("-X", connection.settings, "NAME=VALUE",
                   "librdkafka setting, such as security.protocol=SASL_SSL; repeatable");
}

void add_kafka(Command& command, KafkaConnection& connection, const std::string& help, Command::Need need) {
  command.text("--kafka", connection.brokers, "HOST:PORT", help, need);
  add_kafka_settings(command, connection);
}

void add_prefix(Command& command, std::string& prefix, const std::string& help) {
  command.text("--prefix", prefix, "TEXT", help);
}

void add_json(Command& command, bool& json, const std::string& help) {
  command.flag("--json", json, help);
}

void add_log(Command& command, CommonOptions& options) {
  add_data(command, options, "Data directory: the embedded log and the state; with --kafka, only the state");
  add_kafka(command, options.kafka, "Kafka cluster that holds the log, instead of the embedded log");
  add_prefix(command, options.prefix);
}

void add_log_and_json(Command& command, CommonOptions& options) {
  add_log(command, options);
  add_json(command, options.json);
}

void add_partitions(Command& command, std::uint32_t& partitions) {
  command.number("--partitions", partitions, {0, kMaxPartitions}, "N",
                 "Number of partitions if the log has to be created (default: 4)");
}

void add_replication(Command& command, std::uint32_t& replication) {
  command.number("--replication", replication, {1, kMaxReplicas}, "N",
                 "Replicas of each partition (default: 3, or the number of brokers if lower)");
}

void add_sync(Command& command, bool& sync) {
  command.flag("--sync", sync, "Wait for the disk at each commit, to survive power loss");
}

void add_working_hours(Command& command, std::vector<std::string>& sessions, std::string& days_off) {
  command.repeated("--sessions", sessions, "[DAY=]A-B,...",
                   "Working hours (default: 08:00-12:00,14:00-18:00); repeatable, with the day from which they apply");
  command.text("--days-off", days_off, "DAYS", "Weekly days off (default: sat,sun)");
}

Command::Run on_log(const CommonOptions& options, Command::Run run) {
  return [&options, run = std::move(run)]() -> engine::Result<int> {
    if (!options.names_log()) return usage_error("--data is required: the data directory, or --kafka HOST:PORT");
    return run();
  };
}

}  // namespace ops
