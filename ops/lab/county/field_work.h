#pragma once

#include "ops/lab/county/calendar.h"
#include "ops/lab/county/county_map.h"
#include "ops/lab/county/outbox.h"

namespace ops::simulate {

// Tells what the grid workers of the county do on `day` from `from` on: check-ins and patrols, the morning round past
// the curtains of those who live alone, planned visits that are made or missed. About 20 events a grid and day.
void tell_field_work(const CountyMap& map, const CountyOptions& options, Day day, engine::Instant from, Outbox& out);

}  // namespace ops::simulate
