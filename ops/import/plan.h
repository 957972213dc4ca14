#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/result.h"
#include "ops/import/areas.h"
#include "ops/import/event_order.h"
#include "ops/import/mapping.h"
#include "ops/import/report.h"

namespace ops {

// All that an import will write.
struct Plan {
  std::unique_ptr<EventOrder> events;  // sorted
  std::vector<Area> areas;
  engine::Instant first_written = engine::kMaxInstant;  // of all times that the usable rows hold, due times too
  engine::Instant last_written = engine::kMinInstant;
};

// Reads all rows of `files` once, puts their events into `order`, and counts in `report` what the rows hold. Rows with
// an event after `latest` are skipped. Errors: invalid when more rows cannot be used than can: the mapping is wrong
// then, not the data; those of files.
engine::Result<Plan> make_plan(const Mapping& mapping, const std::vector<SourceFile>& files, engine::Instant latest,
                               std::unique_ptr<EventOrder> order, ImportReport& report);

}  // namespace ops
