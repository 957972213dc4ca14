#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.h"
#include "engine/state/table.h"
#include "projections/cases/alerts.h"
#include "projections/cases/contribution.h"
#include "projections/cases/field_fold.h"
#include "projections/clocks/clocks.h"
#include "projections/stage/event_inputs.h"
#include "projections/stage/key_queues.h"
#include "topics/outputs/outputs.h"

namespace projections {

// A sweep: after a change of rules, all rows are folded again, in the order of their keys; then what has settled is
// counted where it belongs now. Its row is first "rules", then "settled".
//
//   u8 format (1) | key of the last row done
struct Sweep {
  static constexpr std::uint8_t kFormat = 1;
  std::string done_up_to;
  void encode(std::string& out) const {
    out.push_back(static_cast<char>(kFormat));
    out += done_up_to;
  }
  bool decode(std::string_view bytes) {
    if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != kFormat) return false;
    done_up_to = bytes.substr(1);
    return true;
  }
};

// A row as a question sees it. `subject` views into `row`.
struct CaseAnswer {
  CaseAnswer() = default;
  CaseAnswer(CaseAnswer&&) = default;
  CaseAnswer& operator=(CaseAnswer&&) = default;
  CaseRow row;
  Case subject;
  std::vector<Clock> clocks;
};

// The cases stage: keeps the facts of each case (and of each household and worker), runs its clocks, tells the areas
// stage what each case adds to their counters, and announces what happens to deadlines.
//
// Inputs (in the order of ties): directory, cases-inbox, requests, dispatches, visits, judgements.
// Outputs: cases-inbox, area-deltas, sla-alerts, cases, dead-letters.
// Invariants: the counters of an area are the sum of what is stored as counted in the rows, and of what has settled;
//             the net of the alerts of a clock is its verdict, except for rows that are owed.
class Cases final : public engine::Stage {
 public:
  static constexpr std::uint32_t kLogicVersion = 8;

  explicit Cases(const std::string& prefix);

  const engine::StageSpec& spec() const override { return spec_; }
  void open(engine::State& state) override;
  void restore() override;
  void decode(engine::Message& message) override { inputs_->decode(message); }
  void prefetch(std::span<const engine::Message> messages) override;
  void apply(const engine::Message& message, engine::Context& context) override;
  void fire(const engine::Timer& timer, engine::Context& context) override;
  std::uint64_t drain_deferred(std::uint64_t limit, engine::Context& context) override;
  bool has_deferred() override;
  std::uint64_t deferred() override;
  void end_step(engine::Context& context) override;

  // Questions, answered between steps; nothing is stored.
  std::optional<CaseAnswer> find(std::string_view subject, engine::Instant now);
  // Calls visit(subject, answer) for each row that was ever opened, ascending by subject.
  void each(engine::Instant now, const std::function<void(std::string_view, const CaseAnswer&)>& visit);
  // Calls visit(subject, row) for each row, ascending by subject.
  void each_row(const std::function<void(std::string_view, const CaseRow&)>& visit);
  // Calls visit(key, row) for what has fallen out of the rows' windows, see field_fold.h.
  void each_settled(const std::function<void(std::string_view, const SettledRow&)>& visit);
  std::map<std::string, std::int64_t> tallies() { return tallies_->all(); }
  Directory& directory() { return *directory_; }
  // Whether a change of rules has not reached all rows yet: answers about the others are by the rules before.
  bool sweeping() { return sweep_->find("rules") != nullptr || sweep_->find("settled") != nullptr; }
  // Subjects whose announcement is owed, by whether a backfill holds them.
  std::pair<std::int64_t, std::int64_t> owed();

 private:
  void apply_directory(const EventInputs::Item& item);
  std::optional<topics::Rejection> apply_link(const engine::Message& message, engine::Context& context);
  // Keeps the fact of a backlog for later, and owes the row. Returns false when that cannot be done in passing.
  bool put_off(const std::string& subject, const Fact& fact);
  // Adds the fact; returns false when it changes nothing or was refused.
  bool add(CaseRow& row, Fact fact, const engine::Message& message, engine::Context& context);
  // Takes the next fact out of the row's window, and keeps what it has counted.
  void settle_fact(CaseRow& row, std::vector<Fact>::const_iterator leaving);
  enum class Cause { event, timer, owed, sweep };
  // Re-folds the row: timers, counters and, unless they are owed, announcements follow its facts.
  void refresh(const std::string& subject, CaseRow& row, engine::Context& context, Cause cause);
  template <class Output>
  void send(std::size_t to, std::string_view key, const Output& output, engine::Context& context) {
    output_.clear();
    append(output_, output);
    context.send(to, key, output_);
  }
  const std::string& task(const engine::Context& context);
  void publish(const std::string& subject, const CaseRow& row, const Case& folded, const std::vector<Clock>& now,
               engine::Context& context);
  std::uint64_t settle_owed(std::uint64_t limit, engine::Context& context);
  std::uint64_t sweep(std::uint64_t limit, engine::Context& context);
  std::uint64_t sweep_settled(std::uint64_t limit, engine::Context& context);
  void beat(engine::Context& context);
  void send_deltas(engine::Context& context);
  std::map<std::string, std::vector<const CounterSums::Sum*>> sums_by_city();
  // What has not been told to the areas stage yet: in a backlog that of several steps.
  CounterSums& sums();
  // What the areas stage was told last of "swept" and of "behind".
  std::int64_t told(std::string_view what);
  // The queue of the announcements that may be made now; nothing when there are none.
  std::optional<std::uint64_t> ready() const;

  engine::StageSpec spec_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<engine::Table<CaseRow>> rows_;
  std::unique_ptr<KeyQueues>
      owed_;  // 0: until the backlog is read; else by the hash of a source: until its backfill closes
  std::unique_ptr<engine::Table<SettledRow, engine::Access::ordered>> settled_;
  std::unique_ptr<engine::Table<Sweep, engine::Access::ordered>> sweep_;  // one row while a sweep is on
  std::unique_ptr<engine::Table<Tally, engine::Access::ordered>>
      reported_;  // "swept", "behind": as the areas stage was told; "beat": when; "armed": timers
  std::unique_ptr<Tallies> tallies_;
  std::unique_ptr<EventInputs> inputs_;
  std::unique_ptr<Alerts> alerts_;
  std::unique_ptr<engine::Table<CounterSums, engine::Access::ordered>> unsent_;  // one row: what sums() gives
  // Of the step in hand.
  std::optional<engine::Milliseconds> beat_lag_;  // of the heartbeat of this step
  std::int64_t timers_armed_ = 0;                 // more than before
  CounterSums* sums_ = nullptr;
  // Of the row in hand; kept for their memory.
  Case folded_;
  std::vector<Clock> clocks_;
  std::string encoded_;
  std::string task_;           // see task()
  topics::CaseRow published_;  // in hand
  std::string output_;
  Contribution counted_;
  std::set<std::string> changed_;  // subjects whose row has to be published
};

}  // namespace projections
