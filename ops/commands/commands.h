#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/deployment/kafka_connection.h"

// The sub-commands of the program. Each prints its result on stdout and everything else on stderr, and returns the
// exit code (exit_code.h) or the error that decides it.

namespace ops {

// What all sub-commands on a log share.
struct CommonOptions {
  std::string data;       // with an embedded log REQUIRED
  KafkaConnection kafka;  // without brokers: the embedded log in the data directory
  std::string prefix = "gridloop.";
  bool json = false;
};

struct RunOptions {
  CommonOptions common;
  bool until_idle = false;
  std::string until;  // RFC 3339; empty = the wall clock
  unsigned threads = 0;
  std::uint64_t step_events = 32768;
  std::uint64_t memory_bytes = 1u << 30;
  std::uint32_t partitions = 0;
  std::uint32_t standbys = 0;
  std::uint64_t session_timeout_ms = 5000;
  std::optional<std::uint64_t> commit_interval_ms;  // nothing = 50 on Kafka, 0 on an embedded log
  bool sync = false;
  bool accept_log_loss = false;
};
engine::Result<int> run(const RunOptions& options);

struct ImportCommand {
  CommonOptions common;
  std::string mapping;
  std::vector<std::string> files;
  std::string temp;  // directory of temporary files; empty = the data directory
  std::uint32_t partitions = 0;
  bool abandon = false;
  bool sync = false;
};
engine::Result<int> import_csv(const ImportCommand& options);

struct SendOptions {
  CommonOptions common;
  std::string topic;  // name with or without the prefix; empty = by type
  bool raw = false;
  bool binary = false;  // attributes as headers, the data as value
  std::optional<std::string> key;
  std::uint32_t partitions = 0;
  bool sync = false;
};
engine::Result<int> send(const SendOptions& options);

struct TailOptions {
  CommonOptions common;
  std::string topic;
  std::optional<std::uint64_t> last;  // of each partition
};
engine::Result<int> tail(const TailOptions& options);

struct CaseOptions {
  CommonOptions common;
  std::string id;
  bool anomalies = false;  // them alone
};
engine::Result<int> show_case(const CaseOptions& options);

struct ExplainOptions {
  CommonOptions common;
  std::string id;
};
engine::Result<int> explain(const ExplainOptions& options);

struct DueOptions {
  CommonOptions common;
  std::int64_t within_seconds = 86400;
  std::string area;  // and all below it; empty = all
  std::string unit;
  std::string clock;
  bool overdue = false;  // what is overdue already, too
  std::uint64_t limit = 100;
};
engine::Result<int> due(const DueOptions& options);

struct RankingsOptions {
  CommonOptions common;
  std::string period;
  std::string level = "district";
};
engine::Result<int> rankings(const RankingsOptions& options);

struct WorkloadOptions {
  CommonOptions common;
  std::string area;  // empty = the areas of `level`, the busiest first
  std::string level;
  std::string from;
  std::string to;
  bool months = false;
  std::uint64_t top = 10;
};
engine::Result<int> workload(const WorkloadOptions& options);

struct AlertsOptions {
  CommonOptions common;
  bool net = false;
  bool course = false;  // also how each clock went: started, paused, resumed, due_changed, cancelled
  std::string subject;
  std::optional<std::uint64_t> last;
};
engine::Result<int> alerts(const AlertsOptions& options);

engine::Result<int> list_topics(const CommonOptions& common);

struct KafkaTopicsOptions {
  CommonOptions common;           // REQUIRES kafka
  std::uint32_t partitions = 0;   // 0 = as many as there are, else 4
  std::uint32_t replication = 0;  // 0 = 3, or as many as there are brokers
};
engine::Result<int> create_topics(const KafkaTopicsOptions& options);
engine::Result<int> check_topics(const KafkaTopicsOptions& options);

struct CopyOptions {
  std::string from;                  // embedded:DIR
  std::string to;                    // kafka:HOST:PORT
  KafkaConnection kafka;             // its brokers are those of `to`
  std::string prefix = "gridloop.";  // of the topics, on both sides
  std::uint32_t replication = 0;     // 0 = 3, or as many as there are brokers
  bool json = false;
};
engine::Result<int> copy(const CopyOptions& options);

struct SchemaOptions {
  std::string type;  // one type, printed
  bool all = false;  // all of them, as files
  std::string out;   // directory of the files
};
engine::Result<int> print_schema(const SchemaOptions& options);
engine::Result<int> print_asyncapi(const std::string& prefix);

struct DeadlineOptions {
  std::string start;
  std::string limit;                    // "5 work_day"
  std::vector<std::string> extensions;  // the same
  std::vector<std::string> calendars;   // files and folders of holiday files; empty = the shipped ones
  std::vector<std::string> sessions;
  std::string days_off;             // "sat,sun"; "none"
  std::string hours_per_day;        // of a work_day; empty = the sessions
  std::vector<std::string> pauses;  // A..B, A..
  std::string count_from = "instant";
  bool end_of_day = false;
  std::string at;  // what is consumed and left then
  bool json = false;
};
engine::Result<int> deadline(const DeadlineOptions& options);

struct CalendarOptions {
  CommonOptions common;
  std::string id;
  std::vector<std::string> holidays;  // files and folders of holiday files; empty = the shipped ones
  std::vector<std::string> sessions;
  std::string days_off;  // "sat,sun"; "none"
  std::string version;
  std::string valid_from;  // empty = once it is known
  bool print = false;      // the event on stdout, instead of into a log
  std::uint32_t partitions = 0;
  bool sync = false;
};
engine::Result<int> publish_calendar(const CalendarOptions& options);

engine::Result<int> status(const CommonOptions& common);
engine::Result<int> verify(const CommonOptions& common);

}  // namespace ops
