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
  std::size_t level = 0;  // index of the mapping's levels
  std::string title;
  std::string parent;  // id; empty for a root
};

// The area tree of the rows of an import.
//
// Threads: confined to one thread.
class Areas {
 public:
  explicit Areas(const Mapping& mapping) : mapping_(mapping) {}

  // Finds the areas of `row`, one for each known level. False if one of their ids is not a subject, see is_subject().
  bool locate(const Row& row);

  // Adds the areas that locate() found for the same `row`. False if one of them already has another name, level or
  // parent; the first entry stays.
  bool add(const Row& row);

  // Parents before children, by level and id.
  std::vector<Area> list() const;

 private:
  const Mapping& mapping_;
  std::map<std::string, Area, std::less<>> areas_;
  std::vector<std::string> ids_;  // of the current row, by level; empty if unknown
  std::string title_;
};

// Replaces `id` by the id of the deepest known level of `row`; false if none is known.
bool deepest_area(const Mapping& mapping, const Row& row, std::string& id);

}  // namespace ops
