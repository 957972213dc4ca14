#include "topics/topology.h"

#include "engine/result.h"

namespace topics {

namespace {

using K = TopicKind;
constexpr bool kPartitioned = true;
constexpr bool kOne = false;
constexpr bool kCompacted = true;
constexpr bool kKept = false;

constexpr TopicDoc kTopics[] = {
    {"requests", "case", "intake: hotline, app, door-plate QR, patrol, Open311, importers",
     "requests reported, registered, classified, located, merged, withdrawn", kPartitioned, kKept, K::input},
    {"dispatches", "case", "dispatch desks, units, importers",
     "cases sent, assigned, signed, returned, whistled, suspended, extended, handled, closed, reopened", kPartitioned,
     kKept, K::input},
    {"visits", "case, household or worker", "grid workers",
     "contacts, arrivals, visits, check-ins, rounds; registrations of households and workers", kPartitioned, kKept,
     K::input},
    {"judgements", "case", "call-back desks, checkers, reviewers; never the judged",
     "checks, call-backs, ratings, exclusions, appeals, approvals, supervision", kPartitioned, kKept, K::input},
    {"sensors", "device", "device gateways", "readings, alarms, heartbeats, tampering; registrations of devices",
     kPartitioned, kKept, K::input},
    {"directory", "entity", "administrators, importers",
     "rules: areas, units, calendars, policies, rulesets, settings, time zones, backfills", kOne, kKept, K::input},
    {"cases-inbox", "target subject", "stages", "messages from one row to another, records that were misplaced",
     kPartitioned, kKept, K::inbox},
    {"area-deltas", "city", "cases stage", "changes of the areas' counters, combined per step", kOne, kKept, K::output},
    {"sla-alerts", "case", "cases stage", "clocks warned, breached, met, retracted", kPartitioned, kKept, K::output},
    {"cases", "case", "cases stage", "the current row of each case, without personal fields", kPartitioned, kCompacted,
     K::output},
    {"grid-workload", "area/day", "areas stage", "the current counters of each area and day", kOne, kCompacted,
     K::output},
    {"district-rankings", "ruleset/period/edition/level/league/area", "areas stage",
     "score, rank, previous rank, numerators and denominators", kOne, kCompacted, K::output},
    {"dead-letters", "as the record's", "stages", "records that were not applied: as they came, why, and whence",
     kPartitioned, kKept, K::output},
    {"schedule-cases", "none", "cases stage", "what each step read, and when", kPartitioned, kKept, K::schedule},
    {"schedule-areas", "none", "areas stage", "what each step read, and when", kOne, kKept, K::schedule},
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
  }
  CHECK(false);
}

std::span<const TopicDoc> topology() {
  return kTopics;
}

const TopicDoc* find_topic(std::string_view suffix) {
  for (const TopicDoc& topic : kTopics) {
    if (topic.suffix == suffix) return &topic;
  }
  return nullptr;
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
