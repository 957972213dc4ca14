#include "ops/lab/bench/kafka_topics.h"

#include <fmt/format.h>

#include "engine/clock.h"
#include "ops/cli/messages.h"
#include "ops/deployment/kafka_topics.h"

namespace ops::bench {

using engine::Result;

Result<std::unique_ptr<KafkaTopics>> KafkaTopics::make(const KafkaPlace& place, std::uint32_t partitions) {
  std::string prefix = fmt::format("bench-{}.", engine::to_ms(engine::WallClock().now()));
  auto log = TRY(engine::KafkaLog::open(TRY(kafka_options(place.connection, prefix))));
  std::unique_ptr<KafkaTopics> topics(new KafkaTopics(std::move(prefix), std::move(log), place.keep_topics));
  const TopicPlan plan = TRY(complete(
      *topics->log_,
      {.brokers = place.connection.brokers, .prefix = topics->prefix_, .partitions = partitions, .replication = 0}));
  // Also what is made by half is deleted.
  for (const WantedTopic& topic : wanted_topics(plan)) topics->made_.push_back(topic.name);
  TRY(make_missing(*topics->log_, plan));
  return topics;
}

KafkaTopics::~KafkaTopics() {
  if (keep_) {
    say(fmt::format("kept the topics {}*", prefix_));
    return;
  }
  if (const auto deleted = log_->delete_topics(made_); !deleted) say(deleted.error().message);
}

}  // namespace ops::bench
