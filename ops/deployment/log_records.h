#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "engine/log/log.h"

// Reading a topic of a log from one end to the other.

namespace ops {

// Calls visit(record) for all records of a partition from `from` on.
template <class Visit>
engine::Result<> each_record(engine::Log& log, const engine::TopicPartition& at, engine::Offset from, Visit&& visit) {
  const auto reader = TRY(log.reader(at, from));
  engine::Batch batch;
  while (true) {
    batch.clear();
    TRY(reader->read(batch, 1u << 20));
    if (batch.empty()) return {};
    for (const engine::Record& record : batch.records()) visit(record);
  }
}

// Where the last `count` records of a partition begin. Not all offsets have a record: on Kafka, the marks of transactions
// take some.
engine::Result<engine::Offset> begin_of_last(engine::Log& log, const engine::TopicPartition& at, std::uint64_t count);

// The topic, or invalid when the log has none of this name.
engine::Result<engine::TopicSpec> require_topic(engine::Log& log, const std::string& topic);

// Calls visit(partition, record) for the records of a topic, partition by partition, from the last `last` of each.
template <class Visit>
engine::Result<> each_record(engine::Log& log, const std::string& topic, std::optional<std::uint64_t> last,
                             Visit&& visit) {
  const std::uint32_t partitions = TRY(require_topic(log, topic)).partitions;
  for (std::uint32_t p = 0; p < partitions; ++p) {
    const engine::TopicPartition at{topic, engine::Partition{p}};
    const engine::Offset from = last ? TRY(begin_of_last(log, at, *last)) : TRY(log.bounds(at)).begin;
    TRY(each_record(log, at, from, [&](const engine::Record& record) { visit(at.partition, record); }));
  }
  return {};
}

}  // namespace ops
