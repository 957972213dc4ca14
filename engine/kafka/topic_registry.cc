#include "engine/kafka/topic_registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/kafka/admin_calls.h"

namespace engine::kafka {

namespace {

struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* found) const { rd_kafka_metadata_destroy(found); }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

// The brokers that are up, and all topics.
Result<Metadata> metadata(rd_kafka_t* client, const KafkaLog::Options& options) {
  const int timeout_ms = static_cast<int>(options.timeout.count());
  const rd_kafka_metadata_t* found = nullptr;
  const auto code = rd_kafka_metadata(client, 1, nullptr, &found, timeout_ms);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Metadata(found);
  return std::unexpected(
      error_of(code, Phase::querying, fmt::format("no answer from {} within {} ms", options.brokers, timeout_ms)));
}

std::unexpected<Error> no_partition(const TopicPartition& at) {
  return fail(Action::invalid,
              fmt::format("Kafka: there is no topic {} with a partition {}", at.topic, at.partition.value));
}

void apply_settings(const std::map<std::string, std::string>& settings, TopicSpec& spec) {
  const auto is = [&](const char* name, std::string_view part) {
    const auto found = settings.find(name);
    return found != settings.end() && found->second.find(part) != std::string::npos;
  };
  spec.compacted = is("cleanup.policy", "compact");
  spec.timestamps = is("message.timestamp.type", "CreateTime") ? TimestampKind::create : TimestampKind::log_append;
}

// Errors: invalid when a topic that is there has another number of partitions.
Result<> require_partitions(const TopicSpec& spec, std::uint32_t partitions) {
  if (partitions == spec.partitions) return {};
  return fail(Action::invalid,
              fmt::format("topic {} has {} partitions, not {}: the number of partitions is chosen when "
                          "the topic is made",
                          spec.name, partitions, spec.partitions));
}

}  // namespace

Result<std::map<std::string, KafkaLog::TopicState>> TopicRegistry::placements() {
  const Metadata found = TRY(metadata(client_, options_));
  std::map<std::string, KafkaLog::TopicState> topics;
  for (int i = 0; i < found->topic_cnt; ++i) {
    const rd_kafka_metadata_topic& topic = found->topics[i];
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR && topic.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) continue;
    if (std::string_view(topic.topic).starts_with("__")) continue;
    auto& replicas = topics[topic.topic].replicas;
    for (int p = 0; p < topic.partition_cnt; ++p) {
      const rd_kafka_metadata_partition& partition = topic.partitions[p];
      replicas.emplace_back(partition.replicas, partition.replicas + partition.replica_cnt);
    }
  }
  return topics;
}

Result<std::vector<std::int32_t>> TopicRegistry::brokers() {
  const Metadata found = TRY(metadata(client_, options_));
  std::vector<std::int32_t> ids;
  for (int i = 0; i < found->broker_cnt; ++i) ids.push_back(found->brokers[i].id);
  std::ranges::sort(ids);
  return ids;
}

Result<std::map<std::string, std::uint32_t>> TopicRegistry::partition_counts() {
  std::map<std::string, std::uint32_t> counts;
  for (const auto& [name, topic] : TRY(placements())) counts[name] = static_cast<std::uint32_t>(topic.replicas.size());
  return counts;
}

Result<> TopicRegistry::read_settings(std::map<std::string, KafkaLog::TopicState>& topics) {
  if (topics.empty()) return {};
  std::vector<rd_kafka_ConfigResource_t*> wanted;
  for (const auto& [name, topic] : topics) {
    wanted.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  }
  const auto event = answer(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms(), "reading topic settings",
                            [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                              rd_kafka_DescribeConfigs(client_, wanted.data(), wanted.size(), options, queue);
                            });
  rd_kafka_ConfigResource_destroy_array(wanted.data(), wanted.size());
  if (!event) return std::unexpected(event.error());
  std::size_t count = 0;
  const auto* resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto topic = topics.find(rd_kafka_ConfigResource_name(resources[i]));
    if (topic == topics.end()) continue;
    if (const auto code = rd_kafka_ConfigResource_error(resources[i]); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected(
          error_of(code, Phase::querying,
                   fmt::format("reading the settings of topic {} (right DescribeConfigs)", topic->first)));
    }
    std::size_t entries = 0;
    const auto* configs = rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (std::size_t j = 0; j < entries; ++j) {
      const char* value = rd_kafka_ConfigEntry_value(configs[j]);
      topic->second.settings[rd_kafka_ConfigEntry_name(configs[j])] = value == nullptr ? "" : value;
    }
  }
  return {};
}

