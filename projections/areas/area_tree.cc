#include "projections/areas/area_tree.h"

#include <algorithm>

#include <fmt/format.h>

namespace projections {

namespace {

constexpr std::size_t kMaxDepth = 16;  // of living areas

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 256 &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void AreaTree::forget(std::string_view id) {
  if (const std::string* old = above(id); old != nullptr) children_[*old].erase(std::string(id));
  if (const auto found = areas_.find(id); found != areas_.end()) areas_.erase(found);
  if (const auto found = retired_.find(id); found != retired_.end()) retired_.erase(found);
}

void AreaTree::remember(std::string_view id) {
  if (const std::string* now = above(id); now != nullptr) children_[*now].emplace(id);
}

void AreaTree::put(std::string_view id, Area area) {
  forget(id);
  areas_.emplace(id, std::move(area));
  remember(id);
}

void AreaTree::retire(std::string_view id, std::string parent, std::vector<std::string> successors) {
  forget(id);
  RetiredArea retired{.successors = std::move(successors), .parent = std::move(parent), .above = {}};
  if (retired.successors.size() == 1) retired.above = retired.successors.front();
  if (retired.successors.size() > 1) retired.above = retired.parent;
  retired_.emplace(id, std::move(retired));
  remember(id);
}

const Area* AreaTree::area(std::string_view id) const {
  const auto found = areas_.find(id);
  return found == areas_.end() ? nullptr : &found->second;
}

const RetiredArea* AreaTree::retired(std::string_view id) const {
  const auto found = retired_.find(id);
  return found == retired_.end() ? nullptr : &found->second;
}

bool AreaTree::has_level(std::string_view level) const {
  return std::ranges::any_of(areas_, [&](const auto& entry) { return entry.second.level == level; });
}

std::set<std::string> AreaTree::levels() const {
  std::set<std::string> all;
  for (const auto& [id, area] : areas_) all.insert(area.level);
  return all;
}

std::vector<std::string> AreaTree::tops() const {
  std::vector<std::string> all;
  for (const auto& [id, living] : areas_) {
    const std::vector<std::string> ids = chain(id);
    if (std::none_of(ids.begin() + 1, ids.end(), [&](const std::string& one) { return areas_.contains(one); })) {
      all.push_back(id);
    }
  }
  return all;
}

std::vector<std::string> AreaTree::chain(std::string_view id) const {
  std::vector<std::string> ids;
  if (id.empty()) return ids;
  ids.emplace_back(id);
  for (const std::string* next = above(id); next != nullptr && ids.size() <= kMaxChain; next = above(*next)) {
    ids.push_back(*next);
  }
  return ids;
}

std::size_t AreaTree::chain(std::string_view id, std::span<std::string_view> into) const {
  if (id.empty() || into.empty()) return 0;
  std::size_t n = 0;
  into[n++] = id;
  for (const std::string* next = above(id); next != nullptr && n < into.size(); next = above(*next)) into[n++] = *next;
  return n;
}

std::string_view AreaTree::area_of_level(std::string_view id, std::string_view level) const {
  std::size_t n = 0;
  while (n++ < kMaxChain) {
    const auto living = areas_.find(id);
    if (living != areas_.end() && living->second.level == level) return living->first;
    const std::string* next = above(id);
    if (next == nullptr) break;
    id = *next;
  }
  return {};
}

std::string_view AreaTree::attributed(std::string_view id) const {
  if (id == "unattributed") return {};
  for (auto found = retired_.find(id); found != retired_.end(); found = retired_.find(id)) {
    if (found->second.successors.size() != 1) break;
    id = found->second.successors.front();
  }
  return id;
}

std::optional<std::string> AreaTree::misplaced(std::string_view subject, const std::vector<std::string>& above,
                                               bool living) const {
  if (std::ranges::find(above, subject) != above.end()) return fmt::format("area {} would lie below itself", subject);
  const auto alive = std::ranges::count_if(above, [&](const std::string& id) { return !retired_.contains(id); });
  if (static_cast<std::size_t>(alive) + (living ? 1 : 0) + below(subject, false) > kMaxDepth) {
    return fmt::format("more than {} levels of areas", kMaxDepth);
  }
  if (above.size() + 1 + below(subject, true) > kMaxChain) {
    return fmt::format("more than {} areas that took over from one another", kMaxChain);
  }
  return std::nullopt;
}

const std::string* AreaTree::above(std::string_view id) const {
  const RetiredArea* gone = retired(id);
  const Area* living = area(id);
  const std::string* found = living != nullptr ? &living->parent : gone != nullptr ? &gone->above : nullptr;
  return found == nullptr || found->empty() ? nullptr : found;
}

std::size_t AreaTree::below(std::string_view id, bool retired_too) const {
  std::size_t most = 0;
  if (const auto found = children_.find(id); found != children_.end()) {
    for (const std::string& child : found->second) {
      const std::size_t own = retired_too || !retired_.contains(child) ? 1 : 0;
      most = std::max(most, own + below(child, retired_too));
    }
  }
  return most;
}

}  // namespace projections
