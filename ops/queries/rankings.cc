// `gridloop rankings`: the areas of a level, ranked.

#include "ops/queries/rankings.h"

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/deployment/deployment.h"
#include "ops/queries/answers.h"
#include "ops/queries/buckets.h"
#include "topics/codec/json.h"

namespace ops {

using engine::Partition;
using engine::Result;
using projections::Areas;
using topics::JsonWriter;

using Align = TextTable::Align;

Result<int> rankings(const RankingsOptions& options) {
  const auto month = parse_bucket(options.period, topics::BucketKind::month);
  if (!month) return usage_error(fmt::format("--period {}: not a month such as 2015-06", options.period));
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("areas", Partition{0}));
  auto& areas = replica.stage<Areas>();
  TRY(require_level(areas, options.level));
  const std::vector<projections::Place> places = areas.ranking(*month, options.level);
  if (options.common.json) {
    for (const projections::Place& place : places) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("area").string(place.area).key("name").string(place.name);
      json.key("level").string(options.level).key("period").string(options.period);
      if (place.rank) json.key("rank").integer(*place.rank);
      if (!place.rank) json.key("rank").null().key("unranked").string(place.unranked);
      if (place.score_den != 0) json.key("score").string(percent(place.score_num, place.score_den));
      if (place.score_den == 0) json.key("score").null();
      json.key("indicators").begin_object();
      for (const topics::Indicator& indicator : place.indicators) {
        json.key(indicator.code).begin_object().key("num").integer(indicator.num);
        json.key("den").integer(indicator.den).end_object();
      }
      json.end_object();
      put_recalculating(json, areas.recalculating());
      put_stale(json, replica);
      json.end_object();
      fmt::print("{}\n", out);
    }
    return kOk;
  }
  if (places.empty()) {
    say(fmt::format("no cases were due or opened in {}", options.period));
    return kOk;
  }
  TextTable table({{"Rank", Align::right},
                   {"Area"},
                   {"Name"},
                   {"On time %", Align::right},
                   {"Closed on time", Align::right},
                   {"Due", Align::right},
                   {"Closed in month %", Align::right},
                   {"Resolved %", Align::right},
                   {"Satisfied %", Align::right}});
  for (const projections::Place& place : places) {
    const topics::Indicator& on_time = place.indicators[0];
    const topics::Indicator& closed = place.indicators[1];
    const topics::Indicator& resolved = place.indicators[3];
    const topics::Indicator& satisfied = place.indicators[4];
    table.add({place.rank ? std::to_string(*place.rank) : "–", place.area, place.name,
               percent(on_time.num, on_time.den), with_commas(on_time.num), with_commas(on_time.den),
               percent(closed.num, closed.den), percent(resolved.num, resolved.den),
               percent(satisfied.num, satisfied.den)});
  }
  fmt::print("{}", table.text());
  if (areas.recalculating()) fmt::print("{}", kRecalculating);
  return kOk;
}

void declare_rankings(Program& program) {
  Command command = program.command("rankings", "Rank the areas of a level by cases closed on time",
                                    "  gridloop rankings --data data/boston --period 2015-06 --level district\n");
  auto& options = command.settings<RankingsOptions>();
  add_log_and_json(command, options.common);
  command.text("--period", options.period, "YYYY-MM", "Month in which the cases were due", Command::Need::required);
  command.text("--level", options.level, "LEVEL", "Level of the area hierarchy");
  command.runs(on_log(options.common, [&options] { return rankings(options); }));
}

}  // namespace ops
