#include "ops/queries/rankings.h"

#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/queries/buckets.h"

namespace ops {

using engine::JsonWriter;
using engine::Result;
using projections::Areas;

namespace {

TextTable::Column number_column(std::string_view heading) {
  return {std::string(heading), TextTable::Align::right};
}

// The rates that have a heading; behind that of the score, its numerator and denominator.
std::vector<TextTable::Column> columns() {
  std::vector<TextTable::Column> columns = {number_column("Rank"), {"Area"}, {"Name"}};
  for (const topics::IndicatorSpec& rate : topics::indicators()) {
    if (!rate.heading.empty()) columns.push_back(number_column(rate.heading));
    if (rate.number != projections::kScore.number) continue;
    for (const topics::Counter part : {rate.numerator, rate.denominator}) {
      columns.push_back(number_column(topics::spec(part).heading));
    }
  }
  return columns;
}

std::vector<std::string> cells(const projections::Place& place) {
  std::vector<std::string> cells = {place.rank ? std::to_string(*place.rank) : "–", place.area, place.name};
  for (std::size_t i = 0; i < place.indicators.size(); ++i) {
    const topics::IndicatorSpec& rate = topics::indicators()[i];
    const topics::Indicator& value = place.indicators[i];
    if (!rate.heading.empty()) cells.push_back(percent(value.num, value.den));
    if (rate.number != projections::kScore.number) continue;
    cells.push_back(with_commas(value.num));
    cells.push_back(with_commas(value.den));
  }
  return cells;
}

}  // namespace

std::optional<std::string> problem(const RankingsRequest& request) {
  if (parse_bucket(request.period, topics::BucketKind::month)) return std::nullopt;
  return fmt::format("--period {}: not a month such as 2015-06", request.period);
}

Result<RankingsAnswer> answer(const RankingsRequest& request, Areas& areas, const Freshness& freshness) {
  TRY(require_level(areas, request.level));
  const std::int32_t month = *parse_bucket(request.period, topics::BucketKind::month);
  return RankingsAnswer{.request = request, .freshness = freshness, .places = areas.ranking(month, request.level)};
}

std::string to_json(const RankingsAnswer& answer) {
  std::string out;
  for (const projections::Place& place : answer.places) {
    out += json_line([&](JsonWriter& json) {
      json.key("area").string(place.area).key("name").string(place.name);
      json.key("level").string(answer.request.level).key("period").string(answer.request.period);
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
      put_recalculating(json, answer.freshness);
      put_stale(json, answer.freshness);
    });
  }
  return out;
}

std::string to_text(const RankingsAnswer& answer) {
  if (answer.places.empty()) return {};
  TextTable table(columns());
  for (const projections::Place& place : answer.places) table.add(cells(place));
  std::string text = table.text();
  if (answer.freshness.recalculating) text += kRecalculating;
  return text;
}

std::string note(const RankingsAnswer& answer, bool json) {
  if (json || !answer.places.empty()) return {};
  return fmt::format("no cases were due or opened in {}", answer.request.period);
}

Result<int> rankings(const RankingsOptions& options) {
  if (const auto wrong = problem(options.request)) return usage_error(*wrong);
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("areas", engine::Partition{0}));
  auto& areas = replica.stage<Areas>();
  const auto found = TRY(answer(options.request, areas, freshness(replica, areas.recalculating())));
  return print_answer(found, options.common.json);
}

void declare_rankings(Program& program) {
  Command command = program.command("rankings", "Rank the areas of a level by cases closed on time",
                                    "  gridloop rankings --data data/boston --period 2015-06 --level district\n");
  auto& options = command.settings<RankingsOptions>();
  add_log_and_json(command, options.common);
  command.text("--period", options.request.period, "YYYY-MM", "Month in which the cases were due",
               Command::Need::required);
  command.text("--level", options.request.level, "LEVEL", "Level of the area hierarchy");
  command.runs(on_log(options.common, [&options] { return rankings(options); }));
}

}  // namespace ops
