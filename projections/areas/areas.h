// The areas stage.
//
// Takes: the differences of counters (AreaDeltas) and the tree of areas. Gives: the counters of each area and bucket, the
// ranking of each level by month, and the published rows of both.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.h"
#include "engine/state/table.h"
#include "projections/rules/directory.h"
#include "projections/stage/counter_sums.h"
#include "projections/stage/event_inputs.h"
#include "projections/stage/key_queues.h"
#include "projections/stage/rejection.h"
#include "topics/outputs/outputs.h"

namespace projections {

// Counters of one area in one bucket, the areas below it included.
//
//   u8 format (3) | u8 unpublished | counts, see put_counts()
struct CounterRow {
  static constexpr std::uint8_t kFormat = 3;
  Counts n{};
  bool unpublished = false;  // of a day: it waits to be published

  std::int64_t& operator[](topics::Counter counter) { return n[static_cast<std::size_t>(counter)]; }
  std::int64_t operator[](topics::Counter counter) const { return n[static_cast<std::size_t>(counter)]; }
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// Numerator and denominator of an indicator.
struct Figure {
  std::int64_t num = 0;
  std::int64_t den = 0;
  bool operator==(const Figure&) const = default;
};

// An area of a league: the areas of one level that have counters for a month. What was last published of it.
//
//   u8 format (4) | u8 published | signed rank | signed of | signed rank in the month before
//   | varint n | n × (varint number of the indicator, ascending | signed numerator | signed denominator)
//
// Indicators that are 0/0 are left out.
struct LeagueRow {
  static constexpr std::uint8_t kFormat = 4;
  bool published = false;
  std::int64_t rank = 0;  // 0 = not ranked
  std::int64_t of = 0;
  std::int64_t previous_rank = 0;
  std::array<Figure, topics::kIndicatorCount> figures{};  // by the number of the indicator

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  bool operator==(const LeagueRow&) const = default;
};

// A month with changed leagues that are not published yet.
struct Unpublished {
  void encode(std::string& out) const { out.push_back('\1'); }
  bool decode(std::string_view bytes) { return bytes == "\1"; }
};

// The indicator that areas are ranked by: the first one.
inline constexpr const topics::IndicatorSpec& kScore = topics::detail::kIndicators.front();

// One line of a ranking.
struct Place {
  std::string area;
  std::string name;
  std::optional<std::int64_t> rank;  // nothing: not ranked, for the reason `unranked`
  std::string unranked;
  std::vector<topics::Indicator> indicators;  // those of topics::indicators(), in that order
  std::int64_t score_num = 0;                 // of kScore
  std::int64_t score_den = 0;
};

struct DayWorkload {
  std::int32_t day = 0;
  CounterRow counters;
};
struct MonthWorkload {
  std::int32_t month = 0;
  CounterRow counters;
};

inline constexpr std::string_view kUnattributed = "unattributed";

// The areas stage: sums the contributions of the cases up the tree, and ranks the areas of each level by month.
//
// Inputs: directory, area-deltas. Outputs: grid-workload, district-rankings, dead-letters (refused rules).
// Ranking: by the first indicator of counters.def, the on-time closing rate, compared as exact ratios. Equal ratios share a rank
//   and the next rank follows without a gap (dense: 1, 1, 1, 2). Areas without due cases are not ranked. See "Rankings"
//   in projections/README.md.
// 'unattributed' of a level counts the cases that belong to no area of that level: total − the sum of its areas.
// A merged area lies below its successor, so its counters belong to the successor at once. A sweep of the cases stage
//   moves them there row by row, and changes no sum.
// Invariants: the counters of an area are the sum over itself and all areas below it, however the tree was changed.
class Areas final : public engine::Stage {
 public:
  static constexpr std::uint32_t kLogicVersion = 5 + topics::kCountersVersion;

  explicit Areas(const std::string& prefix);

  const engine::StageSpec& spec() const override { return spec_; }
  void open(engine::State& state) override;
  void restore() override;
  void decode(engine::Message& message) override;
  void apply(const engine::Message& message, engine::Context& context) override;
  void fire(const engine::Timer&, engine::Context&) override {}
  std::uint64_t drain_deferred(std::uint64_t limit, engine::Context& context) override;
  bool has_deferred() override;
  void end_step(engine::Context& context) override;

