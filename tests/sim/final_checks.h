#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/task.h"
#include "tests/sim/simulator.h"

namespace sim {

// A record that a producer was told the offset of.
struct Acknowledged {
  engine::TopicPartition at;
  engine::Offset offset;
  engine::Outgoing record;
};

// All records of a partition. The batch holds them.
engine::Result<> read_all(engine::Log& log, const engine::TopicPartition& at, engine::Batch& batch);

// The promises of sim::simulate() that do not depend on the world; each returns what is wrong, or nothing. Counts the
// steps that it meets.
std::string check_acknowledged(engine::Log& log, const std::vector<Acknowledged>& acknowledged);
std::string check_schedules(engine::Log& log, const World& world, const std::set<std::string>& produced,
                            std::uint64_t& steps);  // `produced`: topics that are also written from outside
std::string check_replicas(engine::Log& log, const World& world, const std::vector<engine::Task*>& tasks);

}  // namespace sim
