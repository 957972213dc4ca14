#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/queries/question.h"
#include "projections/areas/areas.h"

// `gridloop workload`: the work of an area by day or month, or the busiest areas of a level.

namespace ops {

struct WorkloadRequest {
  std::string area;  // empty = the areas of `level`, the busiest first
  std::string level;
  std::string from;  // days; empty = all
  std::string to;
  bool months = false;
  std::uint64_t top = 10;
};

// Of an area: its days with their total, or its months. Of a level: its areas.
struct WorkloadAnswer {
  struct AreaLine {
    std::string area;
    std::string name;
    projections::CounterRow total;
    projections::CounterRow now;
    bool others = false;  // the sum of the areas that are not shown, for people
  };
  WorkloadRequest request;
  Freshness freshness;
  std::vector<projections::MonthWorkload> months;
  std::vector<projections::DayWorkload> days;
  projections::CounterRow total;
  projections::CounterRow now;
  std::vector<AreaLine> areas;
};

// Errors: invalid when there is no such area or level. REQUIRES: no problem(request).
engine::Result<WorkloadAnswer> answer(const WorkloadRequest& request, projections::Areas& areas,
                                      const Freshness& freshness);
// Why the request cannot be answered, in terms of the options.
std::optional<std::string> problem(const WorkloadRequest& request);
std::string to_text(const WorkloadAnswer& answer);
std::string to_json(const WorkloadAnswer& answer);

struct WorkloadOptions {
  CommonOptions common;
  WorkloadRequest request;
};
engine::Result<int> workload(const WorkloadOptions& options);

}  // namespace ops