Result<std::map<std::string, KafkaLog::TopicState>> TopicRegistry::describe(const std::vector<std::string>& names) {
  auto topics = TRY(placements());
  std::erase_if(topics, [&](const auto& topic) { return std::ranges::find(names, topic.first) == names.end(); });
  TRY(read_settings(topics));
  const MutexLock lock(mutex_);
  for (const auto& [name, state] : topics) {
    specs_[name] = {.name = name, .partitions = static_cast<std::uint32_t>(state.replicas.size())};
    apply_settings(state.settings, specs_[name]);
  }
  return topics;
}

// Fills in what the configuration of each topic says.
Result<> TopicRegistry::fill_in(std::vector<TopicSpec>& specs) {
  std::map<std::string, KafkaLog::TopicState> topics;
  for (const TopicSpec& spec : specs) topics[spec.name];
  TRY(read_settings(topics));
  for (TopicSpec& spec : specs) {
    apply_settings(topics[spec.name].settings, spec);
  }
  return {};
}

Result<std::vector<TopicSpec>> TopicRegistry::list() {
  std::vector<TopicSpec> specs;
  for (const auto& [name, partitions] : TRY(partition_counts())) {
    specs.push_back({.name = name, .partitions = partitions});
  }
  TRY(fill_in(specs));
  const MutexLock lock(mutex_);
  specs_.clear();
  for (const TopicSpec& spec : specs) specs_[spec.name] = spec;
  return specs;
}

Result<TopicSpec> TopicRegistry::find(const std::string& name) {
  {
    const MutexLock lock(mutex_);
    if (const auto known = specs_.find(name); known != specs_.end()) return known->second;
  }
  const auto counts = TRY(partition_counts());
  const auto found = counts.find(name);
  if (found == counts.end()) {
    return fail(Action::invalid, fmt::format("Kafka: there is no topic {} (or no right to see it)", name));
  }
  std::vector<TopicSpec> specs{{.name = name, .partitions = found->second}};
  TRY(fill_in(specs));
  const MutexLock lock(mutex_);
  specs_[name] = specs.front();
  return specs.front();
}

Result<TopicSpec> TopicRegistry::find_partition(const TopicPartition& at) {
  TopicSpec spec = TRY(find(at.topic));
  if (at.partition.value < spec.partitions) return spec;
  {
    const MutexLock lock(mutex_);
    specs_.erase(at.topic);  // it may have grown
  }
  spec = TRY(find(at.topic));
  if (at.partition.value >= spec.partitions) return no_partition(at);
  return spec;
}

Result<bool> TopicRegistry::create(const TopicSpec& spec, const KafkaLog::Placed& placed) {
  const auto before = TRY(partition_counts());
  if (const auto known = before.find(spec.name); known != before.end()) {
    TRY(require_partitions(spec, known->second));
    return false;
  }

  const std::string what = "making topic " + spec.name;
  char reason[512];
  Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy> topic(
      rd_kafka_NewTopic_new(spec.name.c_str(), static_cast<int>(spec.partitions),
                            placed.replication.value_or(options_.replication), reason, sizeof(reason)));
  if (!topic) return fail(Action::invalid, fmt::format("Kafka: {}: {}", what, reason));
  std::map<std::string, std::string> settings{
      {"cleanup.policy", spec.compacted ? "compact" : "delete"},
      {"message.timestamp.type", spec.timestamps == TimestampKind::create ? "CreateTime" : "LogAppendTime"},
      {"max.message.bytes", std::to_string(kKafkaMessageBytes)},
      {"retention.ms", "-1"},
  };
  // A copy of another log may hold any time.
  if (spec.timestamps == TimestampKind::create) settings["message.timestamp.after.max.ms"] = std::to_string(INT64_MAX);
  for (const auto& [name, value] : options_.topic_settings) settings[name] = value;
  for (const auto& [name, value] : placed.settings) settings[name] = value;
  for (const auto& [name, value] : settings) rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  const auto event = TRY(answer(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms(), what,
                                [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                  rd_kafka_NewTopic_t* one = topic.get();
                                  rd_kafka_CreateTopics(client_, &one, 1, options, queue);
                                }));
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    return std::unexpected(error_of(code, Phase::querying, what, {}, text == nullptr ? "" : text));
  }
  return true;
}

