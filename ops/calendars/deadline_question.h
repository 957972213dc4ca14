#pragma once

#include <optional>
#include <vector>

#include "engine/result.h"
#include "ops/calendars/holiday_files.h"
#include "ops/commands/deadline.h"
#include "projections/clocks/calendar.h"
#include "projections/clocks/limit.h"

namespace ops {

// What `gridloop deadline` was asked, understood.
struct DeadlineQuestion {
  engine::Instant start;
  std::vector<projections::Grant> grants;  // the limit, then its extensions
  projections::Limit limit;
  projections::Pauses pauses;
  std::optional<engine::Instant> at;
  projections::WorkingCalendar calendar;

  projections::Ledger ledger() const& { return {calendar, limit, start, pauses}; }
  projections::Ledger ledger() const&& = delete;  // it refers to this
};

// Errors: invalid, with the option, what is wrong with it, and how it is written.
engine::Result<DeadlineQuestion> understand(const DeadlineOptions& options, const Holidays& holidays);

}  // namespace ops
