#pragma once

#include <rapidcheck.h>

#include <chrono>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "tests/projections/told.h"
#include "tests/projections/world.h"

namespace projections_test {

// Everything that is told in a story is logged in batches, half an hour apart from kFirstBatch on. Within a batch any
// order will do, but for the directory.
inline constexpr engine::Instant kFirstBatch = engine::instant(1'772'416'800'000);  // 2026-03-02T10:00+08:00
inline constexpr int kBatches = 24;
inline constexpr engine::Milliseconds kBatchDistance = std::chrono::minutes(30);
// The first rules are told a day before.
inline constexpr engine::Instant kRulesTold = kFirstBatch - std::chrono::hours(24);

engine::Instant batch_time(int batch);

struct Happening {
  int batch = 0;
  Told told;
};
std::ostream& operator<<(std::ostream& out, const Happening& happening);

// Cases of all kinds with facts of all kinds: late ones, those of trusted and untrusted sources and of a backfill,
// several hops with lead and assisting units, cycles, merges, suspensions, extensions with and without approvals,
// whistles, supervision, appeals; areas that are registered and moved, and rules that change, meanwhile: policies that
// rebase or are retired, calendars, roles.
struct Story {
  std::vector<Told> rules;             // in order
  std::vector<Happening> happenings;   // ids are unique
  int backfill_closes = kBatches;      // in this batch; kBatches = never
  engine::Milliseconds afterwards{0};  // how long after the last batch the end is looked at
};
std::ostream& operator<<(std::ostream& out, const Story& story);

rc::Gen<Story> stories();
// An event about one of the cases, without an id.
rc::Gen<Happening> case_happenings();
rc::Gen<std::vector<Happening>> case_histories();
// Policies of all clocks, a calendar, trusted sources and areas, all told at kRulesTold.
rc::Gen<std::vector<Told>> rule_books();

// How a story is told and read. Nothing of it may change what is true in the end.
struct Manner {
  std::uint64_t seed = 0;  // of the order within batches, and of all that follows
  std::uint32_t partitions = 1;
  std::uint64_t step_records = 8192;
  std::uint64_t step_rows = 4000;
  std::uint64_t checkpoint_steps = 0;
  unsigned repeat_per_mille = 0;    // an event is told again, in a batch of its own choice that is not earlier
  unsigned misplace_per_mille = 0;  // a record lies in another partition, or has another key
  unsigned read_per_mille =
      1000;  // after a batch the stages read what there is, or else maybe a step; 0 = at the end alone
  unsigned crash_per_mille = 0;  // after a batch the stages are restarted
};
std::ostream& operator<<(std::ostream& out, const Manner& manner);

// Tells the story to a new world and brings it to rest.
std::unique_ptr<World> tell(const Story& story, const Manner& manner);

// All that is true in the end, as text by what it is about: rows, clocks, net alerts, counters. Places of records, and
// how often something was announced, are not in it.
std::map<std::string, std::string> truth(World& world);

// The entries in which two truths differ; empty when none do.
std::string difference(const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b);

}  // namespace projections_test
