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
// Ownership: a calendar that it gives lives until the next put().
class CalendarBook {
 public:
  CalendarBook() = default;
  CalendarBook(const CalendarBook&) = delete;
  CalendarBook& operator=(const CalendarBook&) = delete;

  static RuleRow row(const CalendarVersion& version);

  // Takes a version, in place of what was known of that instant.
  void put(const RuleRow& row);

  // See Directory::calendar().
  const CalendarVersion* find(std::string_view id, engine::Instant at) const;

  // Appends the instants at which versions came into force; in no order.
  void revisions(std::vector<engine::Instant>& into) const;

 private:
  // By id: the versions, ascending by in_force, no instant twice.
  std::map<std::string, std::vector<CalendarVersion>, std::less<>> versions_;
  mutable const decltype(versions_)::value_type* last_ = nullptr;  // found; most ask for one and the same
};

}  // namespace projections
