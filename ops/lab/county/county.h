#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ops/lab/county/county_options.h"
#include "ops/lab/county/outbox.h"
#include "ops/lab/county/summary.h"

namespace ops::simulate {

// An invented county whose events come in the order in which they reach the log: a stage for tests, demonstrations and
// measurements.
//
//   County county({.seed = 7, .grids = 12, .days = 6});
//   while (const CountyEvent* event = county.next()) append(event->family, event->subject, event->value);
//
// Invariants: the same options give the same events; `logged` never goes back; all are logged before options.end().
//             One half day before options.begin(), the directory and the registrations come first.
// Threads:    one, beside which a second one works an hour ahead.
// Memory:     what is known of the county, and the events that wait to be logged: a few weeks of open cases.
class County {
 public:
  // REQUIRES: what is_possible() asks for.
  explicit County(const CountyOptions& options);
  ~County();

  // The next delivery; nullptr after the last one. It lives until the next call.
  const CountyEvent* next();

  // Of what next() has returned so far.
  const CountySummary& summary() const;
  const CountyMap& map() const;

 private:
  struct State;
  void turn();
  void tell_next_hour();

  std::unique_ptr<State> state_;
};

// Whether numbers are within their bounds (kMaxGrids and so on), and at least 1 where none makes no sense.
bool is_possible(const CountyOptions& options);

}  // namespace ops::simulate
