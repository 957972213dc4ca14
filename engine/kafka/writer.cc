#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "engine/kafka/cluster.h"

namespace engine {

using kafka::Delivery;
using kafka::error_of;
using kafka::ErrorTraits;
using kafka::Phase;

namespace {

// librdkafka's error, freed.
struct Failure {
  int code = RD_KAFKA_RESP_ERR_NO_ERROR;
  ErrorTraits traits;
  std::string reason;

  explicit Failure(rd_kafka_error_t* error) {
    if (error == nullptr) return;
    code = rd_kafka_error_code(error);
    traits = {rd_kafka_error_is_fatal(error) != 0, rd_kafka_error_txn_requires_abort(error) != 0};
    reason = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
  }
  bool failed() const { return code != RD_KAFKA_RESP_ERR_NO_ERROR; }
  Error error(Phase phase, std::string_view what) const { return error_of(code, phase, what, traits, reason); }
};

// One transactional producer.
//
//   open ──► ready ──commit──► ready      committed; or aborted, or refused before anything was sent
//                      └─────► broken     every later commit gives the same error: a new Writer is needed
class KafkaWriter final : public Writer {
 public:
  KafkaWriter(std::shared_ptr<KafkaCluster> cluster, std::string id)
      : cluster_(std::move(cluster)), id_(std::move(id)) {}

  ~KafkaWriter() override { close(); }
  KafkaWriter(const KafkaWriter&) = delete;
  KafkaWriter& operator=(const KafkaWriter&) = delete;

  Result<> open() {
    client_ = TRY(cluster_->clients().make_producer(id_));
    const Failure failure(rd_kafka_init_transactions(client_.get(), cluster_->timeout_ms()));
    if (failure.failed()) return std::unexpected(failure.error(Phase::opening, "opening writer " + id_));
    const std::string& topic = cluster_->options().writers_topic;
    TRY(cluster_->create_topic({.name = topic, .partitions = 1, .compacted = true}, {}));
    Transaction opening;
    opening.records.push_back({topic, Partition{0}, id_, R"({"type":"writer.opened"})", {}, std::nullopt});
    const auto offsets = commit(opening);
    if (!offsets) {
      return fail(offsets.error().action == Action::invalid ? Action::invalid : Action::retry, offsets.error().message);
    }
    epoch_ = Epoch{offsets->front().value};
    return {};
  }

  Epoch epoch() const override { return epoch_; }

  Result<std::vector<Offset>> commit(const Transaction& transaction) override {
    if (broken_) return std::unexpected(*broken_);
    TRY(cluster_->topics().check_unchanged());
    std::size_t records = transaction.records.size();
    for (const OutgoingBatch& batch : transaction.batches) {
      TRY(check({batch.topic, batch.partition}, batch.largest, std::nullopt));
      records += batch.records;
    }
    for (const Outgoing& record : transaction.records) {
      const std::size_t bytes = record.key.size() + record.value.size() + record.headers.size();
      TRY(check({record.topic, record.partition}, bytes, record.timestamp));
    }
    if (records == 0) {
      cluster_->groups().move(transaction.group, transaction.positions);
      return std::vector<Offset>{};
    }

    const std::string what = "transaction of writer " + id_;
    if (const Failure failure(rd_kafka_begin_transaction(client_.get())); failure.failed()) {
      return std::unexpected(break_by(failure.error(Phase::producing, what)));
    }
    deliveries_.assign(records, {});
    if (const auto sent = produce(transaction); !sent) return abort(sent.error());
    // All is under way before the commit waits, so that linger holds back nothing.
    rd_kafka_flush(client_.get(), limit_ms());
    const Failure failure(rd_kafka_commit_transaction(client_.get(), limit_ms()));
    if (failure.failed()) {
      Error error = failure.error(Phase::ending, what);
      // librdkafka does not say which.
      if (error.action == Action::invalid) error.message += "; it writes to " + topics_of(transaction);
      if (failure.traits.requires_abort) return abort(error);
      return std::unexpected(break_by(std::move(error)));
    }
    cluster_->groups().move(transaction.group, transaction.positions);
    publish_ends(transaction);
    std::vector<Offset> offsets;
    offsets.reserve(transaction.records.size());
    for (std::size_t i = records - transaction.records.size(); i < records; ++i) {
      offsets.push_back(Offset{deliveries_[i].offset});
    }
    return offsets;
  }

 private:
  // After a call that took longer the producer is given up, so that librdkafka's idea of the transaction does not
  // matter.
  int limit_ms() const {
    return static_cast<int>(cluster_->options().transaction_timeout.count()) + cluster_->timeout_ms();
  }

