#include "ops/lab/county/county.h"

#include <algorithm>
#include <future>

#include "engine/result.h"
#include "ops/lab/county/calendar.h"
#include "ops/lab/county/county_map.h"
#include "ops/lab/county/devices.h"
#include "ops/lab/county/field_work.h"
#include "ops/lab/county/intake_day.h"
#include "ops/lab/county/registry.h"

namespace ops::simulate {

using engine::Instant;

struct County::State {
  explicit State(const CountyOptions& chosen)
      : options(chosen),
        map(options),
        out(options),
        intake(map, options, out),
        devices(map, options, out, intake),
        told_up_to(options.begin()) {}

  const CountyOptions options;
  CountyMap map;
  Outbox out;
  Intake intake;
  Devices devices;
  CountySummary summary;
  Instant told_up_to;  // everything that happens before has been told, but for the routine of the last hour
  std::optional<Day> day;
  std::future<void> taking;  // that routine; the last, so that it ends before what it works on
};

bool is_possible(const CountyOptions& options) {
  const auto within = [](std::uint64_t n, std::uint64_t least, std::uint64_t most) { return n >= least && n <= most; };
  constexpr std::uint64_t kDaySeconds = 86'400;
  return within(options.grids, 1, kMaxGrids) && within(options.days, 1, kMaxDays) &&
         within(options.device_count(), 0, kMaxDevices) &&
         within(options.households_per_grid, 0, kMaxHouseholdsPerGrid) &&
         within(options.sensor_interval_seconds, 1, kDaySeconds) && within(options.rate_percent, 0, 100'000) &&
         within(options.late_per_mille, 0, 1000) && within(options.repeat_per_mille, 0, 1000) &&
         within(options.speed, 1, options.policies == CountyPolicies::working ? 1 : kDaySeconds);
}

County::County(const CountyOptions& options) {
  CHECK(is_possible(options));
  state_ = std::make_unique<State>(options);
  State& state = *state_;
  state.summary.describe(state.map);
  state.summary.from = options.begin();
  state.summary.to = state.out.at(options.end());
  tell_registry(state.map, state.options, state.out);
  tell_next_hour();
}

County::~County() = default;

const CountyEvent* County::next() {
  State& state = *state_;
  while (true) {
    if (const CountyEvent* event = state.out.next()) {
      state.summary.count(*event);
      return event;
    }
    if (state.out.end() >= state.options.end()) return nullptr;
    turn();
  }
}

// Goes on by an hour, while another thread takes the routine of the next one.
void County::turn() {
  State& state = *state_;
  state.taking.get();
  state.out.turn();
  if (state.out.end() < state.options.end()) tell_next_hour();
}

void County::tell_next_hour() {
  State& state = *state_;
  const Instant from = state.told_up_to;
  const Day day = day_of(from);
  if (day != state.day) {
    const auto number = static_cast<std::uint32_t>(day - day_of(state.options.begin()));
    tell_changes(state.map, state.options, number, state.out);
    state.intake.tell_day(day, number, from);
    tell_field_work(state.map, state.options, day, from, state.out);
    state.devices.tell_day(day, from);
    state.day = day;
  }
  const Instant to = std::min({from + std::chrono::hours(1), begin_of(day + 1), state.options.end()});
  constexpr std::uint64_t kMany = 512;  // readings an hour, which are worth a thread
  const bool many =
      std::uint64_t{state.options.device_count()} * 3'600 >= kMany * state.options.sensor_interval_seconds;
  state.taking = std::async(many ? std::launch::async : std::launch::deferred,
                            [&state, from, to] { state.out.take_routine(state.devices, from, to); });
  state.told_up_to = to;
}

const CountySummary& County::summary() const {
  return state_->summary;
}

const CountyMap& County::map() const {
  return state_->map;
}

}  // namespace ops::simulate
