#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "projections/calendar.h"

namespace ops {

// What holiday files say, together: one for each year's notice of the State Council.
//
// Format: that of holiday-cn,
// {"year":2026,"papers":[…],"days":[{"name":"春节","date":"2026-02-14","isOffDay":false},…]}.
//         Only days that differ from the week stand there; a file without days is that of a notice still to come.
class Holidays {
 public:
  // Adds a file's days. Of a day that is there already, this file's word counts: it is the later notice.
  // `name` is for messages.
  // Errors: invalid, with the place: no such JSON, a member that is missing or of another type, a date that is none or
  // lies more than a year from the file's, a day that is there twice.
  engine::Result<> add(std::string_view name, std::string_view text);

  std::vector<projections::NamedDay> days() const;  // ascending

  // The days whose notices are here. A notice says something about January to December of its year, and moves days of
  // the December before as well (2019's made 2018-12-29 a work day). So a December is known with the next year's notice
  // only.
  std::vector<projections::DayRange> known() const;

  // Why nothing is known about `day`, for a person. REQUIRES: it lies in none of known().
  std::string why_unknown(projections::LocalDay day) const;

  // The years whose notices are here, ascending.
  std::vector<int> years() const;

 private:
  bool has(int year) const;

  std::map<projections::LocalDay, projections::NamedDay> days_;
  std::map<int, bool> years_;  // of a file: whether it has days
};

inline constexpr std::string_view kShippedHolidays = "shipped";
inline constexpr std::string_view kNoHolidays = "none";

// Reads, in this order: files; of folders the files named YYYY.json or …-YYYY.json, by year; kShippedHolidays, the
// files that the program brings along. Nothing else may stand beside kNoHolidays. Errors: as add(); invalid also for a
// folder without such files; fatal for what cannot be read.
engine::Result<Holidays> read_holidays(std::span<const std::string> places);

}  // namespace ops
