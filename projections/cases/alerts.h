#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/hash.h"
#include "engine/stage.h"
#include "projections/clocks/clocks.h"

namespace projections {

// Says what happens to clocks: leads what a row has told of them (its sent ledger) to where they stand.
//
//   verdicts  warned, breached, escalated, met; retracted what no longer holds, or held for another due time
//   course    started, paused, resumed, due_changed, cancelled; a clock that has ended before anything was told of it
//             tells its verdict alone
//
// Beside them a summary (sla.storm) for each unit of which a step told kStorm breaches or warnings.
//
// Invariants: the net of the alerts of a clock is its verdict, and its course where it runs.
// Threads:    confined to one thread at a time.
class Alerts {
 public:
  static constexpr std::int64_t kStorm = 20;

  Alerts(const Directory& rules, std::size_t output) : rules_(rules), output_(output) {}

  // Sends what was not told yet. Returns whether the clocks are shown otherwise than before: there were alerts, or a
  // clock that runs has another policy, or a due time that was provisional is certain.
  bool announce(const std::string& subject, CaseRow& row, const Case& folded, const std::vector<Clock>& now,
                engine::Context& context, bool replayed);
  // Sends the summaries of the step.
  void end_step(engine::Context& context);
  // The rules have changed.
  void forget_areas() { areas_.clear(); }

 private:
  struct Speech;  // what is the same of all alerts of a row

  void tell(const Speech& speech, Sent& sent, const Clock& clock);
  void tell_course(const Speech& speech, Sent& sent, const Clock& clock);
  void tell_verdict(const Speech& speech, Sent& sent, const Clock& clock);
  void tell_rungs(const Speech& speech, Sent& sent, const Clock& clock);
  void say(const Speech& speech, Sent& sent, const Clock& clock, topics::AlertKind kind, std::string_view rung,
           engine::Instant due);
  void send(const Speech& speech, Sent& sent, const Clock& clock, topics::SlaAlertView& alert);
  void count(const Speech& speech, const topics::SlaAlertView& alert);
  // What alerts tell of an area, see topics::area_members().
  const std::string& members(std::string_view area);

  const Directory& rules_;
  std::size_t output_;
  bool told_ = false;  // something of the row in hand
  // Of the step in hand, by unit and kind.
  std::map<std::pair<std::string, topics::AlertKind>, topics::SlaStorm> storms_;
  // See members(). Only looked up.
  std::unordered_map<std::string, std::string, engine::TextHash, std::equal_to<>> areas_;
  std::string id_;
  std::string json_;
};

}  // namespace projections
