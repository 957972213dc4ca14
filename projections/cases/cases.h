// The cases stage: the wiring of the parts in stage/ with what is known of cases.
//
// Takes: the events of cases, households and workers, and messages between their rows. Gives: alerts about deadlines,
// the counters that each case adds to its area, the published rows of cases, and answers to questions.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.h"
#include "engine/state/table.h"
#include "projections/cases/alerts.h"
#include "projections/cases/contribution.h"
#include "projections/cases/evicted_counts.h"
#include "projections/clocks/clocks.h"
#include "projections/stage/admission.h"
#include "projections/stage/delta_outbox.h"
#include "projections/stage/heartbeat.h"
#include "projections/stage/pending_announcements.h"
#include "projections/stage/row_timers.h"
#include "projections/stage/sweep.h"
#include "projections/stage/touched_rows.h"
#include "topics/outputs/outputs.h"

namespace projections {

// A row as a question sees it. `subject` views into `row`.
struct CaseAnswer {
  CaseAnswer() = default;
  CaseAnswer(CaseAnswer&&) = default;
  CaseAnswer& operator=(CaseAnswer&&) = default;
  CaseRow row;
  Case subject;
  std::vector<Clock> clocks;
};

// Keeps the facts of each case (and of each household and worker). Facts are added as they come; a row is folded,
// announced and published once a step, at its end, and when a timer of it fires.
//
// Inputs (in the order of ties): directory, cases-inbox, requests, dispatches, visits, judgements.
// Outputs: cases-inbox, area-deltas, sla-alerts, cases, dead-letters.
// Invariants: the counters of an area are the sum of what is stored as counted in the rows, and of evicted counts;
//             the net of the alerts of a clock is its verdict, except for rows whose announcements are pending.
class Cases final : public engine::Stage {
 public:
  static constexpr std::uint32_t kLogicVersion = 9 + topics::kCountersVersion;

  explicit Cases(const std::string& prefix);

  const engine::StageSpec& spec() const override { return spec_; }
  void open(engine::State& state) override;
  void restore() override;
  void decode(engine::Message& message) override { parts_->inputs.decode(message); }
  void prefetch(std::span<const engine::Message> messages) override;
  void apply(const engine::Message& message, engine::Context& context) override;
  void fire(const engine::Timer& timer, engine::Context& context) override;
  std::uint64_t drain_deferred(std::uint64_t limit, engine::Context& context) override;
  bool has_deferred() override;
  std::uint64_t deferred() override { return parts_->pending.backlog(); }
  void end_step(engine::Context& context) override;

  // Questions, answered between steps; nothing is stored.
  std::optional<CaseAnswer> find(std::string_view subject, engine::Instant now);
  // Calls visit(subject, answer) for each row that was ever opened, ascending by subject.
  void each(engine::Instant now, const std::function<void(std::string_view, const CaseAnswer&)>& visit);
  // Calls visit(subject, row) for each row, ascending by subject.
  void each_row(const std::function<void(std::string_view, const CaseRow&)>& visit);
  // Calls visit(key, row) for the counts of facts that have left the rows' windows, see field_fold.h.
  void each_evicted(const std::function<void(std::string_view, const EvictedRow&)>& visit) {
    parts_->evicted.each(visit);
  }
  std::map<std::string, std::int64_t> tallies() { return parts_->tallies.all(); }
  Directory& directory() { return parts_->directory; }
  // Whether a change of rules has not reached all rows yet: answers about the others are by the rules before.
  bool sweeping() { return parts_->sweep.running(); }
  // Rows whose announcements are pending, by whether an open backfill holds them.
  PendingAnnouncements::Counts pending() { return parts_->pending.counts(); }

 private:
  // Everything that the state holds, and the parts that share it.
  struct Parts {
    Parts(engine::State& state, Cases& stage);
    Directory directory;
    engine::Table<CaseRow> rows;
    EvictedCounts evicted;
    StageRowTable stage_row;
    Tallies tallies;
    PendingAnnouncements pending;
    Sweep sweep;
    DeltaOutbox outbox;
    EventInputs inputs;
    Rejections rejections;
    Admission admission;
    RowTimers timers;
    Heartbeat heartbeat;
    Alerts alerts;
  };
  enum class Cause { end_of_step, timer, drain, sweep };

  void apply_directory(const EventInputs::Item& item);
  std::optional<topics::Rejection> apply_event(const Admission::Admitted& admitted, engine::Context& context);
  // A message from another row.
  std::optional<topics::Rejection> apply_message(const engine::Message& message, engine::Context& context);
  // Puts the fact behind those of the row without decoding it: the row is folded at the end of the step, or of the
  // backlog. Returns false when the row has to be decoded for it.
  bool append_unfolded(const std::string& subject, const Fact& fact, engine::Context& context);
  // Re-folds the row: messages, timer, counters and, unless they are pending, announcements follow its facts.
  void refold(const std::string& subject, CaseRow& row, engine::Context& context, Cause cause);
  bool refold(const std::string& subject, engine::Context& context, Cause cause);  // false: there is no such row
  void send_messages(const std::string& subject, CaseRow& row, engine::Context& context);
  void count(CaseRow& row);  // as a household or a worker
  void set_timer(const std::string& subject, CaseRow& row, engine::Context& context);
  void publish(const std::string& subject, const CaseRow& row, engine::Context& context, Cause cause);
  CaseAnswer answer(std::string_view subject, const CaseRow& row, engine::Instant now);
  const std::string& task(const engine::Context& context);

  engine::StageSpec spec_;
  std::unique_ptr<Parts> parts_;
  // Of the step in hand.
  TouchedRows touched_;
  Publications publications_;
  // Of the row in hand; kept for their memory.
  Case folded_;
  std::vector<Clock> clocks_;
  Contribution counted_;
  topics::CaseRow published_;
  std::string encoded_;
  std::string task_;  // see task()
};

}  // namespace projections
