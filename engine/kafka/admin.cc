// Queries of topics, ends and groups, and the making of topics.
#include <algorithm>
#include <chrono>
#include <functional>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "engine/kafka/cluster.h"

namespace engine {

using kafka::action_of;
using kafka::error_of;
using kafka::Phase;

namespace {

template <class T, void (*kDestroy)(T*)>
struct Destroy {
  void operator()(T* what) const { kDestroy(what); }
};
template <class T, void (*kDestroy)(T*)>
using Owned = std::unique_ptr<T, Destroy<T, kDestroy>>;

using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using AdminOptions = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

// Asks by `ask` and waits for the answer.
Result<Event> answer(rd_kafka_t* client, rd_kafka_admin_op_t operation, int timeout_ms, std::string_view what,
                     const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& ask) {
  char reason[256];
  const AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, reason, sizeof(reason));
  const Queue queue(rd_kafka_queue_new(client));
  ask(options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), timeout_ms + 1000));
  if (!event) return std::unexpected(error_of(RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::querying, what));
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(error_of(code, Phase::querying, what));
  }
  return event;
}

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

// Until version 2.6.1 librdkafka sends a nonce in the login by SCRAM that is not as RFC 5802 has it. Kafka before 4
// lets it pass.
bool old_scram(const std::map<std::string, std::string>& settings) {
  constexpr int kMended = 0x020601ff;
  return rd_kafka_version() < kMended && std::ranges::any_of(
                                             settings,
                                             [](const auto& setting) {
                                               return setting.first.starts_with("sasl.mechanism") &&
                                                      setting.second.starts_with("SCRAM");
                                             });
}

std::unexpected<Error> no_partition(const TopicPartition& at) {
  return fail(Action::invalid,
              fmt::format("Kafka: there is no topic {} with a partition {}", at.topic, at.partition.value));
}

}  // namespace

// A refused login is found while the answer is waited for, as librdkafka reports it to the thread that polls.
Result<> KafkaCluster::await_answer() {
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + options_.timeout;
  for (Milliseconds slice{200};; slice *= 2) {
    const auto rest = std::chrono::duration_cast<Milliseconds>(until - steady_clock::now());
    const rd_kafka_metadata_t* found = nullptr;
    const auto code = rd_kafka_metadata(metadata_client_.get(), 0, nullptr, &found,
                                        static_cast<int>(std::clamp(rest, Milliseconds(1), slice).count()));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_metadata_destroy(found);
      return {};
    }
    while (rd_kafka_poll(metadata_client_.get(), 0) > 0) {
    }
    const auto complaint = reachability_.complaint();
    const bool refused = complaint && action_of(complaint->code, Phase::querying) == Action::invalid;
    if (!refused && steady_clock::now() < until) continue;
    // A handshake may fail in passing, too, as when a broker stops: it is believed at the end only.
    const bool unsafe = complaint && complaint->code == RD_KAFKA_RESP_ERR__SSL;
    Error error =
        error_of(complaint ? complaint->code : code, Phase::querying,
                 refused || unsafe ? fmt::format("{} refuses the connection", options_.brokers)
                                   : fmt::format("no answer from {} within {} ms", options_.brokers, timeout_ms()),
                 {}, complaint ? complaint->reason : "");
    if (unsafe) error.action = Action::invalid;
    if (refused && old_scram(options_.settings)) {
      error.message += fmt::format(
          "; and librdkafka {}, as any before 2.6.1, cannot log in to Kafka 4 by SCRAM (its issue 4895): use "
          "sasl.mechanism=PLAIN with TLS, or certificates of clients",
          rd_kafka_version_str());
    }
    return std::unexpected(std::move(error));
  }
}

