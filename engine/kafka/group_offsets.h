#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/kafka/clients.h"
#include "engine/mutex.h"

// librdkafka's own names, so that its header stays out of ours.
struct rd_kafka_queue_s;

namespace engine::kafka {

// Commits the offsets of one group. Closing a client before the brokers have answered blocks until they do (librdkafka
// issue 3740), so such a client is leaked instead. It therefore has no pointer to the KafkaCluster.
struct GroupOffsetCommitter {
  Client client;
  rd_kafka_queue_s* answers = nullptr;
  bool waits = false;  // for an answer

  GroupOffsetCommitter() = default;
  ~GroupOffsetCommitter();
  GroupOffsetCommitter(const GroupOffsetCommitter&) = delete;
  GroupOffsetCommitter& operator=(const GroupOffsetCommitter&) = delete;
};

// How far groups have read, apart from the transactions: for lag tools only, nothing resumes from these offsets.
//
// Threads: any.
class GroupOffsets {
 public:
  explicit GroupOffsets(const ClientFactory& clients) : clients_(clients) {}

  // The group has read up to `positions`; the next commit() says so.
  void move(const std::string& group, const std::vector<GroupOffset>& positions) GRIDLOOP_EXCLUDES(mutex_);
  // Commits to the brokers what has moved. What could not be committed is kept for the next time.
  Result<> commit() GRIDLOOP_EXCLUDES(mutex_);
  // The offset that the brokers have for the group, by a client that is connected.
  Result<std::optional<Offset>> query(rd_kafka_s* client, const std::string& group, const TopicPartition& at) const;

 private:
  Result<> commit_group(const std::string& group, const std::map<TopicPartition, Offset>& positions)
      GRIDLOOP_REQUIRES(committing_);
  int timeout_ms() const { return static_cast<int>(clients_.options().timeout.count()); }

  const ClientFactory& clients_;
  Mutex mutex_;
  // By group: not committed to the brokers yet.
  std::map<std::string, std::map<TopicPartition, Offset>> moved_ GRIDLOOP_GUARDED_BY(mutex_);
  Mutex committing_;                                                                         // taken before mutex_
  std::map<std::string, GroupOffsetCommitter> committers_ GRIDLOOP_GUARDED_BY(committing_);  // made when first needed
  // The end of the last try.
  std::optional<std::chrono::steady_clock::time_point> committed_at_ GRIDLOOP_GUARDED_BY(committing_);
};

}  // namespace engine::kafka
