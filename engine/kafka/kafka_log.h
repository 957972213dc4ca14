#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace engine {

class KafkaCluster;

// Appends the records of another log, each at the offset that it had there, so that schedules, which name offsets, hold
// for the copy too. It writes without transactions, whose control records would take offsets.
//
// Threads: one at a time.
class Copier {
 public:
  virtual ~Copier() = default;

  // Appends `records` to a partition of `topic`, with their keys, values, headers and times; returns when all of them
  // are on all in-sync replicas. REQUIRES that they follow the last record of the partition without a gap, and that the
  // topic keeps the times of writers (TimestampKind::create).
  // Errors: invalid when a record was given another offset, or has a time that Kafka does not take; retry. Some of the
  // records may then be there: the end of the partition tells how many.
  virtual Result<> append(const TopicSpec& topic, Partition partition, std::span<const Record> records) = 0;
};

// The largest batch that a topic of ours has to take: the largest record, with what is around it.
inline constexpr std::size_t kKafkaMessageBytes = kMaxRecordBytes + (1u << 20);

// The log of a cluster: topics, partitions and transactions of an Apache Kafka cluster, by librdkafka.
//
// A Writer is one transactional producer; a Reader is a read_committed consumer of one partition, with a queue of its
// own and without a consumer group. The opening of a Writer appends one record to the topic `writers_topic`; the offset
// that it receives is the Writer's epoch, which so grows with every owner although Kafka does not tell its own.
//
// Invariants: a transaction is readable in all its partitions or in none; control records of transactions take
//             offsets, so those of a partition have gaps. A topic that was looked at stays, with its number of
//             partitions: when it is gone, or has grown, as a key's partition follows from that number, all Readers and
//             Writers fail with invalid within seconds.
// Threads:    any. A Reader or a Writer belongs to one thread at a time.
// Ownership:  Readers and Writers may outlive their KafkaLog.
// Durability: what commit() returned is on all in-sync replicas.
// Errors:     retry when no broker answers; invalid when a topic, a partition, a right or a setting is missing. While
//             the leader of a partition is away, Reader::end() is not known. After any error of commit() but invalid
//             and abort the Writer is of no use any more: open a new one.
class KafkaLog final : public Log {
 public:
  enum class Severity : std::uint8_t { error, warning, info, debug };
  using Notice = std::function<void(Severity, const std::string&)>;

  struct Options {
    std::string brokers;  // host:port, comma between several
    // Settings of librdkafka by name (`security.protocol`, `sasl.password`, `compression.type` …). Values of secrets
    // are never in a message.
    std::map<std::string, std::string> settings;
    std::map<std::string, std::string> topic_settings;  // of the topics made here (`retention.ms`, …)
    std::string prefix;                                 // of transactional ids and groups
    std::string writers_topic = "gridloop.writers";     // who opened which Writer; made when missing
    int replication = -1;                               // of the topics made here; -1 = as the broker is set
    Milliseconds transaction_timeout{10000};
    Milliseconds timeout{10000};  // for an answer of a broker, before a call fails
    // Told what a person should know (error), and what librdkafka logs (warning and below), from any thread. Without it
    // nothing is told.
    Notice notice;
  };

  // Connects. Errors: retry when no broker answers, invalid when a setting is refused; the message says which.
  static Result<std::unique_ptr<KafkaLog>> open(Options options);
  ~KafkaLog() override;

  // REQUIRES the right to create topics. The topic keeps its records without limit, unless `topic_settings` say other.
  Result<> create_topic(const TopicSpec& spec) override;
  // The same with settings of this topic alone, by Kafka's names (`retention.ms` …), and with `replication` copies of
  // each partition; nothing = as the Options say. They win over those of the Options.
  struct Placed {
    std::map<std::string, std::string> settings;
    std::optional<int> replication;
  };
  Result<> create_topic(const TopicSpec& spec, const Placed& placed);

  // A topic as the cluster keeps it.
  struct TopicState {
    std::vector<std::vector<std::int32_t>> replicas;  // of each partition: ids of brokers, its preferred leader first
    std::map<std::string, std::string> settings;      // by Kafka's names, as they are in force, defaults included
  };
  // Those of `names` that are there. REQUIRES the right DescribeConfigs on them.
  Result<std::map<std::string, TopicState>> describe_topics(const std::vector<std::string>& names) const;
  // What the cluster calls itself: the same for its life, another one for each cluster.
  Result<std::string> cluster_id() const;
  // The ids of the brokers that are up, ascending.
  Result<std::vector<std::int32_t>> brokers() const;
  // Replaces all settings of a topic that are not the cluster's defaults. REQUIRES the right AlterConfigs on it.
  Result<> alter_topic(const std::string& name, const std::map<std::string, std::string>& settings);
  Result<std::unique_ptr<Copier>> copier();
  // Removes those of `topics` that are there, with all their records. REQUIRES the right to delete topics.
  Result<> delete_topics(const std::vector<std::string>& topics);

  // Nothing also when no broker answers.
  std::optional<TopicSpec> topic(std::string_view name) const override;
  std::vector<TopicSpec> topics() const override;

  // The end is the last stable offset: below it no transaction is open.
  Result<Bounds> bounds(const TopicPartition& at) const override;
  Result<std::unique_ptr<Reader>> reader(const TopicPartition& at, Offset from) override;
  Result<std::unique_ptr<Writer>> writer(const std::string& transactional_id) override;
  Milliseconds visibility_delay() const override;
  Result<std::optional<Offset>> group_offset(const std::string& group, const TopicPartition& at) const override;

  std::uint64_t changes() const override;
  void wait(std::uint64_t seen, Milliseconds timeout) override;

 private:
  explicit KafkaLog(std::shared_ptr<KafkaCluster> cluster);
  std::shared_ptr<KafkaCluster> cluster_;
};

}  // namespace engine