Result<std::map<std::string, KafkaLog::TopicState>> KafkaCluster::placements() {
  const Metadata found = TRY(metadata(metadata_client_.get(), options_));
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

Result<std::string> KafkaCluster::id() {
  char* const id = rd_kafka_clusterid(metadata_client_.get(), timeout_ms());
  if (id == nullptr) {
    return std::unexpected(error_of(RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::querying, "asking for the id of the cluster"));
  }
  std::string copy = id;
  rd_kafka_mem_free(metadata_client_.get(), id);
  return copy;
}

Result<std::vector<std::int32_t>> KafkaCluster::brokers() {
  const Metadata found = TRY(metadata(metadata_client_.get(), options_));
  std::vector<std::int32_t> ids;
  for (int i = 0; i < found->broker_cnt; ++i) ids.push_back(found->brokers[i].id);
  std::ranges::sort(ids);
  return ids;
}

Result<std::map<std::string, std::uint32_t>> KafkaCluster::partition_counts() {
  std::map<std::string, std::uint32_t> counts;
  for (const auto& [name, topic] : TRY(placements())) counts[name] = static_cast<std::uint32_t>(topic.replicas.size());
  return counts;
}

Result<> KafkaCluster::read_settings(std::map<std::string, KafkaLog::TopicState>& topics) {
  if (topics.empty()) return {};
  std::vector<rd_kafka_ConfigResource_t*> wanted;
  for (const auto& [name, topic] : topics) {
    wanted.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  }
  const auto event =
      answer(metadata_client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms(), "reading topic settings",
             [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
               rd_kafka_DescribeConfigs(metadata_client_.get(), wanted.data(), wanted.size(), options, queue);
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

namespace {

void apply_settings(const std::map<std::string, std::string>& settings, TopicSpec& spec) {
  const auto is = [&](const char* name, std::string_view part) {
    const auto found = settings.find(name);
    return found != settings.end() && found->second.find(part) != std::string::npos;
  };
  spec.compacted = is("cleanup.policy", "compact");
  spec.timestamps = is("message.timestamp.type", "CreateTime") ? TimestampKind::create : TimestampKind::log_append;
}

}  // namespace

Result<std::map<std::string, KafkaLog::TopicState>> KafkaCluster::describe_topics(
    const std::vector<std::string>& names) {
  auto topics = TRY(placements());
  std::erase_if(topics, [&](const auto& topic) { return std::ranges::find(names, topic.first) == names.end(); });
  TRY(read_settings(topics));
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, state] : topics) {
    specs_[name] = {.name = name, .partitions = static_cast<std::uint32_t>(state.replicas.size())};
    apply_settings(state.settings, specs_[name]);
  }
  return topics;
}

// Fills in what the configuration of each topic says.
Result<> KafkaCluster::describe(std::vector<TopicSpec>& specs) {
  std::map<std::string, KafkaLog::TopicState> topics;
  for (const TopicSpec& spec : specs) topics[spec.name];
  TRY(read_settings(topics));
  for (TopicSpec& spec : specs) {
    apply_settings(topics[spec.name].settings, spec);
  }
  return {};
}

Result<std::vector<TopicSpec>> KafkaCluster::list_topics() {
  std::vector<TopicSpec> specs;
  for (const auto& [name, partitions] : TRY(partition_counts())) {
    specs.push_back({.name = name, .partitions = partitions});
  }
  TRY(describe(specs));
  const std::scoped_lock lock(mutex_);
  specs_.clear();
  for (const TopicSpec& spec : specs) specs_[spec.name] = spec;
  return specs;
}

Result<TopicSpec> KafkaCluster::find_topic(const std::string& name) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = specs_.find(name); known != specs_.end()) return known->second;
  }
  const auto counts = TRY(partition_counts());
  const auto found = counts.find(name);
  if (found == counts.end()) {
    return fail(Action::invalid, fmt::format("Kafka: there is no topic {} (or no right to see it)", name));
  }
  std::vector<TopicSpec> specs{{.name = name, .partitions = found->second}};
  TRY(describe(specs));
  const std::scoped_lock lock(mutex_);
  specs_[name] = specs.front();
  return specs.front();
}

