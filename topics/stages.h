#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/stage.h"

// The stages of the program: what each reads and writes. Topics, inboxes and schedules (topology.h), the deployment and
// the tests follow from this one list; projections/stages.h adds how a stage is made.

namespace topics {

struct StageContract {
  std::string_view name;
  // Suffixes of topics. Ties of event time are merged in the order of the inputs.
  std::span<const std::string_view> inputs;
  std::span<const std::string_view> outputs;
  bool has_inbox;            // NAME-inbox, which it reads and writes: messages from row to row
  bool partitioned;          // it has a task for each partition of the deployment; else one task
  std::uint32_t weight = 1;  // its share of memory and of processes, see engine::StageSpec

  // The suffix of its schedule topic: "schedule-NAME".
  std::string schedule() const;
  // The suffix of its inbox: "NAME-inbox". REQUIRES has_inbox.
  std::string inbox() const;
};

std::span<const StageContract> stage_contracts();

// REQUIRES that there is one with this name.
const StageContract& stage_contract(std::string_view name);

// What the engine has to know of a stage, with full names of its topics. The logic version is left to the stage.
engine::StageSpec stage_spec(const StageContract& contract, std::string_view prefix);

}  // namespace topics
