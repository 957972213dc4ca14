#pragma once

#include <vector>

#include "ops/simulate/calendar.h"
#include "ops/simulate/county_map.h"
#include "ops/simulate/intake_day.h"
#include "ops/simulate/outbox.h"

namespace ops::simulate {

// The devices of the county: what they measure at their intervals, with a swing over the day and noise; what goes wrong
// with them; and the alarms, of which a few are true and make cases.
//
// Threads: one; write() any.
class Devices : public RoutineTeller {
 public:
  Devices(const CountyMap& map, const CountyOptions& options, Outbox& out, Intake& intake);
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;
  ~Devices() override;

  // Decides what happens to which device on `day`, and tells it. REQUIRES: the days ascend.
  void tell_day(Day day, engine::Instant from);
  // Tells the readings and heartbeats in [from, to). REQUIRES: the spans ascend; tell_day() was called for their day.
  void tell_readings(engine::Instant from, engine::Instant to);
  void write(const Routine& routine, CountyEvent& event) const override;

 private:
  struct State {
    engine::Instant silent_from;
    engine::Instant silent_until;
    std::int64_t battery_offset = 0;  // days that the battery has been in use at the beginning
    std::uint64_t id_number = 0;      // of what its events' ids begin with
    std::uint64_t subject_number = 0;
  };

  template <class Fill>
  void say(topics::Type type, const Device& device, engine::Instant time, std::string_view what, const Fill& fill);
  // Appends the data of a reading or a heartbeat; returns its type.
  topics::Type read(const Routine& routine, std::string& data) const;
  std::string id_begin(const Device& device) const;
  void alarm(const Device& device, Random& random, engine::Instant time);
  void silence(const Device& device, State& state, Random& random, engine::Instant time);
  std::int64_t battery(const State& state, Day day) const;

  const CountyMap& map_;
  const CountyOptions& options_;
  Outbox& out_;
  Intake& intake_;
  std::vector<State> states_;         // by device
  std::vector<std::string> sources_;  // by kind
  std::vector<engine::Milliseconds> skews_;
};

}  // namespace ops::simulate
