#include "engine/kafka/cluster.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace engine {

using kafka::action_of;
using kafka::error_of;
using kafka::Phase;

namespace kafka {

Consumer::~Consumer() {
  for (const auto& [name, topic] : topics) rd_kafka_topic_destroy(topic);
}

}  // namespace kafka

namespace {

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

}  // namespace

KafkaCluster::~KafkaCluster() {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    closing_wakes_.notify_all();
  }
  if (tracker_.joinable()) tracker_.join();
  if (metadata_client_) (void)groups_.commit();  // only for lag tools: nothing is lost when no broker answers
}

Result<> KafkaCluster::open() {
  if (options_.brokers.empty()) return fail(Action::invalid, "Kafka: no broker was named: give HOST:PORT");
  metadata_client_ = TRY(clients_.make_consumer());
  topics_.connect(metadata_client_.get());
  TRY(await_answer());
  tracker_ = std::jthread([this] { track_loop(); });
  return {};
}

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

Result<std::string> KafkaCluster::id() {
  char* const id = rd_kafka_clusterid(metadata_client_.get(), timeout_ms());
  if (id == nullptr) {
    return std::unexpected(error_of(RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::querying, "asking for the id of the cluster"));
  }
  std::string copy = id;
  rd_kafka_mem_free(metadata_client_.get(), id);
  return copy;
}

Result<> KafkaCluster::create_topic(const TopicSpec& spec, const KafkaLog::Placed& placed) {
  if (!TRY(topics_.create(spec, placed))) return {};
  // Until its leaders answer, nothing can be appended or read.
  Result<> ready = fail(Action::retry, fmt::format("Kafka: making topic {}: its leaders do not answer yet", spec.name));
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  while (std::chrono::steady_clock::now() < until) {
    if (!TRY(topics_.has(spec))) continue;
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

Result<> KafkaCluster::delete_topics(const std::vector<std::string>& topics) {
  TRY(topics_.remove(topics));
  const MutexLock lock(mutex_);
  for (const std::string& topic : topics) {
    std::erase_if(appended_, [&](const auto& known) { return known.first.topic == topic; });
    std::erase_if(begins_, [&](const auto& known) { return known.first.topic == topic; });
  }
  return {};
}

// A cluster that was just started makes the place for groups at the first question, and refuses it meanwhile.
Result<std::optional<Offset>> KafkaCluster::group_offset(const std::string& group, const TopicPartition& at) {
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  while (true) {
    const auto committed = groups_.commit();
    auto found = committed ? groups_.query(metadata_client_.get(), group, at) : std::unexpected(committed.error());
    if (found || found.error().action != Action::retry || std::chrono::steady_clock::now() > until) return found;
    wait(changes(), Milliseconds(20));
  }
}

std::uint64_t KafkaCluster::changes() const {
  const MutexLock lock(changes_mutex_);
  return changes_;
}

void KafkaCluster::wait(std::uint64_t seen, Milliseconds timeout) {
  MutexLock lock(changes_mutex_);
  changed_.wait_for(lock, timeout, [&]() GRIDLOOP_REQUIRES(changes_mutex_) { return changes_ != seen; });
}

void KafkaCluster::changed() {
  const MutexLock lock(changes_mutex_);
  ++changes_;
  changed_.notify_all();
}

Result<std::pair<kafka::Consumer*, rd_kafka_topic_s*>> KafkaCluster::take_consumer(const TopicPartition& at) {
  const MutexLock lock(mutex_);
  auto found = std::ranges::find_if(consumers_, [&](const auto& one) { return !one->in_use.contains(at); });
  if (found == consumers_.end()) {
    auto consumer = std::make_unique<kafka::Consumer>();
    consumer->client = TRY(clients_.make_consumer());
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
  const MutexLock lock(mutex_);
  consumer->in_use.erase(at);
}

std::shared_ptr<kafka::TrackedPartition> KafkaCluster::track(const TopicPartition& at) {
  const MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
  Offset& last = appended_[at];
  last = std::max(last, end);
  for (const auto& one : tracked_) {
    const auto known = one.lock();
    if (!known || known->at != at) continue;
    known->records_end = std::max(known->records_end.load(), end.value);
  }
}

}  // namespace engine
