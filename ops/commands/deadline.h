#pragma once

#include <string>
#include <vector>

#include "engine/result.h"

// `gridloop deadline`.

namespace ops {

struct DeadlineOptions {
  std::string start;
  std::string limit;                    // "5 work_day"
  std::vector<std::string> extensions;  // the same
  std::vector<std::string> calendars;   // files and folders of holiday files; empty = the shipped ones
  std::vector<std::string> sessions;
  std::string days_off;             // "sat,sun"; "none"
  std::string hours_per_day;        // of a work_day; empty = the sessions
  std::vector<std::string> pauses;  // A..B, A..
  std::string count_from = "instant";
  bool end_of_day = false;
  std::string at;  // what is consumed and left then
  bool json = false;
};
engine::Result<int> deadline(const DeadlineOptions& options);

}  // namespace ops
