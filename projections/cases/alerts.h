// Announces what happens to the clocks of cases.
//
// Takes: a row with its sent ledger, its folded case and clocks. Gives: the alerts that lead from what the ledger says to
// where the clocks stand, and the ledger brought up to date; beside them a summary for each unit that gets many.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/hash.h"
#include "engine/stage.h"
#include "projections/clocks/clock.h"

namespace projections {

// Kinds of alerts:
//
//   verdicts  warned, breached, escalated, met; retracted for a verdict that no longer holds, or held for another due
//             time
//   course    started, paused, resumed, due_changed, cancelled; of a clock that has ended before anything was announced
//             of it only its verdict is
//   summary   sla.storm, for each unit for which a step announced kStorm breaches or warnings
//
// Invariants: the net of the alerts of a clock is its verdict, and its course where it runs.
// Threads:    confined to one thread at a time.
class Alerts {
 public:
  static constexpr std::int64_t kStorm = 20;

  // `output` is the index of the alerts among the stage's outputs.
  Alerts(const Directory& rules, std::size_t output) : rules_(rules), output_(output) {}

  // Sends what was not announced yet. Returns whether the clocks are shown otherwise than before: there were alerts, or a
  // clock that runs has another policy, or a due time that was provisional is certain.
  bool announce(const std::string& subject, CaseRow& row, const Case& folded, const std::vector<Clock>& now,
                engine::Context& context, bool replayed);
  // Sends the summaries of the step.
  void end_step(const std::string& task, engine::Context& context);
  // The rules have changed.
  void forget_areas() { areas_.clear(); }

 private:
  struct AlertContext;  // what all alerts of a row have in common
  struct Storm {
    topics::SlaStorm summary;
    std::set<std::string, std::less<>> cases;
  };

  void announce_clock(const AlertContext& about, Sent& sent, const Clock& clock);
  void announce_course(const AlertContext& about, Sent& sent, const Clock& clock);
  void announce_verdict(const AlertContext& about, Sent& sent, const Clock& clock);
  void announce_rungs(const AlertContext& about, Sent& sent, const Clock& clock);
  void send_kind(const AlertContext& about, Sent& sent, const Clock& clock, topics::AlertKind kind,
                 std::string_view rung, engine::Instant due);
  void send(const AlertContext& about, Sent& sent, const Clock& clock, topics::SlaAlertView& alert);
  void count(const AlertContext& about, const topics::SlaAlertView& alert);
  // What alerts say of an area, see topics::area_members().
  const std::string& members(std::string_view area);

  const Directory& rules_;
  std::size_t output_;
  bool announced_ = false;  // something of the row in hand
  // Of the step in hand, by unit and kind.
  std::map<std::pair<std::string, topics::AlertKind>, Storm> storms_;
  // See members(). Only looked up.
  std::unordered_map<std::string, std::string, engine::TextHash, std::equal_to<>> areas_;
  std::string id_;
  std::string json_;
};

}  // namespace projections
