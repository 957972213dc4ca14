#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/commands/common_options.h"

// `gridloop calendar publish`.

namespace ops {

struct CalendarOptions {
  CommonOptions common;
  std::string id;
  std::vector<std::string> holidays;  // files and folders of holiday files; empty = the shipped ones
  std::vector<std::string> sessions;
  std::string days_off;  // "sat,sun"; "none"
  std::string version;
  std::string valid_from;  // empty = once it is known
  bool print = false;      // the event on stdout, instead of into a log
  std::uint32_t partitions = 0;
  bool sync = false;
};
engine::Result<int> publish_calendar(const CalendarOptions& options);

}  // namespace ops
