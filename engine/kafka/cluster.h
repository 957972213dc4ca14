#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/kafka/errors.h"
#include "engine/kafka/kafka_log.h"
#include "engine/kafka/reachability.h"

// librdkafka's own names, so that its header stays out of ours.
struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace engine {

namespace kafka {

// "WHAT at BROKERS: REASON; ADVICE", with the action of the code.
Error error_of(int code, Phase phase, std::string_view what, ErrorTraits traits = {}, std::string_view reason = {});

struct CloseClient {
  void operator()(rd_kafka_s* client) const;
};
using Client = std::unique_ptr<rd_kafka_s, CloseClient>;

// What is known of a partition that a Reader reads, beside its queue.
struct TrackedPartition {
  TopicPartition at;
  std::atomic<std::int64_t> stable_end{-1};  // the last stable offset, when last queried
  std::atomic<std::int64_t> records_end{0};  // below it are records that this process has appended
  std::atomic<bool> led{true};               // its leader answers
};

// What the broker said of a record. A producer's records carry one as their opaque; it is written on the thread that
// polls or commits.
struct Delivery {
  std::int64_t offset = -1;
  int code = 0;  // an rd_kafka_resp_err_t
};

// Commits the offsets of one group. Closing a client before the brokers have answered blocks until they do (librdkafka
// issue 3740), so such a client is leaked instead. It therefore has no pointer to the KafkaCluster.
struct GroupOffsetCommitter {
  Client client;
  rd_kafka_queue_s* answers = nullptr;
  bool waits = false;  // for an answer

  GroupOffsetCommitter() = default;
  ~GroupOffsetCommitter();
  GroupOffsetCommitter(const GroupOffsetCommitter&) = delete;
  GroupOffsetCommitter& operator=(const GroupOffsetCommitter&) = delete;
};

// A consumer that several Readers of different partitions share.
struct Consumer {
  Client client;
  std::map<std::string, rd_kafka_topic_s*> topics;
  std::set<TopicPartition> in_use;
  ~Consumer();
};

}  // namespace kafka

// What the Readers and Writers of a KafkaLog share: the settings, the clients, and the thread that tracks the ends.
//
// Threads: any.
class KafkaCluster {
 public:
  explicit KafkaCluster(KafkaLog::Options options) : options_(std::move(options)) {}
  ~KafkaCluster();

  // Connects and starts to track.
  Result<> open();

  const KafkaLog::Options& options() const { return options_; }
  int timeout_ms() const { return static_cast<int>(options_.timeout.count()); }
  kafka::Reachability& reachability() { return reachability_; }
  // A consumer for metadata and administration; it reads no records.
  rd_kafka_s* metadata_client() const { return metadata_client_.get(); }

  Result<kafka::Client> make_consumer();
  // REQUIRES: the opaque of each record is a kafka::Delivery that outlives the client.
  Result<kafka::Client> make_producer(const std::string& transactional_id);

  // Without transactions.
  Result<kafka::Client> make_copying_producer();

  // All topics of the cluster but its internal ones, sorted by name.
  Result<std::vector<TopicSpec>> list_topics();
  // Errors: invalid when there is no such topic. What is known of it may be some time old.
  Result<TopicSpec> find_topic(const std::string& name);
  Result<TopicSpec> find_partition(const TopicPartition& at);
  Result<> create_topic(const TopicSpec& spec, const KafkaLog::Placed& placed);
  Result<std::map<std::string, KafkaLog::TopicState>> describe_topics(const std::vector<std::string>& names);
  Result<std::string> id();
  Result<std::vector<std::int32_t>> brokers();
  Result<> alter_topic(const std::string& name, const std::map<std::string, std::string>& settings);
  Result<> delete_topics(const std::vector<std::string>& topics);
  Result<Bounds> bounds(const TopicPartition& at);
  Result<std::optional<Offset>> group_offset(const std::string& group, const TopicPartition& at);
  // The group has read up to `positions`; they are committed to the brokers within about a second, and at the end.
  void move_group(const std::string& group, const std::vector<GroupOffset>& positions);

  // A consumer on which nobody reads `at`, and its topic; to be given back.
  Result<std::pair<kafka::Consumer*, rd_kafka_topic_s*>> take_consumer(const TopicPartition& at);
  void give_back(kafka::Consumer* consumer, const TopicPartition& at);

  std::shared_ptr<kafka::TrackedPartition> track(const TopicPartition& at);
  // Records below `end` were appended by this process. Kafka makes them readable a little after it has acknowledged
  // their transaction; bounds() and Readers of this process wait for them.
  void appended(const TopicPartition& at, Offset end);

  // Fails when a topic that was looked at has grown or is gone.
  Result<> check_topics_unchanged() const;

  std::uint64_t changes() const;
  void wait(std::uint64_t seen, Milliseconds timeout);
  void changed();

 private:
  // A client with `settings`, those of the user, and `own`, which win. Without `observed` it calls nothing of this
  // object, and may outlive it.
  Result<kafka::Client> make_client(bool consumer, std::map<std::string, std::string> settings,
                                    const std::map<std::string, std::string>& own, bool observed = true);
  // Waits for the first answer of a broker.
  // Errors: retry when none comes; invalid when the login or the handshake is refused.
  Result<> await_answer();
  void track_loop();
  void refresh_ends();
  // Those of `read`, which `client` reads; sets `grew` when anything has changed. Returns those without a leader.
  static std::vector<TopicPartition> refresh_ends(rd_kafka_s* client,
                                                  const std::vector<std::shared_ptr<kafka::TrackedPartition>>& read,
                                                  bool& grew);
  // Refreshes the leaders of partitions. A client that reads nothing does not notice for minutes that a leader has died;
  // its requests to the dead one fail until then.
  static void learn_leaders(rd_kafka_s* client);
  // Whether the topics that are known are as they were.
  void check_topics();
  Result<Offset> query_offset(const TopicPartition& at, std::int64_t which);
  Result<Bounds> query_bounds(const TopicPartition& at);
  // Commits the offsets of groups. Those that could not be committed are kept for the next time.
  Result<> commit_groups();
  Result<> commit_group(const std::string& group, const std::map<TopicPartition, Offset>& positions);
  Result<std::optional<Offset>> query_group(const std::string& name, const TopicPartition& at);
  // All topics but internal ones, without their settings.
  Result<std::map<std::string, KafkaLog::TopicState>> placements();
  Result<std::map<std::string, std::uint32_t>> partition_counts();
  // Fills in the settings of all `topics`.
  Result<> read_settings(std::map<std::string, KafkaLog::TopicState>& topics);
  Result<> describe(std::vector<TopicSpec>& specs);

  KafkaLog::Options options_;
  kafka::Reachability reachability_;
  kafka::Client metadata_client_;

  // librdkafka reports a change while it holds locks of its own, so librdkafka is never called under this mutex; clients
  // are made and queried under the other one.
  mutable std::mutex changes_mutex_;
  std::condition_variable changed_;
  std::uint64_t changes_ = 0;

  std::mutex mutex_;
  std::condition_variable closing_wakes_;
  std::atomic<bool> closing_ = false;
  std::vector<std::unique_ptr<kafka::Consumer>> consumers_;
  std::vector<std::weak_ptr<kafka::TrackedPartition>> tracked_;
  std::map<std::string, TopicSpec, std::less<>> specs_;
  std::map<std::string, int> missed_;  // looks in a row at which a topic was not there
  std::atomic<bool> changed_topic_{false};
  std::optional<Error> topic_change_;  // set once, before `changed_topic_`
  std::map<TopicPartition, Offset> appended_;
  std::map<std::string, std::map<TopicPartition, Offset>> moved_;      // by group; not committed to the brokers yet
  std::mutex committing_;                                              // held while they are committed
  std::map<std::string, kafka::GroupOffsetCommitter> committers_;      // by group, made when first needed
  std::optional<std::chrono::steady_clock::time_point> committed_at_;  // the end of the last try
  struct Begin {
    Offset offset;
    std::chrono::steady_clock::time_point asked;
  };
  std::map<TopicPartition, Begin> begins_;
  std::jthread tracker_;
};

// Appends a record to the writers' topic to learn the epoch. See KafkaLog.
Result<std::unique_ptr<Writer>> open_kafka_writer(std::shared_ptr<KafkaCluster> cluster, const std::string& id);
Result<std::unique_ptr<Copier>> open_kafka_copier(std::shared_ptr<KafkaCluster> cluster);
Result<std::unique_ptr<Reader>> open_kafka_reader(std::shared_ptr<KafkaCluster> cluster, const TopicPartition& at,
                                                  Offset from);

}  // namespace engine