  // Questions, answered between steps.
  // All areas of `level` with counters for `month`, by rank, then by id; 'unattributed' last, when it has any.
  std::vector<Place> ranking(std::int32_t month, std::string_view level);
  // The days in [from, to] with any counter, ascending. 'unattributed' counts the cases that belong to no area at all.
  std::vector<DayWorkload> days(std::string_view area, std::int32_t from, std::int32_t to);
  std::vector<MonthWorkload> months(std::string_view area);
  CounterRow now(std::string_view area);
  CounterRow total_now();
  // The counters of the cases that belong to no area of `level`, by day and now.
  std::vector<DayWorkload> unattributed_days(std::string_view level, std::int32_t from, std::int32_t to);
  CounterRow unattributed_now(std::string_view level);
  // Whether a change of rules has not reached all rows of the cases stage yet, by the last reports of its tasks.
  bool recalculating();
  std::map<std::string, std::int64_t> tallies() { return tallies_->all(); }
  Directory& directory() { return *directory_; }

 private:
  void apply_rules(const engine::Message& message, engine::Context& context);
  // The numbers in sums_ of the rows to which counters of `area` are added: the area, its ancestors, and the total.
  const std::vector<std::uint32_t>& rollup(std::uint32_t area);
  std::vector<std::string> rollup(std::string_view area) const;
  // Adds the sums of the step to the rows. `now` is the task clock; its day is the one whose row shows the open cases.
  void flush(engine::Instant now);
  void moved(const std::string& area, const std::vector<std::string>& before, std::string_view level_before,
             engine::Instant now);
  void publish_workload(std::string_view area, topics::Bucket bucket, engine::Context& context);
  void publish_month(std::int32_t month, engine::Context& context);
  void publish_league(std::int32_t month, std::string_view level, engine::Context& context);
  void mark(const std::string& area, topics::Bucket bucket, engine::Instant now);
  void mark_day(const std::string& key, CounterRow& row);
  bool sender_behind() const { return !behind_.empty(); }
  std::vector<std::string> of_level(std::string_view level) const;
  // The total minus the counters of `areas`, none of which lies above another; by bucket of one kind.
  std::map<std::int32_t, CounterRow> rest(const std::vector<std::string>& areas, topics::BucketKind kind);
  std::vector<DayWorkload> rest_days(const std::vector<std::string>& areas, std::int32_t from, std::int32_t to);
  CounterRow rest_now(const std::vector<std::string>& areas);
  std::string level_of(std::string_view area) const;

  engine::StageSpec spec_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<engine::Table<CounterRow>> counters_;
  std::unique_ptr<engine::Table<LeagueRow, engine::Access::ordered>> leagues_;
  std::unique_ptr<engine::Table<Unpublished, engine::Access::ordered>> unpublished_;  // by month
  std::unique_ptr<KeyQueues> unpublished_days_;                                       // keys of counter rows
  std::unique_ptr<engine::Table<Tally, engine::Access::ordered>> rules_version_;      // by task, as it sent last
  std::unique_ptr<engine::Table<Tally, engine::Access::ordered>> told_behind_;  // by task: 1 while it is catching up
  std::unique_ptr<Tallies> tallies_;
  std::unique_ptr<EventInputs> inputs_;
  std::unique_ptr<Rejections> rejections_;
  // Decoded deltas that wait to be applied, by slot; nothing = an unreadable record.
  std::vector<std::optional<topics::AreaDeltas>> decoded_;
  std::vector<std::uint32_t> free_;
  CounterSums sums_;  // of the step in hand
  // Derived.
  std::vector<std::vector<std::uint32_t>> rollups_;             // by number of an area; empty = not looked up
  std::set<std::pair<std::uint32_t, std::int32_t>> in_league_;  // areas and months known to be in leagues_
  std::set<std::string, std::less<>> behind_;                   // as in told_behind_
};

}  // namespace projections
