#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/lab/county/county_map.h"
#include "ops/lab/county/outbox.h"

namespace ops::simulate {

// What was made, in numbers.
struct CountySummary {
  std::uint64_t deliveries = 0;                              // records of the log
  std::uint64_t events = 0;                                  // different ones
  std::uint64_t late = 0;                                    // deliveries that came late
  std::uint64_t repeated = 0;                                // second deliveries
  std::array<std::uint64_t, topics::kTypeCount> by_type{};   // different events
  std::uint64_t cases = 0;                                   // reported
  std::vector<std::pair<std::string, std::uint64_t>> areas;  // by level, from the top
  std::uint64_t workers = 0;
  std::uint64_t households = 0;
  std::uint64_t devices = 0;
  engine::Instant from;
  engine::Instant to;

  void count(const CountyEvent& event);
  void describe(const CountyMap& map);
  std::uint64_t of(topics::Family family) const;  // different events
};

// As one JSON object on one line, without a line break; and for people.
std::string to_json(const CountySummary& summary);
std::string to_text(const CountySummary& summary);

}  // namespace ops::simulate
