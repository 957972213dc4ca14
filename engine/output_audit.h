#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/hash.h"
#include "engine/log/log.h"
#include "engine/types.h"

namespace engine {

// How many records of `batches` their partitions do not hold. Looks at the newest records first, so that it takes long
// only for what is missing. What may have been there counts as held: records for compacted topics, and for partitions
// whose first records are gone. Errors: those of Log and Reader.
Result<std::uint64_t> count_missing(Log& log, std::span<const OutgoingBatch> batches);

// How what lies in a partition differs from what the steps say that they wrote. Of equal records the last ones are
// taken for those that differ.
struct OutputDifference {
  TopicPartition at;
  std::uint64_t missing = 0;  // records that a step wrote
  std::string task;           // with `missing`: of the first of these
  StepNumber step{0};         // with `missing`: of the first of these
  std::uint64_t extra = 0;    // records that no step wrote
  Offset first_extra{0};      // with `extra`

  std::string to_string() const;
};

// The outputs of all steps of all tasks, collected by replays, to be compared with what lies in their topics. Each step
// was a transaction; where one was torn, outputs are missing, or are there although no step has written them.
//
// Threads: one. Memory: 32 bytes for each output.
class OutputAudit {
 public:
  // Outputs that step `step` of `task` has written.
  void add(const std::string& task, StepNumber step, const OutgoingBatch& batch);

  // The differences, by topic and partition. REQUIRES that no step was committed since the replays. Left out are
  // compacted topics and partitions whose first records are gone. `topics`: all that the stages write.
  // Errors: those of Log and Reader.
  Result<std::vector<OutputDifference>> compare(Log& log, std::span<const std::string> topics);

  // How many outputs compare() has found to be as the steps say.
  std::uint64_t compared() const { return compared_; }

 private:
  struct Written {
    Hash128 hash;
    std::uint32_t task;  // index of `tasks_`
    StepNumber step;
    auto operator<=>(const Written&) const = default;
  };
  Result<OutputDifference> compare(Log& log, const TopicPartition& at, Offset end);

  std::vector<std::string> tasks_;
  std::map<TopicPartition, std::vector<Written>> written_;
  std::uint64_t compared_ = 0;
};

}  // namespace engine
