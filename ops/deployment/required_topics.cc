#include "ops/deployment/required_topics.h"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "topics/topology.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;
using TopicStates = std::map<std::string, engine::KafkaLog::TopicState>;

// How many partitions most of the topics have that need equally many: those that differ were changed.
std::uint32_t most_common(const TopicStates& found, const std::string& prefix) {
  std::map<std::size_t, int> counts;
  for (const topics::TopicDoc& doc : topics::topology()) {
    if (doc.partitioned) ++counts[found.at(topics::topic_name(prefix, doc.suffix)).replicas.size()];
  }
  std::size_t best = counts.begin()->first;
  for (const auto& [partitions, n] : counts) {
    if (n > counts[best]) best = partitions;
  }
  return static_cast<std::uint32_t>(best);
}

}  // namespace

Result<std::uint32_t> require_topics(const engine::KafkaLog& log, const std::string& brokers,
                                     const std::string& prefix) {
  const std::string place =
      fmt::format("--kafka {}{}", brokers, prefix == topics::kDefaultPrefix ? "" : " --prefix " + prefix);
  std::vector<std::string> names;
  for (const topics::TopicDoc& doc : topics::topology()) names.push_back(topics::topic_name(prefix, doc.suffix));
  const TopicStates found = TRY(log.describe_topics(names));
  for (const std::string& name : names) {
    if (found.contains(name)) continue;
    return fail(
        Action::invalid,
        fmt::format(
            "the Kafka cluster at {} shows no topic {}: create the topics with `gridloop topics create {}`, use "
            "the --prefix they were created with, or grant the user the right Describe on them",
            brokers, name, place));
  }
  const std::uint32_t partitions = most_common(found, prefix);
  for (const topics::TopicDoc& doc : topics::topology()) {
    const std::string name = topics::topic_name(prefix, doc.suffix);
    const auto& [replicas, settings] = found.at(name);
    const std::uint32_t wanted = doc.partitioned ? partitions : 1;
    if (replicas.size() != wanted) {
      return fail(
          Action::invalid,
          fmt::format("topic {} has {} partitions, but should have {}: this number decides the partition of each "
                      "key, so records written since the change may be where no task reads them. `gridloop "
                      "topics check {} --partitions {}` lists all such topics and how to fix them",
                      name, replicas.size(), wanted, place, partitions));
    }
    const auto policy = settings.find("cleanup.policy");
    if (!doc.compacted && policy != settings.end() && policy->second.find("compact") != std::string::npos) {
      return fail(
          Action::invalid,
          fmt::format("topic {} has the cleanup policy {}: Kafka removes all but the newest record of a key, but "
                      "every record counts. Reset it: `gridloop topics check {}` prints the command. If records "
                      "are already lost, the next replay names the step that lacks them",
                      name, policy->second, place));
    }
  }
  return partitions;
}

}  // namespace ops
