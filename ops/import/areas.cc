#include "ops/import/areas.h"

#include <algorithm>

namespace ops {
namespace {

bool area_of_level(const Mapping& mapping, const Row& row, std::size_t level, std::string& id) {
  const LevelRule& rule = mapping.levels[level];
  if (rule.parent && !area_of_level(mapping, row, *rule.parent, id)) return false;
  return rule.id.expand(row.values(), id) && !id.empty();
}

}  // namespace

bool Areas::locate(const Row& row) {
  ids_.resize(mapping_.levels.size());
  for (std::size_t i = 0; i < mapping_.levels.size(); ++i) {
    const LevelRule& level = mapping_.levels[i];
    ids_[i].clear();
    if (level.parent && ids_[*level.parent].empty()) continue;
    if (level.id.expand(row.values(), ids_[i]) && !ids_[i].empty() && !is_subject(ids_[i])) return false;
  }
  return true;
}

bool Areas::add(const Row& row) {
  bool agrees = true;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (ids_[i].empty()) continue;
    const LevelRule& level = mapping_.levels[i];
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
  for (std::size_t i = mapping.levels.size(); i-- > 0;) {
    if (area_of_level(mapping, row, i, id)) return true;
  }
  id.clear();
  return false;
}

}  // namespace ops
