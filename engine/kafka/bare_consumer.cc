#include "engine/kafka/bare_consumer.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "engine/kafka/errors.h"
#include "engine/kafka/queue.h"

namespace engine {

namespace {

constexpr int kTimeoutMs = 10'000;

std::unexpected<Error> refused(rd_kafka_resp_err_t code, std::string_view what) {
  return fail(action_of(code, kafka::Phase::querying, {}), fmt::format("Kafka: {}: {}", what, rd_kafka_err2str(code)));
}

}  // namespace

Result<std::unique_ptr<KafkaBareConsumer>> KafkaBareConsumer::open(const Options& options) {
  std::unique_ptr<KafkaBareConsumer> consumer(new KafkaBareConsumer);
  TRY(consumer->start(options));
  return consumer;
}

KafkaBareConsumer::~KafkaBareConsumer() {
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
  if (client_ != nullptr) rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Result<> KafkaBareConsumer::start(const Options& options) {
  constexpr std::size_t kAtOnce = 10'000;
  arrived_.resize(kAtOnce);
  std::map<std::string, std::string> settings = {
      {"fetch.message.max.bytes", "4194304"},
      {"queued.min.messages", "1000000"},
      {"fetch.wait.max.ms", "50"},
  };
  for (const auto& [name, value] : options.settings) settings[name] = value;
  settings["bootstrap.servers"] = options.brokers;
  settings["group.id"] = "gridloop-bare-consumer";  // required by librdkafka; nobody joins it
  settings["enable.auto.commit"] = "false";
  settings["enable.partition.eof"] = "true";
  settings["auto.offset.reset"] = "earliest";
  settings["isolation.level"] = "read_committed";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char reason[512];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof(reason)) == RD_KAFKA_CONF_OK) continue;
    rd_kafka_conf_destroy(conf);
    return fail(Action::invalid, fmt::format("Kafka: the setting {} was refused (its value is not shown)", name));
  }
  client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
  if (client_ == nullptr) {
    rd_kafka_conf_destroy(conf);
    return fail(Action::invalid, fmt::format("Kafka: the settings do not fit: {}", reason));
  }
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(16);
  auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const std::string& name : options.topics) {
    rd_kafka_topic_t* topic = rd_kafka_topic_new(client_, name.c_str(), nullptr);
    const rd_kafka_metadata_t* found = nullptr;
    code = rd_kafka_metadata(client_, 0, topic, &found, kTimeoutMs);
    rd_kafka_topic_destroy(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    code = found->topics[0].err;
    for (std::int32_t p = 0; p < found->topics[0].partition_cnt; ++p) {
      rd_kafka_topic_partition_list_add(list, name.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_metadata_destroy(found);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) break;
  }
  partitions_ = static_cast<std::size_t>(list->cnt);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = rd_kafka_assign(client_, list);
  rd_kafka_topic_partition_list_destroy(list);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return refused(code, "reading topics from " + options.brokers);
  queue_ = rd_kafka_queue_get_consumer(client_);
  return {};
}

Result<bool> KafkaBareConsumer::poll(const OnRecord& on_record, Milliseconds timeout) {
  const std::size_t got = kafka::take(queue_, arrived_, timeout);
  Result<> outcome;
  for (std::size_t i = 0; i < got; ++i) {
    rd_kafka_message_t* message = arrived_[i];
    const auto at = [&] { return std::pair(std::string(rd_kafka_topic_name(message->rkt)), message->partition); };
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!ended_.empty()) ended_.erase(at());
      on_record(rd_kafka_topic_name(message->rkt), {static_cast<const char*>(message->key), message->key_len},
                {static_cast<const char*>(message->payload), message->len});
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ended_.insert(at());
    } else if (outcome) {
      outcome = refused(message->err, "reading");
    }
    rd_kafka_message_destroy(message);
  }
  TRY(std::move(outcome));
  return ended_.size() == partitions_;
}

}  // namespace engine
