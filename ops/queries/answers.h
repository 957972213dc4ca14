#pragma once

#include <memory>
#include <string_view>

#include "ops/commands/common_options.h"
#include "ops/deployment/deployment.h"
#include "topics/codec/json.h"

// What answers from the state have in common.

namespace ops {

engine::Result<std::unique_ptr<Deployment>> open_for_answers(const CommonOptions& common);

// What is said below an answer from rows that are not all folded by the rules in force.
inline constexpr std::string_view kRecalculating =
    "\nRecalculating: a rule change has not been applied to all cases yet; the figures can still change\n";

// The same for programs: "recalculating".
void put_recalculating(topics::JsonWriter& json, bool recalculating);

// Of when an answer is that was given while the brokers were away: "stale", "as_of", "step".
void put_stale(topics::JsonWriter& json, const Deployment::Replica& replica);

}  // namespace ops
