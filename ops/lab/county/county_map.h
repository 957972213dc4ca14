#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/lab/county/county_options.h"
#include "ops/lab/county/names.h"

namespace ops::simulate {

// An area as the directory knows it. Codes of grids have 15 digits: 6 of the division, 3 each of street, community and
// number (Beijing's DB11 scheme); estates and buildings append to them.
struct MapArea {
  std::string id;
  std::string name;
  std::string_view level;  // district, street, community, grid, estate, building
  std::string parent;      // empty: the district
  std::string unit;        // empty: none
};

struct Street {
  std::string id;
  std::string name;
  std::string office;         // unit
  std::string desk;           // source of what the office tells
  std::int64_t pace_percent;  // of the usual time that handling takes there
};

struct Grid {
  std::string id;
  std::string name;
  std::uint32_t street;
  std::string community;
  std::vector<std::string> buildings;
  std::int64_t latitude;  // of the middle, in millionths of a degree
  std::int64_t longitude;
};

struct Worker {
  std::string id;
  std::uint32_t grid;
  bool dedicated;  // 专属; else part-time 兼职
  bool captain;    // 楼栋长
};

struct Household {
  std::string id;
  std::uint32_t grid;
  std::uint32_t building;  // index into the grid's
  std::string tag;
  bool curtain;  // on the morning round
};

struct DeviceKind {
  std::string_view name;
  std::string_view metric;  // empty: it only beats and raises alarms
  std::string_view value_unit;
  std::string_view alarm;
  std::string_view category;  // of the case that a true alarm makes
  std::string_view model;
  std::int64_t usual;     // tenths
  std::int64_t swing;     // tenths up and down over the day
  std::int64_t noise;     // tenths
  std::int64_t alarm_at;  // tenths
  unsigned weight;
};
std::span<const DeviceKind> device_kinds();

struct Device {
  std::string id;
  std::uint8_t kind;
  std::uint32_t grid;
};

// Where everything is in the county, and who and what is there. Made once from the seed; never changes.
//
// Threads: any, after it was made.
class CountyMap {
 public:
  explicit CountyMap(const CountyOptions& options);

  const std::vector<MapArea>& areas() const { return areas_; }  // parents before their children
  const std::vector<Street>& streets() const { return streets_; }
  const std::vector<Grid>& grids() const { return grids_; }
  const std::vector<Worker>& workers() const { return workers_; }
  const std::vector<Household>& households() const { return households_; }
  const std::vector<Device>& devices() const { return devices_; }

  // The dedicated worker and the others of a grid; its households.
  std::span<const Worker> workers_of(std::uint32_t grid) const;
  std::span<const Household> households_of(std::uint32_t grid) const;

 private:
  void add_grids(const CountyOptions& options);
  void add_people(const CountyOptions& options);

  std::vector<MapArea> areas_;
  std::vector<Street> streets_;
  std::vector<Grid> grids_;
  std::vector<Worker> workers_;
  std::vector<std::uint32_t> first_worker_;  // by grid, and one more
  std::vector<Household> households_;
  std::uint32_t households_per_grid_;
  std::vector<Device> devices_;
};

// A decimal of `scale` digits after the point: decimal_text(-5, 1) is "-0.5".
std::string decimal_text(std::int64_t value, int scale);

}  // namespace ops::simulate