Result<TopicSpec> KafkaCluster::find_partition(const TopicPartition& at) {
  TopicSpec spec = TRY(find_topic(at.topic));
  if (at.partition.value < spec.partitions) return spec;
  {
    const std::scoped_lock lock(mutex_);
    specs_.erase(at.topic);  // it may have grown
  }
  spec = TRY(find_topic(at.topic));
  if (at.partition.value >= spec.partitions) return no_partition(at);
  return spec;
}

Result<> KafkaCluster::create_topic(const TopicSpec& spec, const KafkaLog::Placed& placed) {
  const auto same = [&](std::uint32_t partitions) -> Result<> {
    if (partitions == spec.partitions) return {};
    return fail(Action::invalid, fmt::format("topic {} has {} partitions, not {}: the number of partitions is chosen "
                                             "when the topic is made",
                                             spec.name, partitions, spec.partitions));
  };
  const auto before = TRY(partition_counts());
  if (const auto known = before.find(spec.name); known != before.end()) return same(known->second);

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
  const auto event = TRY(answer(metadata_client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms(), what,
                                [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                  rd_kafka_NewTopic_t* one = topic.get();
                                  rd_kafka_CreateTopics(metadata_client_.get(), &one, 1, options, queue);
                                }));
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    return std::unexpected(error_of(code, Phase::querying, what, {}, text == nullptr ? "" : text));
  }
  // Until its leaders answer, nothing can be appended or read.
  Result<> ready = fail(Action::retry, fmt::format("Kafka: {}: its leaders do not answer yet", what));
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  while (std::chrono::steady_clock::now() < until) {
    const auto counts = TRY(partition_counts());
    const auto made = counts.find(spec.name);
    if (made == counts.end() || made->second == 0) continue;
    TRY(same(made->second));
    ready = {};
    for (std::uint32_t p = 0; ready && p < spec.partitions; ++p) {
      const auto bounded = bounds({spec.name, Partition{p}});
      if (!bounded) ready = std::unexpected(bounded.error());
    }
    if (ready) break;
  }
  changed();
  return ready;
}

