#include "engine/kafka/group_offsets.h"

#include <algorithm>
#include <mutex>

#include "engine/kafka/admin_calls.h"

namespace engine::kafka {

GroupOffsetCommitter::~GroupOffsetCommitter() {
  if (waits) {
    // Kept where a search for leaks finds them.
    static std::mutex mutex;
    static auto& left_alone = *new std::vector<std::pair<rd_kafka_t*, rd_kafka_queue_t*>>();
    const std::scoped_lock lock(mutex);
    left_alone.emplace_back(client.release(), answers);
  } else if (answers != nullptr) {
    rd_kafka_queue_destroy(answers);
  }
}

void GroupOffsets::move(const std::string& group, const std::vector<GroupOffset>& positions) {
  if (positions.empty()) return;
  const MutexLock lock(mutex_);
  auto& moved = moved_[clients_.options().prefix + group];
  for (const GroupOffset& position : positions) moved[position.at] = position.next_offset;
}

Result<> GroupOffsets::commit() {
  // A process that slept may have been replaced meanwhile: its offsets are old then, and the new owner has committed
  // newer ones.
  constexpr auto kAsleep = std::chrono::seconds(4);
  const MutexLock committing(committing_);
  const bool slept = committed_at_ && std::chrono::steady_clock::now() - *committed_at_ > kAsleep;
  std::map<std::string, std::map<TopicPartition, Offset>> moved;
  {
    const MutexLock lock(mutex_);
    moved.swap(moved_);
  }
  Result<> committed;
  for (const auto& [group, positions] : moved) {
    if (slept) break;
    if (committed) committed = commit_group(group, positions);
    if (committed) continue;
    const MutexLock lock(mutex_);
    moved_[group].insert(positions.begin(), positions.end());  // but newer ones stay
  }
  committed_at_ = std::chrono::steady_clock::now();
  return committed;
}

// By a consumer that belongs to the group without being a member, as the brokers allow while nobody is. Not by
// rd_kafka_send_offsets_to_transaction(), which can wait for ever: it does not look at its timeout while the
// coordinator of the group is not connected (librdkafka issue 5456). Nor by the admin call, which was seen to abort the
// process when a broker went away (an assertion on its reference counter). Nothing resumes from these offsets.
Result<> GroupOffsets::commit_group(const std::string& group, const std::map<TopicPartition, Offset>& positions) {
  const std::string what = "committing the offsets of group " + group;
  constexpr int kMomentMs = 500;  // ends are not followed meanwhile
  GroupOffsetCommitter& committer = committers_[group];
  if (!committer.client) {
    committer.client = TRY(clients_.make_group_client(group));
    committer.answers = rd_kafka_queue_new(committer.client.get());
  }
  const auto receive = [&]() -> Result<> {
    const Event event(rd_kafka_queue_poll(committer.answers, std::min(timeout_ms(), kMomentMs)));
    committer.waits = !event;
    auto code = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    // librdkafka reports to the poller why the group's coordinator is not found.
    while (rd_kafka_message_t* message = rd_kafka_consumer_poll(committer.client.get(), 0)) {
      if (!event) code = message->err;
      rd_kafka_message_destroy(message);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, Phase::querying, what));
    return {};
  };
  if (committer.waits) {
    const auto late = receive();  // to the previous commit
    if (committer.waits) return late;
  }
  rd_kafka_poll(committer.client.get(), 0);
  Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const auto& [at, offset] : positions) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), static_cast<std::int32_t>(at.partition.value))
        ->offset = offset.value;
  }
  if (const auto code = rd_kafka_commit_queue(committer.client.get(), list.get(), committer.answers, nullptr, nullptr);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(error_of(code, Phase::querying, what));
  }
  return receive();
}

Result<std::optional<Offset>> GroupOffsets::query(rd_kafka_s* client, const std::string& group,
                                                  const TopicPartition& at) const {
  const std::string name = clients_.options().prefix + group;
  const std::string what = "reading the offsets of group " + name;
  Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> list(
      rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), static_cast<std::int32_t>(at.partition.value));
  Owned<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy> wanted(
      rd_kafka_ListConsumerGroupOffsets_new(name.c_str(), list.get()));
  const auto event = TRY(answer(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, timeout_ms(), what,
                                [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                  // Those of a transaction that is not ended yet are waited for.
                                  if (auto* refused = rd_kafka_AdminOptions_set_require_stable_offsets(options, 1)) {
                                    rd_kafka_error_destroy(refused);
                                  }
                                  rd_kafka_ListConsumerGroupOffsets_t* one = wanted.get();
                                  rd_kafka_ListConsumerGroupOffsets(client, &one, 1, options, queue);
                                }));
  std::size_t count = 0;
  const auto* groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto* error = rd_kafka_group_result_error(groups[i])) {
      return std::unexpected(error_of(rd_kafka_error_code(error), Phase::querying, what));
    }
    const auto* offsets = rd_kafka_group_result_partitions(groups[i]);
    for (int j = 0; offsets != nullptr && j < offsets->cnt; ++j) {
      const auto& got = offsets->elems[j];
      if (got.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(got.err, Phase::querying, what));
      if (got.offset >= 0) return Offset{got.offset};
    }
  }
  return std::nullopt;
}

}  // namespace engine::kafka
