#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/queries/question.h"
#include "projections/areas/areas.h"
#include "projections/cases/cases.h"

// `gridloop status`: how far each task is, and what came of it.

namespace ops {

struct StatusTask {
  std::string name;
  std::int64_t step = 0;
  std::uint64_t lag = 0;
  bool stale = false;  // as its checkpoint has it; what waits is not known
  engine::Instant clock;
};

struct StatusAnswer {
  std::vector<StatusTask> tasks;
  std::map<std::string, std::int64_t> tallies;                          // over all tasks
  std::map<std::string, std::int64_t> cases;                            // by status
  std::map<std::string, std::map<std::string, std::int64_t>> verdicts;  // by clock
  std::int64_t pending = 0;                                             // cases with alerts to announce
  std::int64_t held = 0;                                                // the same, until their backfill closes
  std::vector<projections::Directory::Backfill> backfills;
  std::int64_t areas = 0;
  bool stale = false;         // of any task
  std::int64_t sweeping = 0;  // tasks whose rows are not all folded by the rules in force
};

// The answer is the sum over all tasks, each added once, in the order in which they are shown.
void add(StatusAnswer& all, const StatusTask& task, projections::Cases& cases);
void add(StatusAnswer& all, const StatusTask& task, projections::Areas& areas);
std::string to_text(const StatusAnswer& answer);
std::string to_json(const StatusAnswer& answer);

engine::Result<int> status(const CommonOptions& common);

}  // namespace ops
