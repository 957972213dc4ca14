#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/cli/command.h"
#include "ops/deployment/kafka_connection.h"

// Options that several commands have, declared once. Each function adds its options to a command.

namespace ops {

// The log that a command works on.
struct CommonOptions {
  std::string data;       // with an embedded log REQUIRED
  KafkaConnection kafka;  // without brokers: the embedded log in the data directory
  std::string prefix = "gridloop.";
  bool json = false;

  bool names_log() const { return !data.empty() || !kafka.brokers.empty(); }
};

inline constexpr std::int64_t kMaxThreads = 1024;
inline constexpr std::int64_t kMaxPartitions = 65536;  // of a topic (engine/log/embedded_log.h)
inline constexpr std::int64_t kMaxReplicas = 1000;
inline constexpr std::int64_t kMaxStepEvents = 1'000'000;
inline constexpr std::int64_t kMaxCommitIntervalMs = 10'000;

// --data, --kafka and its settings, --prefix.
void add_log(Command& command, CommonOptions& options);
// The same, and --json.
void add_log_and_json(Command& command, CommonOptions& options);
void add_data(Command& command, CommonOptions& options, const std::string& help);
// --kafka and its settings.
void add_kafka(Command& command, KafkaConnection& connection, const std::string& help,
               Command::Need need = Command::Need::optional);
// How to reach the cluster, apart from its brokers.
void add_kafka_settings(Command& command, KafkaConnection& connection);
void add_prefix(Command& command, std::string& prefix, const std::string& help = "Prefix of the topic names");
void add_json(Command& command, bool& json, const std::string& help = "Print one JSON object per line");
// The number of partitions of a log that has to be created.
void add_partitions(Command& command, std::uint32_t& partitions);
void add_replication(Command& command, std::uint32_t& replication);
void add_sync(Command& command, bool& sync);
// The working hours and weekly days off of a calendar.
void add_working_hours(Command& command, std::vector<std::string>& sessions, std::string& days_off);

inline constexpr const char* kBrokersHelp = "One or more brokers of the cluster, separated by commas";

// `run` for a command that needs a log: wrong usage when neither --data nor --kafka was given.
Command::Run on_log(const CommonOptions& options, Command::Run run);

}  // namespace ops
