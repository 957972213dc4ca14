#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/projections/world.h"

namespace projections_test {

// A scenario is a text of one line per event or expectation; a line that starts with # tells people what it is about.
// Times are RFC 3339 with a zone; seconds may be left out. {json} is compared as a subset: what it does not name may
// be anything, null means absent, times are compared as instants, and a member may be one of the event or of its data.
// The {json} of an event is its data as the producer writes it: there times have seconds.
//
//   partitions N                         first line, if at all: partitions of the topics, in place of those that
//                                        the scenario is to be run with
//   step-events N                        the stages read N records in a step at most
//   step-rows N                          first line, if at all: and fold N rows anew, or fire N timers
//   at TIME TYPE SUBJECT [{json}] [log TIME] [source S] [id I] [topic T] [key K] [partition P]
//                                        an event of TIME, logged at that time, or at the `log` time
//   raw TOPIC KEY TEXT                   a record that is TEXT to the end of the line
//   tick TIME                            the clock shows TIME
//   stop                                 the stages stand still: events pile up until `restart`
//   restart                              the stages are killed, and start again from the log and their checkpoints
//   step                                 one step of each stage, while they stand still
//   expect TOPIC KEY {json}              the next record of KEY that was not expected yet; in the topics of current
//                                        rows: the newest record of KEY
//                                        (alerts about verdicts and those about the course of clocks, sla.started
//                                        and so on, each in their own order)
//   expect-none TOPIC KEY                there is no further record of KEY, but for courses of clocks
//   expect-net CASE CLOCK[/CYCLE] VERDICT    what the alerts come to: running, warned, breached or met
//   expect-case CASE {json}              the case: status, area, category, priority, channel, unit, parent, duplicate,
//                                        opened, handled, closed, hops, cycles, facts, visits, checks, condition, kind,
//                                        level, successor, repeats, excluded, version, anomalies; of the last
//                                        cycle contacted, arrived, called_back, resolved, satisfaction; named_area when
//                                        another took over from it; clocks as sign, handle/2 …
//                                        (verdict of the last, or of that cycle), and so due.sign, due.handle/2,
//                                        start., course. (running, paused, stopped, cancelled), until., unit.,
//                                        provisional., policy., calendar. (its version) …; rating.report_in/2 is what
//                                        the second unit that was whistled for was given
//   expect-fact SUBJECT KIND {json}      the last fact of that kind (fact_kinds.def): its type, time, logged, and the
//                                        fields that it holds, under their own names
//   expect-no-case CASE                  nobody has opened it
//   expect-workload AREA BUCKET {json}   counters of an area on a day (2015-06-01), in a month (2015-06), or now
//   expect-ranking PERIOD LEVEL AREA {json}  rank (null = not ranked), unranked, score, and the rates as "n/d"
//   expect-unattributed LEVEL BUCKET {json}  what belongs to no area of the level, on a day or now
//   expect-recalculating yes|no          whether a change of rules has not reached all rows
//   expect-tally STAGE NAME N            a count of what the stage has done, over all its tasks
//
// After the last line every dead letter must have been expected, and the promises of promises.h must hold.
//
// Threads: one. Errors: run_line() and finish() throw std::runtime_error with what is wrong.
class Scenario {
 public:
  explicit Scenario(std::uint32_t partitions = 1) { options_.partitions = partitions; }

  // Runs one line, without its line break. `number` names it in messages and in ids that are not given.
  void run_line(std::string_view line, int number);
  void finish();

 private:
  // What is left of a line, taken word by word.
  class Words {
   public:
    explicit Words(std::string_view line) : rest_(line) {}
    std::string take();                       // the next word, or a whole {json}; empty at the end
    std::string need(std::string_view what);  // the same; throws when there is none
    std::string rest();                       // all that is left
    void end();                               // throws unless nothing is left

   private:
    std::string_view rest_;
  };

  World& world();
  void read_if_running();
  void tell(Words& words, int number);
  void expect(Words& words);
  void expect_none(Words& words);
  void expect_net(Words& words);
  void expect_case(Words& words);
  void expect_fact(Words& words);
  void expect_workload(Words& words);
  void expect_unattributed(Words& words);
  void expect_ranking(Words& words);
  void expect_tally(Words& words);

  World::Options options_;
  std::unique_ptr<World> world_;
  bool standing_still_ = false;
  std::set<std::string> expected_;  // places of the records that were expected
};

}  // namespace projections_test
