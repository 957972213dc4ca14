#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/result.h"
#include "engine/types.h"

// librdkafka's own names, so that its header stays out of ours.
struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_queue_s;

namespace engine {

// A read_committed consumer of librdkafka with nothing of KafkaLog around it: what any program outside sees of topics,
// and as fast as they can be read at all. For measurements and for checks from outside; the engine reads by KafkaLog.
//
// Threads: confined to one.
class KafkaBareConsumer {
 public:
  struct Options {
    std::string brokers;                          // host:port, comma between several
    std::map<std::string, std::string> settings;  // of librdkafka
    std::vector<std::string> topics;              // all their partitions are read, from the beginning
  };
  // Connects and begins to read. Errors: invalid when a setting is refused, retry when no broker answers or a topic is
  // missing.
  static Result<std::unique_ptr<KafkaBareConsumer>> open(const Options& options);
  ~KafkaBareConsumer();
  KafkaBareConsumer(const KafkaBareConsumer&) = delete;

  using OnRecord = std::function<void(std::string_view topic, std::string_view key, std::string_view value)>;
  // Hands over what has arrived, or arrives within `timeout`. Returns whether all partitions are read to their ends,
  // as last heard. Errors: retry when a partition cannot be read.
  Result<bool> poll(const OnRecord& on_record, Milliseconds timeout);

 private:
  KafkaBareConsumer() = default;
  Result<> start(const Options& options);

  rd_kafka_s* client_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
  std::size_t partitions_ = 0;
  std::set<std::pair<std::string, std::int32_t>> ended_;
  std::vector<rd_kafka_message_s*> arrived_;
};

}  // namespace engine
