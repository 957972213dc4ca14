#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "projections/clocks/calendar.h"

namespace ops {

// What holiday files say, together. A file with papers is an edition: the notice of the State Council for its year,
// whole, so the year is known. One without is an overlay: it says something about the days that it names and about no
// other, as a town's own notice does.
//
// Format: that of holiday-cn,
// {"year":2026,"papers":[…],"days":[{"name":"春节","date":"2026-02-14","isOffDay":false},…]}.
//         Only days that differ from the week stand there; a file without days is that of a notice still to come.
class Holidays {
 public:
  // Adds a file. Of a day that several name, the word of the one that was added last counts. An edition takes the place
  // of the one of that year that was added before: a day that it no longer names is as the week has it, but for
  // overlays. `name` is the file's, for messages.
  // Errors: invalid, with the place: no such JSON, a member that is missing or of another type, another year than in
  // the name, a date that is none or lies more than a year from the file's, a day that is there twice.
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
  struct File {
    int year;
    bool edition;
    std::map<projections::LocalDay, projections::NamedDay> days;
  };

  bool has(int year) const;

  std::vector<File> files_;  // in the order in which they were added
};

inline constexpr std::string_view kShippedHolidays = "shipped";
inline constexpr std::string_view kNoHolidays = "none";

// Reads, in this order: files; of folders all files named YYYY.json or …-YYYY.json, by year; kShippedHolidays, the
// files that the program brings along; for kNoHolidays nothing. Errors: as add(); invalid also for a folder without
// such files, or with other .json files than schema.json, which holiday-cn has beside them; fatal for what cannot be
// read.
engine::Result<Holidays> read_holidays(std::span<const std::string> places);

}  // namespace ops
