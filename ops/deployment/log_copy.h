#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/kafka/kafka_log.h"
#include "ops/deployment/kafka_topics.h"

// A log, moved to a Kafka cluster.
//
// Everything is copied, inputs, outputs and schedules, each record at its offset: a schedule names the offsets that
// each step read. So the tasks replay the same steps there, with the same hashes, and go on after them; nothing is
// announced again.
//
// A topic is in one of three states, which is how a copy that was cut knows where it was:
//
//   empty, or missing ──► CreateTime, no limit of retention ──► LogAppendTime, retention of the catalogue
//                          being copied: a beginning of the       finished; when one topic is, all were equal
//                          source is there

namespace ops {

// A partition that was copied.
struct CopiedPartition {
  engine::TopicPartition at;
  std::uint64_t records = 0;
  std::string hash;  // of offsets, times, keys, headers and values, the same on both sides
};

struct LogCopy {
  std::vector<CopiedPartition> partitions;
  std::uint64_t records = 0;         // in all
  std::uint64_t records_before = 0;  // of them: already there, by a copy that was cut
};

// Copies the topics of the catalogue under `plan.prefix` from `from` into the cluster of `to`, compares all of them,
// and gives the topics their settings. `plan.partitions` is taken from `from`. `watch` is told how many records of how
// many have been copied and compared. REQUIRES that nobody appends to either. Errors: invalid when a topic there holds
// records and no copy is under way, or other records than `from`; nothing was changed then. After any other error the
// same call goes on.
engine::Result<LogCopy> copy_log(engine::Log& from, engine::KafkaLog& to, TopicPlan plan,
                                 const std::function<void(std::uint64_t done, std::uint64_t total)>& watch);

}  // namespace ops
