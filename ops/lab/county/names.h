#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// The names of an invented county, and what its residents ask for.

namespace ops::simulate {

inline constexpr std::string_view kCountyCode = "379901";
inline constexpr std::string_view kCountyName = "云泽县";

std::string_view street_name(std::size_t i);  // "西苑街道"; ten different ones, then again
std::string community_name(std::size_t street, std::size_t i);
std::string_view numeral(std::size_t n);  // 一, 二 … 二十; REQUIRES: 1 <= n <= 20
std::string estate_name(std::size_t community, std::size_t i);

struct Department {
  std::string_view id;
  std::string_view name;
};
std::span<const Department> departments();

// One item of the work list.
struct Category {
  std::string_view id;
  std::string_view name;
  std::string_view parent;      // one of category_groups()
  std::string_view department;  // id of the department that answers for it
  std::string_view complaint;   // what a resident says
  std::string_view condition;   // for registration
  std::string_view limit;       // for handling, where it is counted in working time
  std::int64_t priority;
  unsigned weight;      // how often it is asked for
  bool heating_season;  // may be what a burst is about
};
std::span<const Category> categories();
std::span<const unsigned> category_weights();  // as in categories()
std::size_t category(std::string_view id);     // REQUIRES: there is one

struct CategoryGroup {
  std::string_view id;
  std::string_view name;
};
std::span<const CategoryGroup> category_groups();

}  // namespace ops::simulate
