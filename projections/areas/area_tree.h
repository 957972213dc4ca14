// The tree of areas.
//
// Takes: the areas, mergers and splits that the directory accepted. Gives: the chain of areas from any area up to the city.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace projections {

struct Area {
  std::string parent;  // empty = a root
  std::string level;
  std::string name;
  std::string unit;  // responsible for it; may be empty
};

// An abolished, merged or split area. It keeps its place in the tree while rows name it.
struct RetiredArea {
  std::vector<std::string> successors;
  std::string parent;  // before it was retired
  std::string above;   // its only successor; for a split area its parent; otherwise empty
};

// Whether `text` can be the id of an area: 1 to 256 bytes, no control characters.
bool is_identifier(std::string_view text);

// The areas and their ancestors.
//
// Invariants: no area lies below itself; a chain has at most 16 living areas and kMaxChain in all. The caller of put()
//             and retire() checks misplaced() first.
// Threads:    confined to one thread at a time.
class AreaTree {
 public:
  static constexpr std::size_t kMaxChain = 64;  // areas in a chain, retired ones included

  // Each replaces the earlier entry of `id`.
  void put(std::string_view id, Area area);
  void retire(std::string_view id, std::string parent, std::vector<std::string> successors);

  const std::map<std::string, Area, std::less<>>& living() const { return areas_; }
  const Area* area(std::string_view id) const;
  const RetiredArea* retired(std::string_view id) const;
  bool has_level(std::string_view level) const;
  std::set<std::string> levels() const;
  std::vector<std::string> tops() const;

  // See Directory.
  std::string_view attributed(std::string_view id) const;
  std::vector<std::string> chain(std::string_view id) const;
  std::string_view area_of_level(std::string_view id, std::string_view level) const;

  // Fills `into` with the chain as far as it fits, `id` itself first; the views live until the next change. Returns the
  // number of views.
  std::size_t chain(std::string_view id, std::span<std::string_view> into) const;

  // The reason why `subject` cannot lie below `above`, a chain from its lowest member up; nothing if it can.
  std::optional<std::string> misplaced(std::string_view subject, const std::vector<std::string>& above,
                                       bool living) const;

 private:
  void forget(std::string_view id);
  void remember(std::string_view id);
  const std::string* above(std::string_view id) const;  // nullptr at the top
  // The length of the longest chain below `id`, with or without retired areas.
  std::size_t below(std::string_view id, bool retired_too) const;

  std::map<std::string, Area, std::less<>> areas_;
  std::map<std::string, RetiredArea, std::less<>> retired_;
  std::map<std::string, std::set<std::string>, std::less<>> children_;  // living and retired, by the area above
};

}  // namespace projections
