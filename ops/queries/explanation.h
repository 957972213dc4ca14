#pragma once

#include <string>
#include <vector>

#include "ops/deployment/deployment.h"
#include "ops/queries/case_text.h"

// Why the clocks of a case stand where they do, as `gridloop explain` tells it.

namespace ops {

struct Explanation {
  const std::string& id;
  const Deployment::Replica& replica;
  projections::Cases& cases;
  const projections::CaseAnswer& answer;
  const std::vector<projections::ClockTrace>& traces;
  std::vector<Oddity> odd;
  CaseText text;

  const projections::Fact& fact(std::size_t index) const { return answer.row.facts[index]; }
  engine::Instant now() const { return replica.task->now(); }
  // What is odd about the fact, and about clocks because of it.
  std::vector<const Oddity*> odd_of(std::size_t fact) const;
};

// Both end with a line end.
std::string to_text(const Explanation& explanation);
std::string to_json(const Explanation& explanation);

}  // namespace ops
