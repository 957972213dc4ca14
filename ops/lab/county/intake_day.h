#pragma once

#include <deque>

#include "ops/lab/county/calendar.h"
#include "ops/lab/county/case_story.h"
#include "ops/lab/county/county_map.h"
#include "ops/lab/county/outbox.h"

namespace ops::simulate {

// What residents and grid workers report, day by day, each case told to its end. On one day of every thirty there is an
// hour in which 29 times the mean comes in: a pipe has burst, or the heating has failed.
//
// Threads: one.
class Intake {
 public:
  Intake(const CountyMap& map, const CountyOptions& options, Outbox& out) : map_(map), options_(options), out_(out) {}

  // Tells the contacts of `day` that come in at `from` or later. `number` counts the days of the simulation from 0.
  // REQUIRES: the days ascend.
  void tell_day(Day day, std::uint32_t number, engine::Instant from);

  // Tells the case that the alarm of a device makes at `time`.
  void tell_alarm(const Device& device, engine::Instant time, const std::string& id);

 private:
  struct Recent {
    std::string id;
    engine::Instant time;
    std::size_t category;
    std::uint32_t grid;
  };

  Contact contact(Random& random, engine::Instant time);
  void choose_place(Random& random, Contact& contact) const;
  void repeat_recent(Random& random, Contact& contact) const;
  void remember(const Contact& contact);
  void add_burst(std::uint32_t number, Day day, std::vector<Contact>& contacts) const;

  const CountyMap& map_;
  const CountyOptions& options_;
  Outbox& out_;
  std::deque<Recent> recent_;  // cases to which duplicates can be merged
};

}  // namespace ops::simulate
