#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/result.h"
#include "projections/areas/areas.h"
#include "topics/outputs/outputs.h"

// The days, months and areas that questions name.

namespace ops {

// The number of the day or month that `text` names; nothing when it names none of that kind.
std::optional<std::int32_t> parse_bucket(const std::string& text, topics::BucketKind kind);
// "2015-06-01", "2015-06".
std::string day_text(std::int32_t day);
std::string month_text(std::int32_t month);

// Errors: invalid when no area has the level.
engine::Result<> require_level(projections::Areas& areas, const std::string& level);

// The error for an area that does not exist (any more): invalid, with its successors.
std::unexpected<engine::Error> no_such_area(const projections::Directory& directory, const std::string& area);

}  // namespace ops
