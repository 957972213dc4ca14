#include "engine/kafka/kafka_log.h"

#include <algorithm>

#include "engine/kafka/cluster.h"

namespace engine {

KafkaLog::KafkaLog(std::shared_ptr<KafkaCluster> cluster) : cluster_(std::move(cluster)) {}

KafkaLog::~KafkaLog() = default;

Result<std::unique_ptr<KafkaLog>> KafkaLog::open(Options options) {
  auto cluster = std::make_shared<KafkaCluster>(std::move(options));
  TRY(cluster->open());
  return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(cluster)));
}

Result<> KafkaLog::create_topic(const TopicSpec& spec) {
  return cluster_->create_topic(spec, {});
}

Result<> KafkaLog::create_topic(const TopicSpec& spec, const Placed& placed) {
  return cluster_->create_topic(spec, placed);
}

Result<std::map<std::string, KafkaLog::TopicState>> KafkaLog::describe_topics(
    const std::vector<std::string>& names) const {
  return cluster_->topics().describe(names);
}

Result<std::string> KafkaLog::cluster_id() const {
  return cluster_->id();
}

Result<std::vector<std::int32_t>> KafkaLog::brokers() const {
  return cluster_->topics().brokers();
}

Result<> KafkaLog::alter_topic(const std::string& name, const std::map<std::string, std::string>& settings) {
  return cluster_->topics().alter(name, settings);
}

Result<std::unique_ptr<Copier>> KafkaLog::copier() {
  return open_kafka_copier(cluster_);
}

Result<> KafkaLog::delete_topics(const std::vector<std::string>& topics) {
  return cluster_->delete_topics(topics);
}

std::optional<TopicSpec> KafkaLog::topic(std::string_view name) const {
  auto found = cluster_->topics().find(std::string(name));
  if (!found) return std::nullopt;
  return std::move(*found);
}

std::vector<TopicSpec> KafkaLog::topics() const {
  return cluster_->topics().list().value_or(std::vector<TopicSpec>{});
}

Result<Bounds> KafkaLog::bounds(const TopicPartition& at) const {
  return cluster_->bounds(at);
}

Result<std::unique_ptr<Reader>> KafkaLog::reader(const TopicPartition& at, Offset from) {
  return open_kafka_reader(cluster_, at, from);
}

Result<std::unique_ptr<Writer>> KafkaLog::writer(const std::string& transactional_id) {
  return open_kafka_writer(cluster_, transactional_id);
}

Milliseconds KafkaLog::visibility_delay() const {
  return cluster_->options().transaction_timeout + cluster_->options().timeout;
}

Result<std::optional<Offset>> KafkaLog::group_offset(const std::string& group, const TopicPartition& at) const {
  return cluster_->group_offset(group, at);
}

std::uint64_t KafkaLog::changes() const {
  return cluster_->changes();
}

void KafkaLog::wait(std::uint64_t seen, Milliseconds timeout) {
  cluster_->wait(seen, timeout);
}

}  // namespace engine
