#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "projections/rules/policy.h"
#include "projections/rules/rule_row.h"

namespace projections {

// All versions of all working calendars.
//
// Threads:   confined to one thread at a time.
// Ownership: a returned calendar lives until the next put().
class CalendarBook {
 public:
  CalendarBook() = default;
  CalendarBook(const CalendarBook&) = delete;
  CalendarBook& operator=(const CalendarBook&) = delete;

  static RuleRow row(const CalendarVersion& version);

  // Adds a version; it replaces an earlier one of the same instant.
  void put(const RuleRow& row);

  // See Directory::calendar().
  const CalendarVersion* find(std::string_view id, engine::Instant at) const;

  // Appends the instants at which versions came into force; in no order.
  void revisions(std::vector<engine::Instant>& into) const;

 private:
  // By id: the versions, ascending by in_force, no instant twice.
  std::map<std::string, std::vector<CalendarVersion>, std::less<>> versions_;
  mutable const decltype(versions_)::value_type* last_ = nullptr;  // the last one found; most calls want it again
};

}  // namespace projections
