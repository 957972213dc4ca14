#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/result.h"

namespace ops {

// The log that the states in a data directory were computed from. The file DIR/belongs-to tells it, so that the states
// of one log are not taken for those of another, also while nobody can ask the brokers.
//
// Format: lines `cluster ID`, `prefix TEXT`, `partitions N`.
struct StateOwner {
  std::string cluster;           // the cluster's own id
  std::string prefix;            // of the topics
  std::uint32_t partitions = 0;  // of the topics that have many
};

// Nothing when nothing is noted in the directory.
// Errors: fatal when the file cannot be read; invalid when it is another one.
engine::Result<std::optional<StateOwner>> state_owner(const std::string& directory);

// Notes it, unless the same is noted.
// Errors: invalid when another owner is noted, and nothing is changed; fatal.
engine::Result<> claim_states(const std::string& directory, const StateOwner& owner);

// Errors: invalid when another owner is noted.
engine::Result<> require_owner(const std::string& directory, const StateOwner& owner);

}  // namespace ops
