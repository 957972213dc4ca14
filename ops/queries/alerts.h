#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/result.h"
#include "ops/queries/question.h"
#include "topics/outputs/outputs.h"

// `gridloop alerts`: the deadline alerts in the log.

namespace ops {

struct AlertsRequest {
  bool net = false;
  bool course = false;  // also how each clock went: started, paused, resumed, due_changed, cancelled
  std::string subject;  // empty = all cases
  std::optional<std::uint64_t> last;
};

// By time, those of one case in the order of their numbers. With `net`, the last verdict of each clock that has one, by
// case, clock and cycle.
struct AlertsAnswer {
  struct Line {
    topics::SlaAlert alert;
    std::string record;  // as the log has it
  };
  AlertsRequest request;
  std::vector<Line> lines;
};

// Computed from the topic `sla-alerts` of `log`. Errors: those of the log; corrupt when an alert cannot be decoded.
engine::Result<AlertsAnswer> answer(const AlertsRequest& request, engine::Log& log, const std::string& topic);
std::string to_text(const AlertsAnswer& answer);
std::string to_json(const AlertsAnswer& answer);
std::string note(const AlertsAnswer& answer, bool json);

struct AlertsOptions {
  CommonOptions common;
  AlertsRequest request;
};
engine::Result<int> alerts(const AlertsOptions& options);

}  // namespace ops
