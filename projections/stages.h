#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/stage.h"
#include "topics/stages.h"

// How each stage of topics/stages.h is made. A new stage is one line there and one here.

namespace projections {

struct StageMaker {
  std::string_view name;
  // `prefix`: of its topics.
  std::unique_ptr<engine::Stage> (*make)(const std::string& prefix);
};

// In the order of topics::stage_contracts(), one for each.
std::span<const StageMaker> stages();

// REQUIRES that there is a stage with this name.
std::unique_ptr<engine::Stage> make_stage(std::string_view name, const std::string& prefix);

}  // namespace projections
