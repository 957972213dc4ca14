#include "ops/import/areas.h"

#include <algorithm>

namespace ops {

bool Areas::add(const Row& row) {
  bool agrees = true;
  ids_.resize(mapping_.levels.size());
  for (std::size_t i = 0; i < mapping_.levels.size(); ++i) {
    const LevelRule& level = mapping_.levels[i];
    ids_[i].clear();
    if (level.parent && ids_[*level.parent].empty()) continue;
    if (!level.id.expand(row.values(), ids_[i]) || ids_[i].empty()) continue;
    const std::string_view parent = level.parent ? std::string_view(ids_[*level.parent]) : std::string_view();
    if (!level.title.expand(row.values(), title_)) title_ = ids_[i];
    const auto found = areas_.find(ids_[i]);
    if (found == areas_.end()) {
      areas_.emplace(ids_[i], Area{ids_[i], i, title_, std::string(parent)});
    } else {
      const Area& area = found->second;
      agrees = agrees && area.level == i && area.title == title_ && area.parent == parent;
    }
  }
  return agrees;
}

std::vector<Area> Areas::list() const {
  std::vector<Area> result;
  for (const auto& [id, area] : areas_) result.push_back(area);
  std::ranges::stable_sort(result, {}, &Area::level);
  return result;
}

bool deepest_area(const Mapping& mapping, const Row& row, std::string& id) {
  const auto known = [&](std::size_t level) {
    for (std::optional<std::size_t> i = level; i; i = mapping.levels[*i].parent) {
      if (!mapping.levels[*i].id.known(row.values())) return false;
    }
    return true;
  };
  for (std::size_t i = mapping.levels.size(); i-- > 0;) {
    if (known(i) && mapping.levels[i].id.expand(row.values(), id) && !id.empty()) return true;
  }
  id.clear();
  return false;
}

}  // namespace ops
