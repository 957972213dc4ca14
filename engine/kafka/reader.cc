#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "engine/kafka/cluster.h"
#include "engine/kafka/queue.h"

namespace engine {

using kafka::error_of;
using kafka::Phase;

namespace {

// Reads one partition by a queue of its own.
//
// Kafka tells where the records of a partition end in three ways: the last stable offset (asked for now and then), the
// offset of the last record that arrived, and the end-of-partition event, which comes after fetch.wait.max.ms. Between
// the last record and the last stable offset lie the control records of transactions. A reader that took the last
// stable offset for the end of the records would have to wait for the event after every transaction. So:
//
//   end()   one past the last record that is known to be there, when only a few offsets follow it (kControlRecords) or
//           the event has told that nothing does; else the last stable offset, once records below it have arrived. So
//           one who reads up to end() always finds a record, and never control records alone. An error counts as a
//           record, as read() tells it
//   read()  waits for what lies below the last stable offset: for records, or for the event, which moves position()
//           past the control records
//
// Invariants: offsets only grow; what lies below position() was returned or is no record.
class KafkaReader final : public Reader {
 public:
  KafkaReader(std::shared_ptr<KafkaCluster> cluster, TopicPartition at, Offset from)
      : cluster_(std::move(cluster)), at_(std::move(at)), position_(from.value), records_end_(from.value) {
    tracked_ = cluster_->track(at_);
  }

  Result<> start(Offset stable_end) {
    stable_end_ = stable_end.value;
    arrived_ = position_ >= stable_end_;
    const auto [consumer, topic] = TRY(cluster_->take_consumer(at_));
    consumer_ = consumer;
    topic_ = topic;
    queue_ = rd_kafka_queue_new(consumer_->client.get());
    rd_kafka_queue_cb_event_enable(
        queue_, [](rd_kafka_t*, void* cluster) { static_cast<KafkaCluster*>(cluster)->changed(); }, cluster_.get());
    if (rd_kafka_consume_start_queue(topic_, partition(), position_, queue_) != 0) {
      return std::unexpected(error_of(rd_kafka_last_error(), Phase::querying, what()));
    }
    started_ = true;
    return {};
  }

  ~KafkaReader() override {
    if (started_) rd_kafka_consume_stop(topic_, partition());
    for (; next_ < waiting_.size(); ++next_) rd_kafka_message_destroy(waiting_[next_]);
    if (queue_ != nullptr) {
      rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
      rd_kafka_queue_destroy(queue_);
    }
    if (consumer_ != nullptr) cluster_->give_back(consumer_, at_);
  }
  KafkaReader(const KafkaReader&) = delete;
  KafkaReader& operator=(const KafkaReader&) = delete;

  Result<> read(Batch& batch, std::size_t max_bytes) override {
    TRY(cluster_->topics().check_unchanged());
    if (next_ == waiting_.size()) {
      take(Milliseconds(0));
      update_ends();
      const auto until = std::chrono::steady_clock::now() + cluster_->options().timeout;
      while (next_ == waiting_.size() && !error_ && position_ < stable_end_ && event_at_ < stable_end_) {
        constexpr Milliseconds kMoment{100};
        if (std::chrono::steady_clock::now() > until) {
          return fail(Action::retry, fmt::format("Kafka: {}: offset {} did not arrive within {} ms, though records up "
                                                 "to {} are there; is the broker running?",
                                                 what(), position_, cluster_->timeout_ms(), stable_end_));
        }
        take(kMoment);
        update_ends();
      }
    }
    if (next_ == waiting_.size()) {
      if (error_) return std::unexpected(*error_);
      position_ = std::max(position_, event_at_);
      return {};
    }
    deliver(batch, max_bytes);
    return {};
  }

  Offset position() const override { return Offset{position_}; }

  std::optional<Offset> end() override {
    take(Milliseconds(0));
    update_ends();
    if (error_ && next_ == waiting_.size()) return Offset{position_ + 1};
    if (!tracked_->led || !arrived_) return std::nullopt;
    const std::int64_t records_end = std::max(records_end_, tracked_->records_end.load());
    constexpr std::int64_t kControlRecords = 16;
    const bool nothing_follows = event_at_ >= stable_end_ || stable_end_ - records_end <= kControlRecords;
    if (nothing_follows) return Offset{std::max(position_, records_end)};
    if (next_ == waiting_.size()) return std::nullopt;
    return Offset{stable_end_};
  }

 private:
  std::int32_t partition() const { return static_cast<std::int32_t>(at_.partition.value); }
  std::string what() const { return fmt::format("reading topic {} partition {}", at_.topic, at_.partition.value); }

