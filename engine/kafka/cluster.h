#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/kafka/clients.h"
#include "engine/kafka/errors.h"
#include "engine/kafka/group_offsets.h"
#include "engine/kafka/kafka_log.h"
#include "engine/kafka/reachability.h"
#include "engine/kafka/topic_registry.h"
#include "engine/mutex.h"

// librdkafka's own names, so that its header stays out of ours.
struct rd_kafka_s;
struct rd_kafka_topic_s;

namespace engine {

namespace kafka {

// What is known of a partition that a Reader reads, beside its queue.
struct TrackedPartition {
  TopicPartition at;
  std::atomic<std::int64_t> stable_end{-1};  // the last stable offset, when last queried
  std::atomic<std::int64_t> records_end{0};  // below it are records that this process has appended
  std::atomic<bool> led{true};               // its leader answers
};

// A consumer that several Readers of different partitions share.
struct Consumer {
  Client client;
  std::map<std::string, rd_kafka_topic_s*> topics;
  std::set<TopicPartition> in_use;
  ~Consumer();
};

}  // namespace kafka

// What the Readers and Writers of a KafkaLog share: the clients, the topics, the offsets of groups, and the thread that
// tracks the ends of the partitions that are read.
//
// Threads: any.
class KafkaCluster {
 public:
  explicit KafkaCluster(KafkaLog::Options options) : options_(std::move(options)) {}
  ~KafkaCluster();

  // Connects and starts to track.
  Result<> open();

  const KafkaLog::Options& options() const { return options_; }
  int timeout_ms() const { return static_cast<int>(options_.timeout.count()); }
  const kafka::ClientFactory& clients() const { return clients_; }
  kafka::TopicRegistry& topics() { return topics_; }
  kafka::GroupOffsets& groups() { return groups_; }

  Result<std::string> id();
  // Makes the topic and waits until its leaders answer.
  Result<> create_topic(const TopicSpec& spec, const KafkaLog::Placed& placed);
  Result<> delete_topics(const std::vector<std::string>& topics) GRIDLOOP_EXCLUDES(mutex_);
  Result<Bounds> bounds(const TopicPartition& at) GRIDLOOP_EXCLUDES(mutex_);
  // What the group has moved to is committed first.
  Result<std::optional<Offset>> group_offset(const std::string& group, const TopicPartition& at);

  // A consumer on which nobody reads `at`, and its topic; to be given back.
  Result<std::pair<kafka::Consumer*, rd_kafka_topic_s*>> take_consumer(const TopicPartition& at)
      GRIDLOOP_EXCLUDES(mutex_);
  void give_back(kafka::Consumer* consumer, const TopicPartition& at) GRIDLOOP_EXCLUDES(mutex_);

  std::shared_ptr<kafka::TrackedPartition> track(const TopicPartition& at) GRIDLOOP_EXCLUDES(mutex_);
  // Records below `end` were appended by this process. Kafka makes them readable a little after it has acknowledged
  // their transaction; bounds() and Readers of this process wait for them.
  void appended(const TopicPartition& at, Offset end) GRIDLOOP_EXCLUDES(mutex_);

  std::uint64_t changes() const;
  void wait(std::uint64_t seen, Milliseconds timeout);
  void changed();

 private:
  // Waits for the first answer of a broker.
  // Errors: retry when none comes; invalid when the login or the handshake is refused.
  Result<> await_answer();
  void track_loop();
  void refresh_ends();
  // Those of `read`, which `client` reads; sets `grew` when anything has changed. Returns those without a leader.
  static std::vector<TopicPartition> refresh_ends(rd_kafka_s* client,
                                                  const std::vector<std::shared_ptr<kafka::TrackedPartition>>& read,
                                                  bool& grew);
  // Refreshes the leaders of partitions. A client that reads nothing does not notice for minutes that a leader has died;
  // its requests to the dead one fail until then.
  static void learn_leaders(rd_kafka_s* client);
  Result<Offset> query_offset(const TopicPartition& at, std::int64_t which);
  Result<Bounds> query_bounds(const TopicPartition& at);

  KafkaLog::Options options_;
  kafka::Reachability reachability_;
  kafka::ClientFactory clients_{options_, reachability_};
  kafka::Client metadata_client_;  // for metadata and administration; it reads no records
  kafka::TopicRegistry topics_{options_};
  kafka::GroupOffsets groups_{clients_};

  // librdkafka reports a change while it holds locks of its own, so librdkafka is never called under this mutex; clients
  // are made and polled under the other one.
  mutable Mutex changes_mutex_;
  Condition changed_;
  std::uint64_t changes_ GRIDLOOP_GUARDED_BY(changes_mutex_) = 0;

  Mutex mutex_;
  Condition closing_wakes_;
  std::atomic<bool> closing_ = false;
  std::vector<std::unique_ptr<kafka::Consumer>> consumers_ GRIDLOOP_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<kafka::TrackedPartition>> tracked_ GRIDLOOP_GUARDED_BY(mutex_);
  std::map<TopicPartition, Offset> appended_ GRIDLOOP_GUARDED_BY(mutex_);
  struct Begin {
    Offset offset;
    std::chrono::steady_clock::time_point queried;
  };
  std::map<TopicPartition, Begin> begins_ GRIDLOOP_GUARDED_BY(mutex_);
  std::jthread tracker_;
};

// Appends a record to the writers' topic to learn the epoch. See KafkaLog.
Result<std::unique_ptr<Writer>> open_kafka_writer(std::shared_ptr<KafkaCluster> cluster, const std::string& id);
Result<std::unique_ptr<Copier>> open_kafka_copier(std::shared_ptr<KafkaCluster> cluster);
Result<std::unique_ptr<Reader>> open_kafka_reader(std::shared_ptr<KafkaCluster> cluster, const TopicPartition& at,
                                                  Offset from);

}  // namespace engine
