#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kafka/kafka_log.h"
#include "topics/topology.h"

// The topics of a deployment on a Kafka cluster: made, and compared with the catalogue (topics/topology.h).

namespace ops {

// What a deployment asks of its cluster.
struct TopicPlan {
  std::string brokers;  // as the tools of Kafka take them
  std::string prefix;
  std::uint32_t partitions;   // of the topics that have many
  std::uint32_t replication;  // at least so many copies of each partition
};

// A setting that a topic has to have.
struct WantedSetting {
  std::string_view name;
  std::string value;
  bool or_more;          // a larger number is fine too
  std::string_view why;  // what happens otherwise
};

// A topic of the plan.
struct WantedTopic {
  std::string name;
  std::uint32_t partitions;
  bool compacted;
  std::vector<WantedSetting> settings;
};

// All topics of the catalogue, and the one of the writers (engine/kafka/kafka_log.h).
std::vector<WantedTopic> wanted_topics(const TopicPlan& plan);

// How a topic is not what it should be.
struct Deviation {
  std::string topic;
  std::string what;  // `retention.ms`, `partitions` …
  std::string is;
  std::string should_be;
  std::string why;      // it matters
  std::string command;  // that mends it; empty when none does
  std::string advice;   // what else to do
};

// "TOPIC: WHAT is IS, should be SHOULD_BE: WHY; mend: COMMAND; ADVICE". Milliseconds are told in days too.
std::string sentence(const Deviation& deviation);

// Compares `found` with `wanted`. `empty`: the topic holds no records, so that its partitions may change. `brokers`:
// those that copies may lie on.
std::vector<Deviation> compare(const WantedTopic& wanted, const engine::KafkaLog::TopicState& found,
                               const TopicPlan& plan, bool empty, std::span<const std::int32_t> brokers);

// Fills in what the plan leaves open (0): the partitions that its topics have, else 4; 3 copies, or one on each broker.
engine::Result<TopicPlan> complete(const engine::KafkaLog& log, TopicPlan plan);

// All deviations of the cluster from the plan, in the order of the catalogue.
engine::Result<std::vector<Deviation>> deviations(const engine::KafkaLog& log, const TopicPlan& plan);

struct MadeTopic {
  WantedTopic topic;
  bool made;  // else it was there, and was left as it is
};

// Makes the topics that are missing.
// Errors: invalid when topics are there with another number of partitions; nothing was made then.
engine::Result<std::vector<MadeTopic>> make_missing(engine::KafkaLog& log, const TopicPlan& plan);

}  // namespace ops
