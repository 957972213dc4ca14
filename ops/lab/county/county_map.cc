#include "ops/lab/county/county_map.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ops/lab/county/random.h"

namespace ops::simulate {
namespace {

constexpr std::uint32_t kMaxStreets = 10;
constexpr std::uint32_t kGridsPerCommunity = 7;
constexpr std::int64_t kQuickest = 75;  // percent of the usual time for handling
constexpr std::int64_t kSlowest = 135;
constexpr std::size_t kEstatesPerGrid = 2;
constexpr std::size_t kBuildingsPerEstate = 3;

constexpr std::array kKinds = {
    DeviceKind{"smoke-detector", "", "", "smoke", "fire-lane", "Yunze YG-20", 0, 0, 0, 0, 28},
    DeviceKind{"gas-detector", "gas", "ppm", "gas", "gas", "Yunze RQ-4", 400, 50, 200, 20'000, 16},
    DeviceKind{"bin", "fill_level", "%", "overflow", "garbage", "Lvyuan LT-2", 450, 250, 80, 950, 14},
    DeviceKind{"manhole", "", "", "manhole", "manhole", "Yunze JG-1", 0, 0, 0, 0, 8},
    DeviceKind{"water-meter", "pressure", "kPa", "water_pressure", "water", "Taihe SY-3", 3'200, 300, 90, 1'200, 8},
    DeviceKind{"heating-meter", "temperature", "Cel", "low_temperature", "heating", "Taihe RL-3", 482, 35, 12, 300, 8},
    DeviceKind{"lift-camera", "", "", "ebike_in_lift", "ebike", "Yunze DT-7", 0, 0, 0, 0, 6},
    DeviceKind{"room-thermometer", "temperature", "Cel", "low_temperature", "heating", "Taihe WD-1", 205, 18, 6, 140,
               12},
};

constexpr std::array<std::string_view, 5> kTags = {"living-alone", "over-80", "disabled", "low-income", "left-behind"};

}  // namespace

std::span<const DeviceKind> device_kinds() {
  return kKinds;
}

std::string decimal_text(std::int64_t value, int scale) {
  std::string text = std::to_string(value < 0 ? -value : value);
  const auto after_point = static_cast<std::size_t>(scale);
  if (text.size() <= after_point) text.insert(0, after_point + 1 - text.size(), '0');
  text.insert(text.size() - after_point, 1, '.');
  if (value < 0) text.insert(0, 1, '-');
  return text;
}

CountyMap::CountyMap(const CountyOptions& options) : households_per_grid_(options.households_per_grid) {
  add_grids(options);
  add_people(options);
}

void CountyMap::add_grids(const CountyOptions& options) {
  areas_.push_back({std::string(kCountyCode), std::string(kCountyName), "district", "", "county-government"});
  const std::uint32_t streets = std::clamp((options.grids + 5) / 6, 1u, kMaxStreets);
  std::uint32_t communities = 0;
  for (std::uint32_t s = 0; s < streets; ++s) {
    Street street;
    street.id = fmt::format("{}{:03}", kCountyCode, s + 1);
    street.name = street_name(s);
    street.office = fmt::format("street-{:03}", s + 1);
    street.desk = fmt::format("desk/{:03}", s + 1);
    street.pace_percent = random_stream(options.seed, Stream::map, s + 1).between(kQuickest, kSlowest);
    areas_.push_back({street.id, street.name, "street", std::string(kCountyCode), street.office});
    const std::uint32_t grids = options.grids / streets + (s < options.grids % streets ? 1 : 0);
    std::string community;
    std::string community_title;
    for (std::uint32_t g = 0; g < grids; ++g) {
      if (g % kGridsPerCommunity == 0) {
        community = fmt::format("{}{:03}", street.id, g / kGridsPerCommunity + 1);
        community_title = community_name(s, g / kGridsPerCommunity);
        areas_.push_back({community, community_title, "community", street.id, street.office});
        ++communities;
      }
      Grid grid;
      grid.id = fmt::format("{}{:03}", community, g % kGridsPerCommunity + 1);
      grid.name = fmt::format("{}第{}网格", community_title, numeral(g % kGridsPerCommunity + 1));
      grid.street = s;
      grid.community = community;
      grid.latitude = 35'400'000 + 9'000 * (s % 5) + 2'400 * (g % 10);
      grid.longitude = 116'500'000 + 14'000 * (s / 5) + 2'900 * (g / 10);
      areas_.push_back({grid.id, grid.name, "grid", community, street.office});
      for (std::size_t e = 0; e < kEstatesPerGrid; ++e) {
        const std::string estate = fmt::format("{}E{}", grid.id, e + 1);
        areas_.push_back({estate, estate_name(communities * kGridsPerCommunity + g, e), "estate", grid.id, ""});
        for (std::size_t b = 0; b < kBuildingsPerEstate; ++b) {
          const std::string building = fmt::format("{}B{:02}", estate, b + 1);
          areas_.push_back({building, fmt::format("{}号楼", b + 1), "building", estate, ""});
          grid.buildings.push_back(building);
        }
      }
      grids_.push_back(std::move(grid));
    }
    streets_.push_back(std::move(street));
  }
}

void CountyMap::add_people(const CountyOptions& options) {
  Random random = random_stream(options.seed, Stream::map);
  for (std::uint32_t g = 0; g < grids_.size(); ++g) {
    first_worker_.push_back(static_cast<std::uint32_t>(workers_.size()));
    const std::size_t others = 1 + random.below(3);
    for (std::size_t i = 0; i <= others; ++i) {
      workers_.push_back({fmt::format("w-{:05}{}", g + 1, i + 1), g, i == 0, i == others});
    }
    for (std::uint32_t h = 0; h < households_per_grid_; ++h) {
      Household household;
      household.id = fmt::format("h-{:05}-{:03}", g + 1, h + 1);
      household.grid = g;
      household.building = static_cast<std::uint32_t>(random.below(grids_[g].buildings.size()));
      household.tag = kTags[random.weighted({40, 25, 12, 15, 8})];
      household.curtain = household.tag == "living-alone" || household.tag == "over-80";
      households_.push_back(std::move(household));
    }
  }
  first_worker_.push_back(static_cast<std::uint32_t>(workers_.size()));
  std::array<unsigned, kKinds.size()> weights{};
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = kKinds[i].weight;
  for (std::uint32_t d = 0; d < options.device_count(); ++d) {
    const auto kind = static_cast<std::uint8_t>(random.weighted(weights));
    devices_.push_back({fmt::format("d-{:07}", d + 1), kind, static_cast<std::uint32_t>(d % grids_.size())});
  }
}

std::span<const Worker> CountyMap::workers_of(std::uint32_t grid) const {
  return std::span(workers_).subspan(first_worker_[grid], first_worker_[grid + 1] - first_worker_[grid]);
}

std::span<const Household> CountyMap::households_of(std::uint32_t grid) const {
  return std::span(households_).subspan(std::size_t{grid} * households_per_grid_, households_per_grid_);
}

}  // namespace ops::simulate
