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

// Everything that an import will write.
struct Plan {
  std::unique_ptr<EventOrder> events;  // sorted
  std::vector<Area> areas;
  engine::Instant first_written = engine::kMaxInstant;  // of all times in the usable rows, due times included
  engine::Instant last_written = engine::kMinInstant;
};

// Reads all rows of `files` once, puts their events into `order`, and counts the contents of the rows in `report`. Rows
// with an event after `latest` are skipped. Errors: those of files; invalid if more rows are unusable than usable: then
// the mapping is wrong, not the data.
engine::Result<Plan> make_plan(const Mapping& mapping, const std::vector<SourceFile>& files, engine::Instant latest,
                               std::unique_ptr<EventOrder> order, ImportReport& report);

}  // namespace ops