  void update_ends() {
    stable_end_ = std::max({stable_end_, tracked_->stable_end.load(), tracked_->records_end.load()});
  }

  // Takes what has arrived, when all that was taken before is delivered.
  void take(Milliseconds timeout) {
    constexpr std::size_t kAtOnce = 4096;
    if (next_ < waiting_.size() || error_) return;
    waiting_.clear();
    next_ = 0;
    got_.resize(kAtOnce);
    const std::size_t got = kafka::take(queue_, got_, timeout);
    for (std::size_t i = 0; i < got; ++i) {
      rd_kafka_message_t* message = got_[i];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= records_end_) {
        records_end_ = message->offset + 1;
        arrived_ = true;
        waiting_.push_back(message);
        continue;
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) receive(*message);
      rd_kafka_message_destroy(message);
    }
    stable_end_ = std::max(stable_end_, records_end_);
  }

  void receive(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      event_at_ = std::max(event_at_, message.offset);
      stable_end_ = std::max(stable_end_, message.offset);
      arrived_ = true;
      return;
    }
    Error error = error_of(message.err, Phase::querying, fmt::format("{} at offset {}", what(), records_end_), {},
                           rd_kafka_message_errstr(&message));
    if (error.action != Action::retry) error_ = std::move(error);  // librdkafka tries again by itself
  }

  // Copies records into one string per call: their bytes live as long as the Batch, and padding follows the last.
  void deliver(Batch& batch, std::size_t max_bytes) {
    std::size_t until = next_;
    std::size_t bytes = 0;
    header_bytes_.clear();
    while (until < waiting_.size() && (until == next_ || bytes < max_bytes)) {
      const rd_kafka_message_t& message = *waiting_[until++];
      header_bytes_.push_back(headers_of(message));
      bytes += message.key_len + message.len + header_bytes_.back().size();
    }
    std::string arena;
    arena.reserve(bytes + 64);
    for (std::size_t i = next_; i < until; ++i) {
      const rd_kafka_message_t& message = *waiting_[i];
      arena.append(static_cast<const char*>(message.key), message.key_len);
      arena.append(header_bytes_[i - next_]);
      arena.append(static_cast<const char*>(message.payload), message.len);
    }
    std::string_view rest = batch.hold(std::move(arena));
    const auto cut = [&](std::size_t size) {
      const std::string_view piece = rest.substr(0, size);
      rest.remove_prefix(size);
      return piece;
    };
    for (std::size_t i = next_; i < until; ++i) {
      rd_kafka_message_t* message = waiting_[i];
      rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
      Record record{.offset = Offset{message->offset},
                    .timestamp = instant(rd_kafka_message_timestamp(message, &kind)),
                    .key = cut(message->key_len),
                    .value = {},
                    .headers = cut(header_bytes_[i - next_].size())};
      record.value = cut(message->len);
      batch.add(record);
      position_ = message->offset + 1;
      rd_kafka_message_destroy(message);
    }
    next_ = until;
  }

  static std::string headers_of(const rd_kafka_message_t& message) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    Headers all;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      all.emplace_back(name, value == nullptr ? std::string() : std::string(static_cast<const char*>(value), size));
    }
    return encode_headers(all);
  }

  std::shared_ptr<KafkaCluster> cluster_;
  TopicPartition at_;
  std::shared_ptr<kafka::TrackedPartition> tracked_;
  kafka::Consumer* consumer_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
  rd_kafka_queue_t* queue_ = nullptr;
  bool started_ = false;
  std::vector<rd_kafka_message_t*> got_;      // room for what librdkafka gives at once
  std::vector<rd_kafka_message_t*> waiting_;  // records that arrived; those before next_ are delivered
  std::size_t next_ = 0;
  std::vector<std::string> header_bytes_;
  std::int64_t position_;
  std::int64_t records_end_;     // one past the last record that arrived
  std::int64_t stable_end_ = 0;  // the greatest last stable offset heard of
  std::int64_t event_at_ = -1;   // of the last end-of-partition event
  bool arrived_ = false;         // anything was heard from the partition
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<Reader>> open_kafka_reader(std::shared_ptr<KafkaCluster> cluster, const TopicPartition& at,
                                                  Offset from) {
  const Bounds range = TRY(cluster->bounds(at));
  if (from < range.begin || from > range.end) {
    return fail(Action::invalid, fmt::format("Kafka: topic {} partition {} holds offsets [{}, {}), not {}", at.topic,
                                             at.partition.value, range.begin.value, range.end.value, from.value));
  }
  auto reader = std::make_unique<KafkaReader>(std::move(cluster), at, from);
  TRY(reader->start(range.end));
  return reader;
}

}  // namespace engine
