#include "topics/stages.h"

#include <algorithm>

#include "engine/result.h"
#include "topics/topology.h"

namespace topics {

namespace {

constexpr std::string_view kCasesInputs[] = {"directory",  "cases-inbox", "requests",
                                             "dispatches", "visits",      "judgements"};
constexpr std::string_view kCasesOutputs[] = {"cases-inbox", "area-deltas", "sla-alerts", "cases", "dead-letters"};
constexpr std::string_view kAreasInputs[] = {"directory", "area-deltas"};
constexpr std::string_view kAreasOutputs[] = {"grid-workload", "district-rankings", "dead-letters"};

constexpr StageContract kStages[] = {
    // There are many cases, and few areas.
    {"cases", kCasesInputs, kCasesOutputs, /*has_inbox=*/true, /*partitioned=*/true, /*weight=*/8},
    {"areas", kAreasInputs, kAreasOutputs, /*has_inbox=*/false, /*partitioned=*/false, /*weight=*/1},
};

}  // namespace

std::string StageContract::schedule() const {
  return "schedule-" + std::string(name);
}

std::string StageContract::inbox() const {
  CHECK(has_inbox);
  return std::string(name) + "-inbox";
}

std::span<const StageContract> stage_contracts() {
  return kStages;
}

const StageContract& stage_contract(std::string_view name) {
  const auto found = std::ranges::find(kStages, name, &StageContract::name);
  CHECK(found != std::end(kStages));
  return *found;
}

engine::StageSpec stage_spec(const StageContract& contract, std::string_view prefix) {
  using Kind = engine::InputSpec::Kind;
  engine::StageSpec spec;
  spec.name = contract.name;
  for (const std::string_view input : contract.inputs) {
    // Rules are read by every task; an input that has one partition belongs to the one task of its stage.
    const bool shared = input == topic_of(Family::directory);
    spec.inputs.push_back({topic_name(prefix, input), shared ? Kind::shared : Kind::partitioned});
  }
  for (const std::string_view output : contract.outputs) spec.outputs.push_back(topic_name(prefix, output));
  spec.schedule_topic = topic_name(prefix, contract.schedule());
  spec.weight = contract.weight;
  return spec;
}

}  // namespace topics