Result<bool> TopicRegistry::has(const TopicSpec& spec) {
  const auto counts = TRY(partition_counts());
  const auto made = counts.find(spec.name);
  if (made == counts.end() || made->second == 0) return false;
  TRY(require_partitions(spec, made->second));
  return true;
}

Result<> TopicRegistry::alter(const std::string& name, const std::map<std::string, std::string>& settings) {
  const std::string what = "changing the settings of topic " + name;
  rd_kafka_ConfigResource_t* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str());
  for (const auto& [setting, value] : settings) {
    rd_kafka_ConfigResource_set_config(resource, setting.c_str(), value.c_str());
  }
  const auto event = answer(client_, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, timeout_ms(), what,
                            [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                              rd_kafka_AlterConfigs(client_, &resource, 1, options, queue);
                            });
  rd_kafka_ConfigResource_destroy(resource);
  if (!event) return std::unexpected(event.error());
  std::size_t count = 0;
  const auto* changed =
      rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_ConfigResource_error(changed[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* text = rd_kafka_ConfigResource_error_string(changed[i]);
    return std::unexpected(error_of(code, Phase::querying, what, {}, text == nullptr ? "" : text));
  }
  const MutexLock lock(mutex_);
  specs_.erase(name);
  return {};
}

Result<> TopicRegistry::remove(const std::vector<std::string>& topics) {
  if (topics.empty()) return {};
  std::vector<rd_kafka_DeleteTopic_t*> unwanted;
  for (const std::string& topic : topics) unwanted.push_back(rd_kafka_DeleteTopic_new(topic.c_str()));
  const auto event = answer(client_, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout_ms(), "deleting topics",
                            [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                              rd_kafka_DeleteTopics(client_, unwanted.data(), unwanted.size(), options, queue);
                            });
  rd_kafka_DeleteTopic_destroy_array(unwanted.data(), unwanted.size());
  if (!event) return std::unexpected(event.error());
  std::size_t count = 0;
  const auto* results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    return std::unexpected(
        error_of(code, Phase::querying, fmt::format("deleting topic {}", rd_kafka_topic_result_name(results[i]))));
  }
  const MutexLock lock(mutex_);
  for (const std::string& topic : topics) {
    specs_.erase(topic);
    missed_.erase(topic);
  }
  return {};
}

void TopicRegistry::check() {
  if (changed_topic_) return;
  const auto counts = partition_counts();
  if (!counts) return;
  const MutexLock lock(mutex_);
  const auto stop_all = [&](std::string what) {
    topic_change_ = Error{Action::invalid, std::move(what)};
    changed_topic_.store(true, std::memory_order_release);
  };
  for (const auto& [name, spec] : specs_) {
    const auto found = counts->find(name);
    // A broker that has just started may not know all yet: fewer partitions, or no topic for a while, is no change.
    constexpr int kGone = 3;
    int& missed = missed_[name];
    missed = found == counts->end() ? missed + 1 : 0;
    if (missed >= kGone) {
      return stop_all(
          fmt::format("Kafka: topic {} is gone, or may not be seen any more: nothing more is read or written; "
                      "restore it, with its records",
                      name));
    }
    if (missed == 0 && found->second > spec.partitions) {
      return stop_all(
          fmt::format("Kafka: topic {} has {} partitions now, and had {} when this process began: a key's "
                      "partition follows from that number, so nothing more is read or written",
                      name, found->second, spec.partitions));
    }
  }
}

Result<> TopicRegistry::check_unchanged() const {
  if (!changed_topic_.load(std::memory_order_acquire)) return {};
  return std::unexpected(*topic_change_);
}

}  // namespace engine::kafka
