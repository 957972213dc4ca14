#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/queries/question.h"
#include "projections/areas/areas.h"

// `gridloop rankings`: the areas of a level, ranked.

namespace ops {

struct RankingsRequest {
  std::string period;
  std::string level = "district";
};

struct RankingsAnswer {
  RankingsRequest request;
  Freshness freshness;
  std::vector<projections::Place> places;
};

// Errors: invalid when no area has the level. REQUIRES: no problem(request).
engine::Result<RankingsAnswer> answer(const RankingsRequest& request, projections::Areas& areas,
                                      const Freshness& freshness);
// Why the request cannot be answered, in terms of the options.
std::optional<std::string> problem(const RankingsRequest& request);
std::string to_text(const RankingsAnswer& answer);
std::string to_json(const RankingsAnswer& answer);
std::string note(const RankingsAnswer& answer, bool json);

struct RankingsOptions {
  CommonOptions common;
  RankingsRequest request;
};
engine::Result<int> rankings(const RankingsOptions& options);

}  // namespace ops
