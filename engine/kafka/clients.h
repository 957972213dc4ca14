#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "engine/kafka/kafka_log.h"
#include "engine/kafka/reachability.h"

// librdkafka's own name, so that its header stays out of ours.
struct rd_kafka_s;

namespace engine::kafka {

struct CloseClient {
  void operator()(rd_kafka_s* client) const;
};
using Client = std::unique_ptr<rd_kafka_s, CloseClient>;

// What the broker said of a record. A producer's records carry one as their opaque; it is written on the thread that
// polls or commits.
struct Delivery {
  std::int64_t offset = -1;
  int code = 0;  // an rd_kafka_resp_err_t
};

// Makes librdkafka's clients, with the settings that the guarantees rest on.
//
// Threads:   any. Ownership: it outlives the clients, which report to it, and so do the options and the reachability.
// Errors:    invalid when a setting is refused.
class ClientFactory {
 public:
  ClientFactory(const KafkaLog::Options& options, Reachability& reachability)
      : options_(options), reachability_(reachability) {}
  ClientFactory(const ClientFactory&) = delete;

  Result<Client> make_consumer() const;
  // REQUIRES: the opaque of each record is a Delivery that outlives the client.
  Result<Client> make_producer(const std::string& transactional_id) const;
  // Without transactions.
  Result<Client> make_copying_producer() const;
  // A consumer that belongs to `group` without being a member. It reports to nobody, and may outlive the factory.
  Result<Client> make_group_client(const std::string& group) const;

  const KafkaLog::Options& options() const { return options_; }
  Reachability& reachability() const { return reachability_; }

 private:
  // A client with `settings`, those of the user, and `own`, which win.
  Result<Client> make(bool consumer, std::map<std::string, std::string> settings,
                      const std::map<std::string, std::string>& own, bool observed = true) const;

  const KafkaLog::Options& options_;
  Reachability& reachability_;
};

}  // namespace engine::kafka
