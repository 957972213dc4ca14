#pragma once

#include <array>
#include <string>
#include <vector>

#include "ops/lab/county/calendar.h"
#include "ops/lab/county/county_map.h"
#include "ops/lab/county/intake_day.h"
#include "ops/lab/county/outbox.h"

namespace ops::simulate {

// The devices of the county: what they measure at their intervals, with a swing over the day and noise; what goes wrong
// with them; and the alarms, of which a few are true and make cases.
//
// Threads: one; tell_routine() by a second one beside write().
class Devices : public RoutineTeller {
 public:
  Devices(const CountyMap& map, const CountyOptions& options, Outbox& out, Intake& intake);

  // Decides what happens to which device on `day`, and tells it. REQUIRES: the days ascend.
  void tell_day(Day day, engine::Instant from);
  // The readings and heartbeats in [from, to). REQUIRES: the spans ascend; tell_day() was called for their day.
  void tell_routine(engine::Instant from, engine::Instant to) override;
  void write(const Routine& routine, CountyEvent& event) const override;
  void prefetch(const Routine& routine) const override;

 private:
  struct State {
    engine::Instant silent_from;
    engine::Instant silent_until;
    std::int64_t battery_offset = 0;  // days that the battery has been in use at the beginning
    std::uint64_t id_number = 0;      // of what its events' ids begin with
    std::uint64_t subject_number = 0;
  };

  // The event of a reading or a heartbeat of one kind of devices, in pieces between which belongs what each has of its
  // own: the device, the second, the device, the time, the reading, the battery, the area; of a heartbeat neither the
  // reading nor the area.
  using Form = std::array<std::string, 8>;

  template <class Fill>
  void say(topics::Type type, const Device& device, engine::Instant time, std::string_view what, const Fill& fill);
  Form form_of(const DeviceKind& kind, std::string_view source) const;
  std::int64_t reading(const Routine& routine) const;
  std::string id_begin(const Device& device) const;
  void alarm(const Device& device, Random& random, engine::Instant time);
  void silence(const Device& device, State& state, Random& random, engine::Instant time);
  std::int64_t battery(const State& state, Day day) const;

  const CountyMap& map_;
  const CountyOptions& options_;
  Outbox& out_;
  Intake& intake_;
  std::vector<State> states_;         // by device
  std::vector<Form> forms_;           // by kind
  std::vector<std::string> sources_;  // by kind
  std::vector<engine::Milliseconds> skews_;
};

}  // namespace ops::simulate
