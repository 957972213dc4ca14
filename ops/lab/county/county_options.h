#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/types.h"

namespace ops::simulate {

// When the simulated past ends unless something else is asked for: 2026-03-01T00:00:00+08:00. A constant, so that the
// same command makes the same events next year.
inline constexpr engine::Instant kDefaultEnd = engine::instant(1'772'294'400'000);

enum class CountyPolicies : std::uint8_t {
  seconds,  // sign, handle and close, on the wall clock
  working,  // every clock, most of them in working time, and who may judge
};

// What a county is like. The same options give the same events to the byte, on every machine. With another `days`, the
// same events up to the earlier end.
struct CountyOptions {
  std::uint64_t seed = 1;
  std::uint32_t grids = 349;
  std::uint32_t days = 30;
  std::optional<engine::Instant> from;     // the first instant; nothing: `days` before kDefaultEnd
  std::uint32_t rate_percent = 100;        // of the usual contacts: 300 a day at 349 grids
  std::uint32_t households_per_grid = 12;  // those that are looked after; a sample of all
  std::optional<std::uint32_t> devices;    // in all; nothing: 30 a grid
  std::uint32_t sensor_interval_seconds = 3600;
  std::uint32_t late_per_mille = 25;    // events that are logged minutes to days after they happened
  std::uint32_t repeat_per_mille = 15;  // events that are delivered twice
  CountyPolicies policies = CountyPolicies::seconds;
  // Everything goes so many times as fast: deadlines too. 1 = as in life, and needed for working time.
  std::uint32_t speed = 1;
  // Sources are believed when they say how long ago something happened. Needed where a past is written at once; else
  // they are believed for an hour.
  bool past = true;
  std::string run;  // part of all ids, so that two runs of one day can share a log; empty: none

  engine::Instant begin() const { return from ? *from : kDefaultEnd - std::chrono::days(days); }
  engine::Instant end() const { return begin() + std::chrono::days(days); }
  std::uint32_t device_count() const { return devices ? *devices : 30 * grids; }
};

inline constexpr std::uint32_t kMaxGrids = 20'000;
inline constexpr std::uint32_t kMaxDays = 3'660;
inline constexpr std::uint32_t kMaxDevices = 2'000'000;
inline constexpr std::uint32_t kMaxHouseholdsPerGrid = 1'000;

}  // namespace ops::simulate
