#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log.h"

namespace ops::bench {

// The rules of the benchmarks' city: which source to trust, the zone, two policies for each priority, and the tree of
// areas, which follows from the codes of the grids: 3708 dd ss gggg = city, district, street, grid.
//
// Threads: confined to one.
class City {
 public:
  // `topic` is that of the rules; they hold from `begin` on.
  City(std::string topic, engine::Instant begin) : topic_(std::move(topic)), begin_(begin) {}

  // Appends all rules but the areas.
  void publish(std::vector<engine::Outgoing>& out);
  // Appends the registrations of the grid and of the areas above it, those that were not registered before.
  // Returns false when `grid` is no code of a grid, and appends nothing.
  bool add_grid(std::string_view grid, std::vector<engine::Outgoing>& out);

  static std::string_view city_of(std::string_view grid) { return grid.substr(0, 4); }

 private:
  std::string topic_;
  engine::Instant begin_;
  std::set<std::string, std::less<>> areas_;
};

}  // namespace ops::bench
