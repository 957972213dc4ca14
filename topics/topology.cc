#include "topics/topology.h"

#include <deque>
#include <utility>
#include <vector>

#include "engine/result.h"
#include "topics/stages.h"

namespace topics {

namespace {

using K = TopicKind;
constexpr bool kPartitioned = true;
constexpr bool kOne = false;
constexpr bool kCompacted = true;
constexpr bool kKept = false;

constexpr std::string_view kTruth = "all state is computed from it, again and again";
constexpr std::string_view kNewest = "a reader of the whole topic finds each row once, however old it is";
constexpr std::string_view kReplay = "a replay does the steps that it tells of, from the first one on";
constexpr std::string_view kSaid =
    "what was announced has to be shown years later, and stands for each case here alone";
constexpr std::string_view kKeptElsewhere =
    "time enough to mend and send again; the record itself stays in its own topic";

constexpr TopicDoc kTopics[] = {
    {"requests", "case", "intake: hotline, app, door-plate QR, patrol, Open311, importers",
     "requests reported, registered, classified, located, merged, withdrawn", kPartitioned, kKept, K::input, kTruth},
    {"dispatches", "case", "dispatch desks, units, importers",
     "cases sent, assigned, signed, returned, whistled, suspended, extended, handled, closed, reopened", kPartitioned,
     kKept, K::input, kTruth},
    {"visits", "case, household or worker", "grid workers",
     "contacts, arrivals, visits, check-ins, rounds; registrations of households and workers", kPartitioned, kKept,
     K::input, kTruth},
    {"judgements", "case", "call-back desks, checkers, reviewers; never the judged",
     "checks, call-backs, ratings, exclusions, appeals, approvals, supervision", kPartitioned, kKept, K::input, kTruth},
    {"sensors", "device", "device gateways", "readings, alarms, heartbeats, tampering; registrations of devices",
     kPartitioned, kKept, K::input, kTruth},
    {"directory", "entity", "administrators, importers",
     "rules: areas, units, calendars, policies, rulesets, settings, time zones, backfills", kOne, kKept, K::input,
     kTruth},
    {"area-deltas", "city", "cases stage", "changes of the areas' counters, combined per step", kOne, kKept, K::output,
     kTruth},
    {"sla-alerts", "case; unit or task of what is of a step", "cases stage",
     "verdicts of clocks, taken back where they were wrong; how each clock went; storms and heartbeats", kPartitioned,
     kKept, K::output, kSaid},
    {"cases", "case", "cases stage", "the current row of each case, without personal fields", kPartitioned, kCompacted,
     K::output, kNewest},
    {"grid-workload", "area/day", "areas stage", "the current counters of each area and day", kOne, kCompacted,
     K::output, kNewest},
    {"district-rankings", "ruleset/period/edition/level/league/area", "areas stage",
     "score, rank, previous rank, numerators and denominators", kOne, kCompacted, K::output, kNewest},
    {"dead-letters", "as the record's", "stages", "records that were not applied: as they came, why, and whence",
     kPartitioned, kKept, K::output, kKeptElsewhere, std::chrono::days(365)},
    {"control", "process", "each process that runs tasks", "what it holds, and how far it is, twice a second", kOne,
     kKept, K::control, "only what was told last says anything", std::chrono::days(1)},
    {"assignment", "none", "the process that leads", "the owner and the standbys of each task", kOne, kCompacted,
     K::control, "only the last one is in force"},
};

// The topics above and those that follow from the stages: an inbox before the outputs, a schedule behind them.
class Topology {
 public:
  Topology() {
    for (const TopicDoc& topic : kTopics) {
      if (topic.kind == K::output && topics_.back().kind == K::input) add_inboxes();
      if (topic.kind == K::control && topics_.back().kind == K::output) add_schedules();
      topics_.push_back(topic);
    }
  }

  std::span<const TopicDoc> topics() const { return topics_; }

 private:
  void add_inboxes() {
    for (const StageContract& stage : stage_contracts()) {
      if (!stage.has_inbox) continue;
      topics_.push_back({text(stage.inbox()), "target subject", text(std::string(stage.name) + " stage"),
                         "messages from one row to another, records that were misplaced", stage.partitioned, kKept,
                         K::inbox, kTruth});
    }
  }
  void add_schedules() {
    for (const StageContract& stage : stage_contracts()) {
      topics_.push_back({text(stage.schedule()), "none", text(std::string(stage.name) + " stage"),
                         "what each step read, and when", stage.partitioned, kKept, K::schedule, kReplay});
    }
  }
  std::string_view text(std::string value) { return texts_.emplace_back(std::move(value)); }

  std::deque<std::string> texts_;  // what the topics below view
  std::vector<TopicDoc> topics_;
};

}  // namespace

std::string_view name(TopicKind kind) {
  switch (kind) {
    case TopicKind::input:
      return "input";
    case TopicKind::inbox:
      return "inbox";
    case TopicKind::output:
      return "output";
    case TopicKind::schedule:
      return "schedule";
    case TopicKind::control:
      return "control";
  }
  CHECK(false);
}

std::span<const TopicDoc> topology() {
  static const Topology all;
  return all.topics();
}

const TopicDoc* find_topic(std::string_view suffix) {
  for (const TopicDoc& topic : topology()) {
    if (topic.suffix == suffix) return &topic;
  }
  return nullptr;
}

std::string kept(const TopicDoc& topic) {
  if (topic.compacted) return "the newest of each key";
  return topic.retention ? std::to_string(topic.retention->count()) + " days" : "for ever";
}

std::int64_t retention_ms(const TopicDoc& topic) {
  return topic.retention ? std::chrono::milliseconds(*topic.retention).count() : -1;
}

std::string topic_name(std::string_view prefix, std::string_view suffix) {
  std::string full(prefix);
  full += suffix;
  return full;
}

std::string_view topic_of(Family family) {
  return name(family);
}

}  // namespace topics
