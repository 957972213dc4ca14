#include "engine/kafka/clients.h"

#include <algorithm>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace engine::kafka {

void CloseClient::operator()(rd_kafka_s* client) const {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

namespace {

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

const ClientFactory* factory_of(const rd_kafka_t* client) {
  return static_cast<const ClientFactory*>(rd_kafka_opaque(client));
}

// Called from threads of librdkafka. What it calls errors comes by other ways, too, and in better words: to
// complained(), and as the outcome of a call.
void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const ClientFactory* factory = factory_of(client);
  if (factory == nullptr || !factory->options().notice || std::string_view(facility) == "CONFWARN") return;
  using Severity = KafkaLog::Severity;
  const Severity severity = level <= 4 ? Severity::warning : level <= 6 ? Severity::info : Severity::debug;
  factory->options().notice(severity, fmt::format("Kafka: {}", text));
}

void delivered(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* /*factory*/) {
  auto* delivery = static_cast<Delivery*>(message->_private);
  delivery->offset = message->offset;
  delivery->code = message->err;
}

// Called by rd_kafka_poll() and the like.
void complained(rd_kafka_t* client, int code, const char* reason, void* /*factory*/) {
  if (const ClientFactory* factory = factory_of(client)) factory->reachability().complain(code, reason);
}

}  // namespace

Result<Client> ClientFactory::make_consumer() const {
  return make(
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

Result<Client> ClientFactory::make_producer(const std::string& transactional_id) const {
  return make(false, producer_settings(),
              {
                  {"transactional.id", transactional_id},
                  {"enable.idempotence", "true"},
                  {"transaction.timeout.ms", std::to_string(options_.transaction_timeout.count())},
              });
}

Result<Client> ClientFactory::make_copying_producer() const {
  return make(false, producer_settings(),
              {
                  {"enable.idempotence", "true"},
                  {"enable.gapless.guarantee", "true"},  // a record that fails fails all after it
                  {"message.timeout.ms", std::to_string(options_.timeout.count())},
              });
}

Result<Client> ClientFactory::make(bool consumer, std::map<std::string, std::string> settings,
                                   const std::map<std::string, std::string>& own, bool observed) const {
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
  if (observed) rd_kafka_conf_set_opaque(conf.get(), const_cast<ClientFactory*>(this));
  if (!consumer) rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  char reason[512];
  rd_kafka_t* made = rd_kafka_new(consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf.get(), reason, sizeof(reason));
  if (made == nullptr) return fail(Action::invalid, fmt::format("Kafka: the settings do not fit: {}", reason));
  (void)conf.release();  // the client has taken it
  return Client(made);
}

Result<Client> ClientFactory::make_group_client(const std::string& group) const {
  return make(true, {}, {{"group.id", group}, {"enable.auto.commit", "false"}, {"allow.auto.create.topics", "false"}},
              false);
}

}  // namespace engine::kafka
