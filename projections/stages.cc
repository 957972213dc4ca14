#include "projections/stages.h"

#include <algorithm>

#include "engine/result.h"
#include "projections/areas/areas.h"
#include "projections/cases/cases.h"

namespace projections {

namespace {

template <class Stage>
std::unique_ptr<engine::Stage> make(const std::string& prefix) {
  return std::make_unique<Stage>(prefix);
}

constexpr StageMaker kMakers[] = {
    {"cases", make<Cases>},
    {"areas", make<Areas>},
};

}  // namespace

std::span<const StageMaker> stages() {
  return kMakers;
}

std::unique_ptr<engine::Stage> make_stage(std::string_view name, const std::string& prefix) {
  const auto found = std::ranges::find(kMakers, name, &StageMaker::name);
  CHECK(found != std::end(kMakers));
  return found->make(prefix);
}

}  // namespace projections
