#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "engine/result.h"
#include "ops/queries/question.h"
#include "projections/cases/cases.h"

// `gridloop due`: what falls due next, over all partitions.

namespace ops {

struct DueRequest {
  std::int64_t within_seconds = 86400;
  std::string area;  // and all below it; empty = all
  std::string unit;
  std::string clock;
  bool overdue = false;  // also the clocks that are overdue already
  std::uint64_t limit = 100;
};

struct DueEntry {
  bool paused = false;
  engine::Instant due;
  std::string subject;
  projections::ClockKind kind = projections::ClockKind::handle;
  std::int32_t cycle = 1;
  std::vector<std::string> cells;  // for people
  std::string json;                // for programs, a line

  auto place() const { return std::tie(paused, due, subject, kind, cycle); }
  bool operator<(const DueEntry& other) const { return place() < other.place(); }
};

// By due time, paused clocks last.
struct DueAnswer {
  std::vector<DueEntry> entries;
  std::uint64_t more = 0;  // that the limit left out
  bool recalculating = false;
};

// A task that answers.
struct DueSource {
  projections::Cases& cases;
  Freshness freshness;
};

// Errors: invalid when there is no such area. REQUIRES: no problem(request).
engine::Result<DueAnswer> answer(const DueRequest& request, std::span<const DueSource> sources);
// Why the request cannot be answered, in terms of the options.
std::optional<std::string> problem(const DueRequest& request);
std::string to_text(const DueAnswer& answer);
std::string to_json(const DueAnswer& answer);
std::string note(const DueAnswer& answer, bool json);

struct DueOptions {
  CommonOptions common;
  DueRequest request;
};
engine::Result<int> due(const DueOptions& options);

}  // namespace ops
