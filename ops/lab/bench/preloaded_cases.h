#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/log.h"
#include "ops/deployment/deployment.h"

namespace ops::bench {

// Cases that were there before a benchmark begins: open ones that are due so many work days after their report, and a
// quarter as many that were closed in time; and the notice of a holiday that moves what the open ones are due by.
//
// Threads: receive() in one, the rest in one.
class PreloadedCases {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::string_view kGrid = "370800020000";  // of all of them

  // All times are before `now`. With `open` = 0 there are none, and no rules.
  PreloadedCases(Deployment& deployment, std::uint64_t open, engine::Instant now)
      : deployment_(deployment), open_(open), now_(now) {}

  std::uint64_t open() const { return open_; }
  engine::Result<> append(engine::Writer& writer) const;
  engine::Outgoing notice() const;

  // Takes a record of sla-alerts that was heard since append(). Whether it is about one of these cases.
  bool receive(std::string_view key, std::string_view value);
  // Of each open case of which that was heard, when it was heard that its due time has moved.
  const std::vector<Steady::time_point>& moved() const { return moved_; }
  // Alerts that nothing gave cause for: about closed cases, or a second one of the same open case.
  std::uint64_t afterthoughts() const { return afterthoughts_; }

 private:
  engine::Outgoing event(std::string_view topic, std::string_view type, std::string_view subject,
                         engine::Milliseconds before, std::string_view data) const;

  Deployment& deployment_;
  std::uint64_t open_;
  engine::Instant now_;
  std::vector<Steady::time_point> moved_;
  std::vector<bool> told_;  // by number
  std::uint64_t afterthoughts_ = 0;
};

}  // namespace ops::bench
