// Where the partitions of a KafkaCluster end: queries, and the thread that tracks those that are read.

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "engine/kafka/admin_calls.h"
#include "engine/kafka/cluster.h"

namespace engine {

using kafka::error_of;
using kafka::Owned;
using kafka::Phase;

namespace {
constexpr Milliseconds kTrackEvery{200};
}

void KafkaCluster::track_loop() {
  constexpr int kCommitGroupsEvery = 5;  // rounds
  constexpr int kCheckTopicsEvery = 25;
  int round = 0;
  bool refused = false;
  MutexLock lock(mutex_);
  while (!closing_) {
    closing_wakes_.wait_for(lock, kTrackEvery, [&] { return closing_.load(); });
    if (closing_) return;
    lock.unlock();
    refresh_ends();
    if (closing_) return;
    if (++round % kCommitGroupsEvery == 0) {
      const auto committed = groups_.commit();
      if (!committed && committed.error().action == Action::invalid && !refused && options_.notice) {
        options_.notice(KafkaLog::Severity::error,
                        committed.error().message + "; tools that show lags lack these offsets");
        refused = true;
      }
    }
    if (round % kCheckTopicsEvery == 0) topics_.check();
    lock.lock();
  }
}

// Asks for the ends of all partitions that are read. A partition that gives none has no leader.
//
// They are asked for by the clients that read them: a question wakes their fetchers, which do not notice by themselves
// that a full queue has been emptied (librdkafka 2.0.2 looks once a second).
void KafkaCluster::refresh_ends() {
  std::vector<std::pair<rd_kafka_t*, std::vector<std::shared_ptr<kafka::TrackedPartition>>>> by_client;
  {
    const MutexLock lock(mutex_);
    for (const auto& consumer : consumers_) {
      rd_kafka_poll(consumer->client.get(), 0);
      auto& read =
          by_client.emplace_back(consumer->client.get(), std::vector<std::shared_ptr<kafka::TrackedPartition>>())
              .second;
      for (const auto& one : tracked_) {
        auto known = one.lock();
        if (known && consumer->in_use.contains(known->at)) read.push_back(std::move(known));
      }
    }
  }
  rd_kafka_poll(metadata_client_.get(), 0);
  std::size_t queried = 0;
  std::size_t silent = 0;
  std::optional<TopicPartition> silent_one;
  bool grew = false;
  for (const auto& [client, read] : by_client) {
    if (read.empty()) continue;
    if (closing_) return;  // each may wait for a broker that is away
    const auto without_leader = refresh_ends(client, read, grew);
    if (!without_leader.empty()) silent_one = without_leader.front();
    silent += without_leader.size();
    queried += read.size();
  }
  if (queried == 0) return;
  std::optional<std::string> who;
  if (silent == queried) {
    who = options_.brokers;
  } else if (silent_one) {
    who = fmt::format("the leaders of {} partitions (topic {} partition {} is one of them)", silent, silent_one->topic,
                      silent_one->partition.value);
  }
  const auto news = reachability_.update(who, std::chrono::steady_clock::now());
  if (news && options_.notice) options_.notice(KafkaLog::Severity::error, *news);
  if (grew) changed();
}

std::vector<TopicPartition> KafkaCluster::refresh_ends(
    rd_kafka_t* client, const std::vector<std::shared_ptr<kafka::TrackedPartition>>& read, bool& grew) {
  constexpr int kTimeoutMs = 1000;
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(static_cast<int>(read.size()));
  for (const auto& one : read) {
    // "The first offset at the time END" is the last stable one, for a read_committed client.
    rd_kafka_topic_partition_list_add(list, one->at.topic.c_str(), static_cast<std::int32_t>(one->at.partition.value))
        ->offset = RD_KAFKA_OFFSET_END;
  }
  const bool answered = rd_kafka_offsets_for_times(client, list, kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR;
  std::vector<TopicPartition> silent;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const auto& got = list->elems[i];
    const bool led = answered && got.err == RD_KAFKA_RESP_ERR_NO_ERROR && got.offset >= 0;
    if (!led) silent.push_back(read[i]->at);
    grew = grew || read[i]->led.exchange(led) != led;
    if (led && got.offset > read[i]->stable_end.exchange(got.offset)) grew = true;
  }
  rd_kafka_topic_partition_list_destroy(list);
  if (!silent.empty()) learn_leaders(client);
  return silent;
}

Result<Bounds> KafkaCluster::bounds(const TopicPartition& at) {
  TRY(topics_.find_partition(at));
  Offset own{0};
  {
    const MutexLock lock(mutex_);
    if (const auto known = appended_.find(at); known != appended_.end()) own = known->second;
  }
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  while (true) {
    const Bounds found = TRY(query_bounds(at));
    if (found.end >= own) return found;
    if (std::chrono::steady_clock::now() > until) {
      return fail(Action::retry,
                  fmt::format("Kafka: topic {} partition {}: what was appended up to {} is readable up to "
                              "{} only: another transaction has been open for long",
                              at.topic, at.partition.value, own.value, found.end.value));
    }
  }
}

void KafkaCluster::learn_leaders(rd_kafka_t* client) {
  constexpr int kTimeoutMs = 1000;
  const rd_kafka_metadata_t* found = nullptr;
  const auto code = rd_kafka_metadata(client, 1, nullptr, &found, kTimeoutMs);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(found);
}

// Not by rd_kafka_query_watermark_offsets(), which knows no timeout once its request waits for a leader that is away.
Result<Offset> KafkaCluster::query_offset(const TopicPartition& at, std::int64_t which) {
  Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> list(
      rd_kafka_topic_partition_list_new(1));
  auto* asked =
      rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), static_cast<std::int32_t>(at.partition.value));
  asked->offset = which;
  auto code = rd_kafka_offsets_for_times(metadata_client_.get(), list.get(), timeout_ms());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[0].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    learn_leaders(metadata_client_.get());
    return std::unexpected(
        error_of(code, Phase::querying,
                 fmt::format("asking for the ends of topic {} partition {}", at.topic, at.partition.value)));
  }
  return Offset{list->elems[0].offset};
}

// The begin is queried seldom: it rarely moves, and a Reader that starts before it gets an error.
Result<Bounds> KafkaCluster::query_bounds(const TopicPartition& at) {
  constexpr auto kFresh = std::chrono::seconds(5);
  std::optional<Offset> begin;
  const auto now = std::chrono::steady_clock::now();
  {
    const MutexLock lock(mutex_);
    const auto known = begins_.find(at);
    if (known != begins_.end() && now - known->second.queried < kFresh) begin = known->second.offset;
  }
  if (!begin) {
    begin = TRY(query_offset(at, RD_KAFKA_OFFSET_BEGINNING));
    const MutexLock lock(mutex_);
    begins_[at] = {*begin, now};
  }
  return Bounds{*begin, TRY(query_offset(at, RD_KAFKA_OFFSET_END))};
}

}  // namespace engine
