#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/types.h"

namespace ops {

// From `at` on, until the next transition, local time = UTC + `offset_seconds`.
struct ZoneTransition {
  engine::Instant at;
  int offset_seconds = 0;
  bool daylight_saving = false;
  std::string abbreviation;
};

// A local time in UTC.
struct ZonedTime {
  enum class Kind : std::uint8_t {
    unique,
    ambiguous,  // it occurred twice, because clocks were set back: `time` is the first one
    skipped,    // it never occurred, because clocks were set forward: `time` is as far after the change
  };
  engine::Instant time;
  int offset_seconds = 0;  // of local time east of UTC, at `time`
  Kind kind = Kind::unique;
};

// A time zone of the system's database (tzdata), with its rules extended to the year 2200. Import is the only reader of
// the system's database: it writes the zone into the log as a `zone.published` event, and everything else reads that.
//
// Threads: any, once loaded.
// Format:  RFC 8536 (TZif, version 2 and later).
class Zone {
 public:
  Zone();  // UTC

  // Errors: invalid if `name` is not a zone of the database or its file is damaged.
  static engine::Result<Zone> load(const std::string& name);

  ZonedTime to_utc(std::chrono::local_time<engine::Milliseconds> local) const;

  // The transitions of the years [first_year, last_year]: the rule in force when `first_year` begins in UTC, at that
  // instant, then all transitions until `last_year` ends.
  std::vector<ZoneTransition> transitions(int first_year, int last_year) const;

  const std::string& name() const { return name_; }

 private:
  struct Period {
    std::int64_t begin;  // seconds since 1970, UTC
    int offset_seconds;
    bool daylight_saving;
    std::string abbreviation;
  };

  engine::Result<> parse(std::string_view file);
  engine::Result<> extend(std::string_view rule);

  std::string name_;
  std::vector<Period> periods_;  // sorted, never empty; the first begins before all time
};

}  // namespace ops
