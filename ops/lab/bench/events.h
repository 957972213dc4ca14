#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/result.h"
#include "engine/types.h"
#include "topics/catalogue.h"

namespace ops::bench {

// What the stages have to find in a stream of events. Whoever makes or reads the events counts it, without the stages.
struct Totals {
  std::int64_t events = 0;
  std::int64_t opened = 0;
  std::int64_t handled = 0;
  std::int64_t sign_breached = 0;    // signed later than 15 min x priority after the opening
  std::int64_t handle_breached = 0;  // handled later than 1 day x priority after the opening
  std::int64_t called_back = 0;
  std::int64_t resolved = 0;   // of `called_back`
  std::int64_t satisfied = 0;  // of `called_back`: 4 or 5
  bool operator==(const Totals&) const = default;
  Totals& operator+=(const Totals& other);
};

inline Totals& Totals::operator+=(const Totals& other) {
  for (const auto part : {&Totals::events, &Totals::opened, &Totals::handled, &Totals::sign_breached,
                          &Totals::handle_breached, &Totals::called_back, &Totals::resolved, &Totals::satisfied}) {
    this->*part += other.*part;
  }
  return *this;
}

// The deadlines of a case of `priority`; on time is up to and including them.
constexpr engine::Milliseconds sign_limit(std::int64_t priority) {
  return std::chrono::minutes(15) * priority;
}
constexpr engine::Milliseconds handle_limit(std::int64_t priority) {
  return std::chrono::hours(24) * priority;
}
inline constexpr std::int64_t kPriorities = 3;  // from 1

// The categories of the generated events.
inline constexpr std::array<std::string_view, 10> kCategories = {
    "noise", "water", "heating", "garbage", "parking", "lighting", "manhole", "elder-care", "dispute", "fire-hazard"};

// The source of all events of the benchmarks.
inline constexpr std::string_view kSource = "hotline/12345";

// An event on its way to the log.
struct SourceEvent {
  topics::Family family = topics::Family::requests;
  std::string subject;
  std::string value;  // CloudEvents JSON
  std::string grid;
  engine::Instant time;
};

// PORT: a stream of events in the order of event time, four of each case: opened, assigned, completed, called back.
//
// Threads: confined to one.
class EventSource {
 public:
  virtual ~EventSource() = default;

  // Replaces `event` by the next one; false when there is none.
  virtual engine::Result<bool> next(SourceEvent& event) = 0;

  // Of all events that next() has given; of whole cases once it has returned false.
  virtual const Totals& totals() const = 0;
};

}  // namespace ops::bench
