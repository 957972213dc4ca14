#include "engine/kafka/cluster.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace engine {

using kafka::error_of;
using kafka::Phase;

namespace kafka {

Error error_of(int code, Phase phase, std::string_view what, ErrorTraits traits, std::string_view reason) {
  if (reason.empty()) reason = rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code));
  const std::string_view advice = advice_for(code);
  const Action action = action_of(code, phase, traits);
  return {action, fmt::format("Kafka: {}: {}{}{}", what, reason, advice.empty() ? "" : "; ", advice),
          action == Action::corrupt};
}

void CloseClient::operator()(rd_kafka_s* client) const {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

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

Consumer::~Consumer() {
  for (const auto& [name, topic] : topics) rd_kafka_topic_destroy(topic);
}

}  // namespace kafka

namespace {

constexpr auto kTrackEvery = std::chrono::milliseconds(200);

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

// What the guarantees rest on, so that no setting of a user may change it.
constexpr std::string_view kOwnSettings[] = {
    "bootstrap.servers",        "metadata.broker.list",
    "transactional.id",         "enable.idempotence",
    "isolation.level",          "enable.auto.commit",
    "auto.offset.reset",        "enable.partition.eof",
    "transaction.timeout.ms",   "acks",
    "allow.auto.create.topics", "request.required.acks",
    "enable.auto.offset.store",
};

bool is_secret(std::string_view name) {
  for (const std::string_view part : {"password", "secret", "key.pem", "oauthbearer.config", "token"}) {
    if (name.find(part) != std::string_view::npos) return true;
  }
  return false;
}

Result<> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char reason[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof(reason)) == RD_KAFKA_CONF_OK) return {};
  if (is_secret(name)) {
    return fail(Action::invalid, fmt::format("Kafka: the setting {} was refused (its value is not shown)", name));
  }
  return fail(Action::invalid, fmt::format("Kafka: the setting {} was refused: {}", name, reason));
}

std::map<std::string, std::string> producer_settings() {
  return {
      {"linger.ms", "5"},
      // A transaction that follows at once finds the one before not ended yet, and asks again.
      {"retry.backoff.ms", "5"},
      {"batch.size", "1000000"},
      {"compression.type", "lz4"},
      {"message.max.bytes", std::to_string(kKafkaMessageBytes)},
      {"queue.buffering.max.messages", "1000000"},
      {"queue.buffering.max.kbytes", "1048576"},
  };
}

KafkaCluster* cluster_of(const rd_kafka_t* client) {
  return static_cast<KafkaCluster*>(rd_kafka_opaque(client));
}

// Called from threads of librdkafka. What it calls errors comes by other ways, too, and in better words: to
// complained(), and as the outcome of a call.
void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const KafkaCluster* cluster = cluster_of(client);
  if (cluster == nullptr || !cluster->options().notice || std::string_view(facility) == "CONFWARN") return;
  using Severity = KafkaLog::Severity;
  const Severity severity = level <= 4 ? Severity::warning : level <= 6 ? Severity::info : Severity::debug;
  cluster->options().notice(severity, fmt::format("Kafka: {}", text));
}

void delivered(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* /*cluster*/) {
  auto* delivery = static_cast<kafka::Delivery*>(message->_private);
  delivery->offset = message->offset;
  delivery->code = message->err;
}

// Called by rd_kafka_poll() and the like.
void complained(rd_kafka_t* client, int code, const char* reason, void* /*cluster*/) {
  if (KafkaCluster* cluster = cluster_of(client)) cluster->reachability().complain(code, reason);
}

}  // namespace

KafkaCluster::~KafkaCluster() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    closing_wakes_.notify_all();
  }
  if (tracker_.joinable()) tracker_.join();
  if (metadata_client_) (void)commit_groups();  // only for lag tools: nothing is lost when no broker answers
}

Result<kafka::Client> KafkaCluster::make_consumer() {
  return make_client(
      true,
      {
          // What is read ahead of each partition. The fetcher rests when all queues of a broker are full, until it has
          // something else to do there: refresh_ends() sees to that. Much more is memory that is never used again soon.
          {"queued.min.messages", "1000000"},
          {"queued.max.messages.kbytes", "8192"},
          {"fetch.message.max.bytes", "262144"},
          {"fetch.wait.max.ms", "50"},  // how long an end stays in doubt after a control record
          {"fetch.error.backoff.ms", "100"},
      },
      {
          {"isolation.level", "read_committed"},
          {"enable.partition.eof", "true"},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"allow.auto.create.topics", "false"},
      });
}

Result<kafka::Client> KafkaCluster::make_producer(const std::string& transactional_id) {
  return make_client(false, producer_settings(),
                     {
                         {"transactional.id", transactional_id},
                         {"enable.idempotence", "true"},
                         {"transaction.timeout.ms", std::to_string(options_.transaction_timeout.count())},
                     });
}

Result<kafka::Client> KafkaCluster::make_copying_producer() {
  return make_client(false, producer_settings(),
                     {
                         {"enable.idempotence", "true"},
                         {"enable.gapless.guarantee", "true"},  // a record that fails fails all after it
                         {"message.timeout.ms", std::to_string(options_.timeout.count())},
                     });
}

