#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/kafka/kafka_log.h"
#include "engine/mutex.h"

// librdkafka's own name, so that its header stays out of ours.
struct rd_kafka_s;

namespace engine::kafka {

// The topics of a cluster: what is known of them, how they are made, changed and deleted, and whether one has changed
// since this process has used it.
//
// Threads: any.
class TopicRegistry {
 public:
  // REQUIRES: `options` outlives this object.
  explicit TopicRegistry(const KafkaLog::Options& options) : options_(options) {}
  // The client by which all requests go. REQUIRES: called once, before anything else; the client outlives this object's
  // use.
  void connect(rd_kafka_s* client) { client_ = client; }

  // All topics but the cluster's internal ones, sorted by name.
  Result<std::vector<TopicSpec>> list() GRIDLOOP_EXCLUDES(mutex_);
  // Errors: invalid when there is no such topic. What is known of it may be some time old.
  Result<TopicSpec> find(const std::string& name) GRIDLOOP_EXCLUDES(mutex_);
  Result<TopicSpec> find_partition(const TopicPartition& at) GRIDLOOP_EXCLUDES(mutex_);
  // Returns whether it was made now; false when it was there. Its leaders may not answer yet.
  // Errors: invalid when it is there with another number of partitions.
  Result<bool> create(const TopicSpec& spec, const KafkaLog::Placed& placed);
  // Whether the cluster shows it by now. Errors: as create().
  Result<bool> has(const TopicSpec& spec);
  Result<> alter(const std::string& name, const std::map<std::string, std::string>& settings) GRIDLOOP_EXCLUDES(mutex_);
  Result<> remove(const std::vector<std::string>& topics) GRIDLOOP_EXCLUDES(mutex_);
  Result<std::map<std::string, KafkaLog::TopicState>> describe(const std::vector<std::string>& names)
      GRIDLOOP_EXCLUDES(mutex_);
  Result<std::vector<std::int32_t>> brokers();

  // Compares the topics that are known with those of the cluster.
  void check() GRIDLOOP_EXCLUDES(mutex_);
  // Fails once a check has found that one has grown or is gone.
  Result<> check_unchanged() const;

 private:
  int timeout_ms() const { return static_cast<int>(options_.timeout.count()); }
  // All topics but internal ones, without their settings.
  Result<std::map<std::string, KafkaLog::TopicState>> placements();
  Result<std::map<std::string, std::uint32_t>> partition_counts();
  // Fills in the settings of all `topics`.
  Result<> read_settings(std::map<std::string, KafkaLog::TopicState>& topics);
  Result<> fill_in(std::vector<TopicSpec>& specs);

  const KafkaLog::Options& options_;
  rd_kafka_s* client_ = nullptr;
  Mutex mutex_;
  std::map<std::string, TopicSpec, std::less<>> specs_ GRIDLOOP_GUARDED_BY(mutex_);
  std::map<std::string, int> missed_ GRIDLOOP_GUARDED_BY(mutex_);  // checks in a row at which a topic was not there
  std::atomic<bool> changed_topic_{false};
  std::optional<Error> topic_change_;  // set once, before `changed_topic_`
};

}  // namespace engine::kafka