  struct Topic {
    rd_kafka_topic_t* handle = nullptr;
    TopicSpec spec;
  };

  struct DestroyHeaders {
    void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
  };

  // Ends the client. Nothing points to records of a transaction any more.
  void close() {
    for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic.handle);
    topics_.clear();
    last_ = nullptr;
    client_.reset();
  }

  // Whether records of `bytes` at most can be appended. What cannot is refused before the transaction begins.
  Result<> check(const TopicPartition& at, std::size_t bytes, std::optional<Instant> timestamp) {
    Topic* topic = TRY(find(at.topic));
    if (at.partition.value >= topic->spec.partitions) topic->spec = TRY(cluster_->topics().find_partition(at));
    if (bytes > kMaxRecordBytes) {
      return fail(Action::invalid, fmt::format("a record of {} bytes for topic {} is too large (at most {})", bytes,
                                               at.topic, kMaxRecordBytes));
    }
    if (topic->spec.timestamps == TimestampKind::create) {
      if (!timestamp) return fail(Action::invalid, fmt::format("topic {} needs a timestamp", at.topic));
      if (to_ms(*timestamp) <= 0) {
        return fail(Action::invalid,
                    fmt::format("a record for topic {} has the time {} ms: Kafka takes only times after "
                                "1970-01-01T00:00Z",
                                at.topic, to_ms(*timestamp)));
      }
    }
    return {};
  }

  Result<Topic*> find(const std::string& name) {
    if (last_ != nullptr && last_->spec.name == name) return last_;
    auto found = topics_.find(name);
    if (found == topics_.end()) {
      const TopicSpec spec = TRY(cluster_->topics().find(name));
      rd_kafka_topic_t* handle = rd_kafka_topic_new(client_.get(), name.c_str(), nullptr);
      if (handle == nullptr) {
        return std::unexpected(error_of(rd_kafka_last_error(), Phase::producing, "appending to topic " + name));
      }
      found = topics_.emplace(name, Topic{handle, spec}).first;
    }
    last_ = &found->second;
    return last_;
  }

  struct RecordView {
    Partition partition;
    std::string_view key;
    std::string_view value;
    std::string_view headers;
    std::optional<Instant> timestamp;
  };

  Result<> produce(const Transaction& transaction) {
    auto delivery = deliveries_.begin();
    for (const OutgoingBatch& batch : transaction.batches) {
      const Topic& topic = *TRY(find(batch.topic));
      Result<> sent;
      batch.each([&](std::string_view key, std::string_view value, std::string_view headers) {
        if (sent) sent = produce(topic, {batch.partition, key, value, headers, std::nullopt}, *delivery++);
      });
      TRY(std::move(sent));
    }
    for (const Outgoing& record : transaction.records) {
      const Topic& topic = *TRY(find(record.topic));
      TRY(produce(topic, {record.partition, record.key, record.value, record.headers, record.timestamp}, *delivery++));
    }
    return {};
  }

  Result<> produce(const Topic& topic, const RecordView& record, Delivery& delivery) {
    while (true) {
      const int code = produce_one(topic, record, delivery);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        constexpr int kMomentMs = 10;
        rd_kafka_poll(client_.get(), kMomentMs);
        continue;
      }
      return std::unexpected(error_of(code, Phase::producing,
                                      fmt::format("appending to topic {} partition {} by writer {}", topic.spec.name,
                                                  record.partition.value, id_)));
    }
    constexpr std::size_t kNowAndThen = 4096;
    if (++produced_ % kNowAndThen == 0) rd_kafka_poll(client_.get(), 0);
    return {};
  }

