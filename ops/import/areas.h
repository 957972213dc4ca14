#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/import/mapping.h"
#include "ops/import/row.h"

namespace ops {

struct Area {
  std::string id;
  std::size_t level = 0;  // of the mapping
  std::string title;
  std::string parent;  // id; empty for a root
};

// The area tree that the rows of an import span.
//
// Threads: confined to one thread.
class Areas {
 public:
  explicit Areas(const Mapping& mapping) : mapping_(mapping) {}

  // Finds the areas of `row`, one for each level that is known. False when an id of them is_subject() not.
  bool locate(const Row& row);

  // Takes in the areas that locate() found for the same `row`. False when one of them is known by another name, at
  // another level or below another parent; the first that was seen stays.
  bool add(const Row& row);

  // Parents before children, by level and id.
  std::vector<Area> list() const;

 private:
  const Mapping& mapping_;
  std::map<std::string, Area, std::less<>> areas_;
  std::vector<std::string> ids_;  // of the row at hand, by level; empty when not known
  std::string title_;
};

// Replaces `id` by that of the deepest level that is known of `row`; false when none is.
bool deepest_area(const Mapping& mapping, const Row& row, std::string& id);

}  // namespace ops