Result<> KafkaCluster::alter_topic(const std::string& name, const std::map<std::string, std::string>& settings) {
  const std::string what = "changing the settings of topic " + name;
  rd_kafka_ConfigResource_t* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str());
  for (const auto& [setting, value] : settings) {
    rd_kafka_ConfigResource_set_config(resource, setting.c_str(), value.c_str());
  }
  const auto event = answer(metadata_client_.get(), RD_KAFKA_ADMIN_OP_ALTERCONFIGS, timeout_ms(), what,
                            [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                              rd_kafka_AlterConfigs(metadata_client_.get(), &resource, 1, options, queue);
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
  const std::scoped_lock lock(mutex_);
  specs_.erase(name);
  return {};
}

Result<> KafkaCluster::delete_topics(const std::vector<std::string>& topics) {
  if (topics.empty()) return {};
  std::vector<rd_kafka_DeleteTopic_t*> unwanted;
  for (const std::string& topic : topics) unwanted.push_back(rd_kafka_DeleteTopic_new(topic.c_str()));
  const auto event =
      answer(metadata_client_.get(), RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout_ms(), "deleting topics",
             [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
               rd_kafka_DeleteTopics(metadata_client_.get(), unwanted.data(), unwanted.size(), options, queue);
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
  const std::scoped_lock lock(mutex_);
  for (const std::string& topic : topics) {
    specs_.erase(topic);
    std::erase_if(appended_, [&](const auto& known) { return known.first.topic == topic; });
    std::erase_if(begins_, [&](const auto& known) { return known.first.topic == topic; });
    missed_.erase(topic);
  }
  return {};
}

Result<Bounds> KafkaCluster::bounds(const TopicPartition& at) {
  TRY(find_partition(at));
  Offset own{0};
  {
    const std::scoped_lock lock(mutex_);
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

void KafkaCluster::check_topics() {
  if (changed_topic_) return;
  const auto counts = partition_counts();
  if (!counts) return;
  const std::scoped_lock lock(mutex_);
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
    const std::scoped_lock lock(mutex_);
    const auto known = begins_.find(at);
    if (known != begins_.end() && now - known->second.asked < kFresh) begin = known->second.offset;
  }
  if (!begin) {
    begin = TRY(query_offset(at, RD_KAFKA_OFFSET_BEGINNING));
    const std::scoped_lock lock(mutex_);
    begins_[at] = {*begin, now};
  }
  return Bounds{*begin, TRY(query_offset(at, RD_KAFKA_OFFSET_END))};
}

void KafkaCluster::move_group(const std::string& group, const std::vector<GroupOffset>& positions) {
  if (positions.empty()) return;
  const std::scoped_lock lock(mutex_);
  auto& moved = moved_[options_.prefix + group];
  for (const GroupOffset& position : positions) moved[position.at] = position.next_offset;
}

Result<> KafkaCluster::commit_groups() {
  // A process that slept may have been replaced meanwhile: its offsets are old then, and the new owner has committed
  // newer ones.
  constexpr auto kAsleep = std::chrono::seconds(4);
  const std::scoped_lock committing(committing_);
  const bool slept = committed_at_ && std::chrono::steady_clock::now() - *committed_at_ > kAsleep;
  std::map<std::string, std::map<TopicPartition, Offset>> moved;
  {
    const std::scoped_lock lock(mutex_);
    moved.swap(moved_);
  }
  Result<> committed;
  for (const auto& [group, positions] : moved) {
    if (slept) break;
    if (committed) committed = commit_group(group, positions);
    if (committed) continue;
    const std::scoped_lock lock(mutex_);
    moved_[group].insert(positions.begin(), positions.end());  // but newer ones stay
  }
  committed_at_ = std::chrono::steady_clock::now();
  return committed;
}

// By a consumer that belongs to the group without being a member, as the brokers allow while nobody is. Not by
// rd_kafka_send_offsets_to_transaction(), which can wait for ever: it does not look at its timeout while the
// coordinator of the group is not connected (librdkafka issue 5456). Nor by the admin call, which was seen to abort the
// process when a broker went away (an assertion on its reference counter). Nothing resumes from these offsets.
Result<> KafkaCluster::commit_group(const std::string& group, const std::map<TopicPartition, Offset>& positions) {
  const std::string what = "committing the offsets of group " + group;
  constexpr int kMomentMs = 500;  // ends are not followed meanwhile
  kafka::GroupOffsetCommitter& committer = committers_[group];
  if (!committer.client) {
    committer.client = TRY(make_client(
        true, {}, {{"group.id", group}, {"enable.auto.commit", "false"}, {"allow.auto.create.topics", "false"}},
        false));
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

// A cluster that was just started makes the place for groups at the first question, and refuses it meanwhile.
Result<std::optional<Offset>> KafkaCluster::group_offset(const std::string& group, const TopicPartition& at) {
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  while (true) {
    const auto committed = commit_groups();
    auto found = committed ? query_group(options_.prefix + group, at) : std::unexpected(committed.error());
    if (found || found.error().action != Action::retry || std::chrono::steady_clock::now() > until) return found;
    wait(changes(), Milliseconds(20));
  }
}

Result<std::optional<Offset>> KafkaCluster::query_group(const std::string& name, const TopicPartition& at) {
  const std::string what = "reading the offsets of group " + name;
  Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> list(
      rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), static_cast<std::int32_t>(at.partition.value));
  Owned<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy> wanted(
      rd_kafka_ListConsumerGroupOffsets_new(name.c_str(), list.get()));
  const auto event = TRY(answer(metadata_client_.get(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, timeout_ms(), what,
                                [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                  // Those of a transaction that is not ended yet are waited for.
                                  if (auto* refused = rd_kafka_AdminOptions_set_require_stable_offsets(options, 1)) {
                                    rd_kafka_error_destroy(refused);
                                  }
                                  rd_kafka_ListConsumerGroupOffsets_t* one = wanted.get();
                                  rd_kafka_ListConsumerGroupOffsets(metadata_client_.get(), &one, 1, options, queue);
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

}  // namespace engine