  int produce_one(const Topic& topic, const RecordView& record, Delivery& delivery) {
    rd_kafka_vu_t parts[8];
    std::size_t count = 0;
    const auto part = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
      parts[count].vtype = type;
      return parts[count++];
    };
    const auto bytes = [&](rd_kafka_vtype_t type, std::string_view text, bool null) {
      auto& to = part(type).u.mem;
      to.ptr = null ? nullptr : const_cast<char*>(text.data());
      to.size = text.size();
    };
    part(RD_KAFKA_VTYPE_RKT).u.rkt = topic.handle;
    part(RD_KAFKA_VTYPE_PARTITION).u.i32 = static_cast<std::int32_t>(record.partition.value);
    part(RD_KAFKA_VTYPE_MSGFLAGS).u.i = 0;  // the value is not copied: the transaction outlives the message
    bytes(RD_KAFKA_VTYPE_KEY, record.key, record.key.empty());
    // In a compacted topic nothing is a tombstone.
    bytes(RD_KAFKA_VTYPE_VALUE, record.value, record.value.empty() && topic.spec.compacted);
    part(RD_KAFKA_VTYPE_OPAQUE).u.ptr = &delivery;
    if (topic.spec.timestamps == TimestampKind::create) part(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = to_ms(*record.timestamp);
    rd_kafka_headers_t* headers = nullptr;
    if (!record.headers.empty()) {
      headers = rd_kafka_headers_copy(headers_of(record));
      part(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;
    }
    rd_kafka_error_t* error = rd_kafka_produceva(client_.get(), parts, count);
    if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (headers != nullptr) rd_kafka_headers_destroy(headers);  // not taken
    return Failure(error).code;
  }

  // Most records have the same headers as the one before.
  const rd_kafka_headers_t* headers_of(const RecordView& record) {
    if (last_headers_ && last_header_bytes_ == record.headers) return last_headers_.get();
    const Headers decoded = decode_headers(record.headers);
    last_headers_.reset(rd_kafka_headers_new(decoded.size()));
    for (const auto& [name, value] : decoded) {
      rd_kafka_header_add(last_headers_.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
    }
    last_header_bytes_ = record.headers;
    return last_headers_.get();
  }

  // Aborts; the Writer is ready again when the broker has said so. REQUIRES that the commit was not asked for, or was
  // refused. While no broker answers, the next Writer of the id aborts in place of this one.
  std::unexpected<Error> abort(Error error) {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    const Failure failure(rd_kafka_abort_transaction(client_.get(), cluster_->timeout_ms()));
    // The reports of this transaction do not mix with the next, and nothing points to its records.
    const bool reported = rd_kafka_flush(client_.get(), cluster_->timeout_ms()) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (const Delivery& delivery : deliveries_) {
      if (delivery.code == RD_KAFKA_RESP_ERR_NO_ERROR || delivery.code == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
          delivery.code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        continue;
      }
      const Error cause = error_of(delivery.code, Phase::producing, "appending by writer " + id_);
      if (cause.action == Action::invalid) error = cause;
      break;
    }
    if (!failure.failed()) return std::unexpected(reported ? std::move(error) : break_by(std::move(error)));
    const Error second = failure.error(Phase::producing, "aborting the transaction of writer " + id_);
    if (second.action == Action::fenced) error.action = Action::fenced;
    error.message += "; " + second.message;
    return std::unexpected(break_by(std::move(error)));
  }

  static std::string topics_of(const Transaction& transaction) {
    std::set<std::string_view> topics;
    for (const Outgoing& record : transaction.records) topics.insert(record.topic);
    for (const OutgoingBatch& batch : transaction.batches) topics.insert(batch.topic);
    return fmt::format("{}", fmt::join(topics, ", "));
  }

  Error break_by(Error error) {
    close();
    broken_ = error;
    // A later call learns nothing new of this transaction, but nothing of its own is appended.
    if (broken_->action != Action::fenced) broken_->action = Action::abort;
    broken_->message += "; this writer can append no more, open a new one";
    return error;
  }

  // Readers of this process need not ask for what it has appended.
  void publish_ends(const Transaction& transaction) {
    std::map<std::pair<std::string_view, std::uint32_t>, Offset> ends;
    auto delivery = deliveries_.begin();
    const auto reaches = [&](std::string_view topic, Partition partition, std::uint32_t records) {
      Offset& end = ends[{topic, partition.value}];
      for (std::uint32_t i = 0; i < records; ++i) end = std::max(end, Offset{(delivery++)->offset} + 1);
    };
    for (const OutgoingBatch& batch : transaction.batches) reaches(batch.topic, batch.partition, batch.records);
    for (const Outgoing& record : transaction.records) reaches(record.topic, record.partition, 1);
    for (const auto& [at, end] : ends) cluster_->appended({std::string(at.first), Partition{at.second}}, end);
    cluster_->changed();
  }

  std::shared_ptr<KafkaCluster> cluster_;
  std::string id_;
  std::vector<Delivery> deliveries_;  // of the last transaction; outlives the client, whose reports point here
  kafka::Client client_;
  std::map<std::string, Topic> topics_;
  Topic* last_ = nullptr;
  std::unique_ptr<rd_kafka_headers_t, DestroyHeaders> last_headers_;
  std::string last_header_bytes_;  // what they are made of
  std::size_t produced_ = 0;
  Epoch epoch_{-1};
  std::optional<Error> broken_;
};

}  // namespace

Result<std::unique_ptr<Writer>> open_kafka_writer(std::shared_ptr<KafkaCluster> cluster, const std::string& id) {
  const std::string name = cluster->options().prefix + id;
  auto writer = std::make_unique<KafkaWriter>(std::move(cluster), name);
  TRY(writer->open());
  return writer;
}

}  // namespace engine
