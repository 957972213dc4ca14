// Appends the records of another log at the offsets that they had there.
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "engine/kafka/cluster.h"

namespace engine {

using kafka::Delivery;
using kafka::error_of;
using kafka::Phase;

namespace {

struct DestroyTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

// An idempotent producer without transactions.
class KafkaCopier final : public Copier {
 public:
  explicit KafkaCopier(std::shared_ptr<KafkaCluster> cluster) : cluster_(std::move(cluster)) {}

  Result<> open() {
    client_ = TRY(cluster_->clients().make_copying_producer());
    return {};
  }

  ~KafkaCopier() override {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client_.get(), cluster_->timeout_ms());  // no report may come after deliveries_ is gone
  }

  Result<> append(const TopicSpec& topic, Partition partition, std::span<const Record> records) override {
    const std::string what = fmt::format("copying to topic {} partition {}", topic.name, partition.value);
    for (const Record& record : records) {
      if (to_ms(record.timestamp) > 0) continue;
      return fail(
          Action::invalid,
          fmt::format("Kafka: {}: the record at offset {} was logged at {} ms, and Kafka takes only times after "
                      "1970-01-01T00:00Z",
                      what, record.offset.value, to_ms(record.timestamp)));
    }
    deliveries_.assign(records.size(), {});
    const std::unique_ptr<rd_kafka_topic_t, DestroyTopic> handle(
        rd_kafka_topic_new(client_.get(), topic.name.c_str(), nullptr));
    if (!handle) return std::unexpected(error_of(rd_kafka_last_error(), Phase::producing, what));
    for (std::size_t i = 0; i < records.size(); ++i) {
      const int code = produce(handle.get(), topic, partition, records[i], deliveries_[i]);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error_of(code, Phase::producing, what));
    }
    while (rd_kafka_outq_len(client_.get()) > 0) rd_kafka_flush(client_.get(), cluster_->timeout_ms());
    for (std::size_t i = 0; i < records.size(); ++i) {
      const Delivery& delivery = deliveries_[i];
      if (delivery.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::unexpected(error_of(delivery.code, Phase::producing, what));
      }
      if (delivery.offset != records[i].offset.value) {
        return fail(Action::invalid, fmt::format("Kafka: {}: the record of offset {} was given {}: somebody else has "
                                                 "written there",
                                                 what, records[i].offset.value, delivery.offset));
      }
    }
    if (!records.empty()) cluster_->appended({topic.name, partition}, records.back().offset + 1);
    return {};
  }

 private:
  int produce(rd_kafka_topic_t* handle, const TopicSpec& topic, Partition partition, const Record& record,
              Delivery& delivery) {
    rd_kafka_headers_t* headers = nullptr;
    if (!record.headers.empty()) {
      const Headers decoded = decode_headers(record.headers);
      headers = rd_kafka_headers_new(decoded.size());
      for (const auto& [name, value] : decoded) {
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
      }
    }
    // As a Writer does: an empty key is none, and an empty value of a compacted topic is a tombstone.
    const void* key = record.key.empty() ? nullptr : record.key.data();
    void* value = record.value.empty() && topic.compacted ? nullptr : const_cast<char*>(record.value.data());
    while (true) {
      const int code = rd_kafka_producev(
          client_.get(), RD_KAFKA_V_RKT(handle), RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(partition.value)),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, record.key.size()),
          RD_KAFKA_V_VALUE(value, record.value.size()), RD_KAFKA_V_OPAQUE(&delivery),
          RD_KAFKA_V_TIMESTAMP(to_ms(record.timestamp)), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        constexpr int kMomentMs = 10;
        rd_kafka_poll(client_.get(), kMomentMs);
        continue;
      }
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR && headers != nullptr) rd_kafka_headers_destroy(headers);  // not taken
      return code;
    }
  }

  std::shared_ptr<KafkaCluster> cluster_;
  std::vector<Delivery> deliveries_;  // of the last records; outlives the client, whose reports point here
  kafka::Client client_;
};

}  // namespace

Result<std::unique_ptr<Copier>> open_kafka_copier(std::shared_ptr<KafkaCluster> cluster) {
  auto copier = std::make_unique<KafkaCopier>(std::move(cluster));
  TRY(copier->open());
  return copier;
}

}  // namespace engine