Result<kafka::Client> KafkaCluster::make_client(bool consumer, std::map<std::string, std::string> settings,
                                                const std::map<std::string, std::string>& own, bool observed) {
  std::unique_ptr<rd_kafka_conf_t, DestroyConf> conf(rd_kafka_conf_new());
  settings.insert({
      {"client.id", "gridloop"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "1000"},
      {"topic.metadata.refresh.fast.interval.ms", "50"},
  });
  for (const auto& [name, value] : options_.settings) {
    if (std::ranges::find(kOwnSettings, name) != std::end(kOwnSettings)) {
      return fail(Action::invalid, fmt::format("Kafka: the setting {} is not yours to choose: leave it out", name));
    }
    settings[name] = value;
  }
  for (const auto& [name, value] : own) settings[name] = value;
  settings["bootstrap.servers"] = options_.brokers;
  for (const auto& [name, value] : settings) TRY(set(conf.get(), name, value));
  rd_kafka_conf_set_log_cb(conf.get(), log_line);
  rd_kafka_conf_set_error_cb(conf.get(), complained);
  if (observed) rd_kafka_conf_set_opaque(conf.get(), this);
  if (!consumer) rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  char reason[512];
  rd_kafka_t* made = rd_kafka_new(consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf.get(), reason, sizeof(reason));
  if (made == nullptr) return fail(Action::invalid, fmt::format("Kafka: the settings do not fit: {}", reason));
  (void)conf.release();  // the client has taken it
  return kafka::Client(made);
}

Result<> KafkaCluster::open() {
  if (options_.brokers.empty()) return fail(Action::invalid, "Kafka: no broker was named: give HOST:PORT");
  metadata_client_ = TRY(make_consumer());
  TRY(await_answer());
  tracker_ = std::jthread([this] { track_loop(); });
  return {};
}

Result<> KafkaCluster::check_topics_unchanged() const {
  if (!changed_topic_.load(std::memory_order_acquire)) return {};
  return std::unexpected(*topic_change_);
}

std::uint64_t KafkaCluster::changes() const {
  const std::scoped_lock lock(changes_mutex_);
  return changes_;
}

void KafkaCluster::wait(std::uint64_t seen, Milliseconds timeout) {
  std::unique_lock lock(changes_mutex_);
  changed_.wait_for(lock, timeout, [&] { return changes_ != seen; });
}

void KafkaCluster::changed() {
  const std::scoped_lock lock(changes_mutex_);
  ++changes_;
  changed_.notify_all();
}

Result<std::pair<kafka::Consumer*, rd_kafka_topic_s*>> KafkaCluster::take_consumer(const TopicPartition& at) {
  const std::scoped_lock lock(mutex_);
  auto found = std::ranges::find_if(consumers_, [&](const auto& one) { return !one->in_use.contains(at); });
  if (found == consumers_.end()) {
    auto consumer = std::make_unique<kafka::Consumer>();
    consumer->client = TRY(make_consumer());
    consumers_.push_back(std::move(consumer));
    found = consumers_.end() - 1;
  }
  kafka::Consumer& consumer = **found;
  rd_kafka_topic_t*& topic = consumer.topics[at.topic];
  if (topic == nullptr) topic = rd_kafka_topic_new(consumer.client.get(), at.topic.c_str(), nullptr);
  if (topic == nullptr) {
    consumer.topics.erase(at.topic);
    return std::unexpected(error_of(rd_kafka_last_error(), Phase::querying, "reading topic " + at.topic));
  }
  consumer.in_use.insert(at);
  return std::pair{&consumer, topic};
}

void KafkaCluster::give_back(kafka::Consumer* consumer, const TopicPartition& at) {
  const std::scoped_lock lock(mutex_);
  consumer->in_use.erase(at);
}

std::shared_ptr<kafka::TrackedPartition> KafkaCluster::track(const TopicPartition& at) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(tracked_, [](const auto& one) { return one.expired(); });
  for (const auto& one : tracked_) {
    if (auto known = one.lock(); known && known->at == at) return known;
  }
  auto made = std::make_shared<kafka::TrackedPartition>();
  made->at = at;
  if (const auto own = appended_.find(at); own != appended_.end()) made->records_end = own->second.value;
  tracked_.push_back(made);
  return made;
}

void KafkaCluster::appended(const TopicPartition& at, Offset end) {
  const std::scoped_lock lock(mutex_);
  Offset& last = appended_[at];
  last = std::max(last, end);
  for (const auto& one : tracked_) {
    const auto known = one.lock();
    if (!known || known->at != at) continue;
    known->records_end = std::max(known->records_end.load(), end.value);
  }
}

void KafkaCluster::track_loop() {
  constexpr int kCommitGroupsEvery = 5;  // rounds
  constexpr int kCheckTopicsEvery = 25;
  int round = 0;
  bool refused = false;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    closing_wakes_.wait_for(lock, kTrackEvery, [&] { return closing_.load(); });
    if (closing_) return;
    lock.unlock();
    refresh_ends();
    if (closing_) return;
    if (++round % kCommitGroupsEvery == 0) {
      const auto committed = commit_groups();
      if (!committed && committed.error().action == Action::invalid && !refused && options_.notice) {
        options_.notice(KafkaLog::Severity::error,
                        committed.error().message + "; tools that show lags lack these offsets");
        refused = true;
      }
    }
    if (round % kCheckTopicsEvery == 0) check_topics();
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
    const std::scoped_lock lock(mutex_);
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

}  // namespace engine
