#pragma once

#include "ops/lab/county/calendar.h"
#include "ops/lab/county/county_map.h"
#include "ops/lab/county/outbox.h"

// What the registry of the county tells: everything at the beginning, and a few changes on later days.

namespace ops::simulate {

// How long before the first instant the registry is told.
inline constexpr engine::Milliseconds kRegistryLead = std::chrono::hours(12);

// How long a priority (1 to 4) has, in seconds: to sign, from sending; to be handled, from opening.
std::int64_t sign_seconds(std::int64_t priority);
std::int64_t handle_seconds(std::int64_t priority);

// Trusted sources, zone, calendar, areas, units, categories, policies, ruleset, expectations, workers, households and
// devices, in an order in which each is known before it is named.
void tell_registry(const CountyMap& map, const CountyOptions& options, Outbox& out);

// What changes on the `number`th day (from 0): a grid that moves to another community, a revised policy, a
// household that belongs to another group.
void tell_changes(const CountyMap& map, const CountyOptions& options, std::uint32_t number, Outbox& out);

}  // namespace ops::simulate
