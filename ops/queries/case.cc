#include "ops/queries/case.h"

#include "ops/cli/program.h"
#include "ops/cli/text_table.h"

namespace ops {
namespace {

using engine::JsonWriter;
using engine::Result;
using projections::Cases;

void put_case(JsonWriter& json, const CaseView& shown, const CaseText& text) {
  const projections::Case& folded = shown.folded();
  const auto put = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) json.key(key).string(value);
  };
  json.key("area").string(folded.area).key("category").string(folded.category);
  if (folded.named_area != folded.area) json.key("named_area").string(folded.named_area);
  put("condition", folded.condition);
  put("kind", folded.kind);
  json.key("priority").integer(folded.priority).key("channel").string(folded.channel);
  put("level", folded.level);
  json.key("unit").string(folded.unit);
  const std::vector<std::string> assisting = shown.assisting();
  if (!assisting.empty()) {
    json.key("assisting").begin_array();
    for (const std::string& unit : assisting) json.string(unit);
    json.end_array();
  }
  json.key("duplicate").boolean(folded.duplicate);
  put("parent", folded.parent);
  if (folded.parent_closed) json.key("parent_closed").string(text.time(folded.parent_closed->happened));
  put("successor", folded.successor);
  if (const auto until = shown.suspended_until()) json.key("suspended_until").string(text.time(*until));
  if (folded.repeats > 0) json.key("repeats").integer(folded.repeats);
  if (folded.excluded) json.key("excluded").string(text.time(folded.excluded->happened));
  json.key("version").integer(static_cast<std::int64_t>(shown.report.answer.row.version));
  json.key("hops").integer(static_cast<std::int64_t>(folded.hops.size()));
  json.key("cycles").integer(static_cast<std::int64_t>(folded.cycles.size()));
  json.key("visits").integer(static_cast<std::int64_t>(folded.visits.size()));
  json.key("checks").integer(static_cast<std::int64_t>(folded.checks.size()));
}

void put_feedback(JsonWriter& json, const projections::Cycle& cycle, const CaseText& text) {
  const projections::Feedback* feedback = cycle.satisfaction();
  if (cycle.contacted) json.key("contacted").string(text.time(cycle.contacted->happened));
  if (cycle.arrived) json.key("arrived").string(text.time(cycle.arrived->happened));
  if (cycle.called_back) {
    json.key("called_back").string(text.time(cycle.called_back->said.happened));
    json.key("resolved").string(projections::name(cycle.called_back->outcome.resolved));
  }
  if (feedback != nullptr) json.key("satisfaction").integer(feedback->outcome.satisfaction);
}

void put_facts(JsonWriter& json, const CaseView& shown, const CaseText& text) {
  json.begin_array();
  for (const projections::Fact& fact : shown.report.answer.row.facts) {
    json.begin_object().key("kind").string(projections::name(fact.kind)).key("time").string(text.time(fact.happened));
    json.key("logged").string(text.time(fact.logged)).key("at").string(text.place(fact));
    if (!fact.unit().empty()) json.key("unit").string(fact.unit());
    if (const auto due = fact.due()) json.key("due").string(text.time(*due));
    json.key("data").begin_object().key("type").string(fact.type());
    text.put_fields(json, fact);
    json.end_object().end_object();
  }
  json.end_array();
}

void put_members(JsonWriter& json, const CaseView& shown) {
  const CaseText& text = shown.report.text;
  json.key("case").string(shown.report.id).key("status").string(projections::name(shown.folded().status));
  put_recalculating(json, shown.report.freshness);
  put_stale(json, shown.report.freshness);
  if (!shown.anomalies_only) {
    put_case(json, shown, text);
    put_feedback(json, shown.cycle(), text);
    json.key("clocks").begin_array();
    for (const projections::Clock& clock : shown.report.answer.clocks) {
      json.begin_object();
      text.put_clock(json, clock);
      json.end_object();
    }
    json.end_array().key("sent").begin_array();
    for (const projections::Sent& sent : shown.report.answer.row.sent) {
      json.begin_object().key("clock").string(projections::name(sent.clock)).key("cycle").integer(sent.cycle);
      json.key("verdict").string(projections::name(sent.verdict)).key("alerts").integer(sent.announced).end_object();
    }
    json.end_array();
  }
  json.key("anomalies");
  text.put_anomalies(json, shown.report.answer.row, shown.report.odd);
  if (!shown.anomalies_only) {
    json.key("facts");
    put_facts(json, shown, text);
  }
}

std::string case_lines(const CaseView& shown) {
  const CaseText& text = shown.report.text;
  std::string out;
  const projections::Case& folded = shown.folded();
  const projections::Cycle& cycle = shown.cycle();
  const auto line = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) out += fmt::format("  {:<9} {}\n", name, printable(value));
  };
  const auto always = [&](std::string_view name, std::string_view value) { line(name, value.empty() ? "–" : value); };
  always("area", text.area(folded));
  always("category", folded.category);
  line("condition", folded.condition);
  line("kind", folded.kind);
  always("channel", folded.channel);
  if (folded.priority != 0) line("priority", std::to_string(folded.priority));
  line("level", folded.level);
  always("unit", folded.unit);
  line("assisting", fmt::format("{}", fmt::join(shown.assisting(), ", ")));
  if (folded.parent_closed) {
    line("parent", fmt::format("{}, closed {}", folded.parent, text.time(folded.parent_closed->happened)));
  } else {
    line("parent", folded.parent);
  }
  line("successor", folded.successor);
  if (const auto until = shown.suspended_until()) line("suspended", "until " + text.time(*until));
  if (folded.repeats > 0) line("repeats", fmt::format("{} by the same caller", folded.repeats));
  if (folded.excluded) line("excluded", text.time(folded.excluded->happened));
  line("version", std::to_string(shown.report.answer.row.version));
  if (cycle.contacted) line("contact", text.time(cycle.contacted->happened));
  if (cycle.arrived) line("arrival", text.time(cycle.arrived->happened));
  if (cycle.called_back) {
    const std::string_view resolved = projections::name(cycle.called_back->outcome.resolved);
    line("call-back", text.time(cycle.called_back->said.happened) +
                          (resolved.empty() ? "" : fmt::format(", resolved: {}", resolved)));
  }
  const projections::Feedback* feedback = cycle.satisfaction();
  if (feedback != nullptr) line("satisfied", fmt::format("{} of 5", feedback->outcome.satisfaction));
  return out;
}

std::string clock_lines(const CaseView& shown) {
  const CaseText& text = shown.report.text;
  std::string out = "\nClocks\n";
  if (shown.report.answer.clocks.empty()) out += "  none: neither an event nor a policy sets a deadline\n";
  TextTable table({{"Clock"}, {"Start"}, {"Due"}, {"Verdict"}, {"State"}, {"Policy"}});
  for (const projections::Clock& clock : shown.report.answer.clocks) {
    table.add({CaseText::name(clock), text.time(clock.start),
               text.due(clock) + (clock.provisional ? " (provisional)" : ""),
               std::string(projections::name(clock.verdict)), text.state(clock), CaseText::policy(clock)});
  }
  if (!table.empty()) out += table.text();
  return out;
}

std::string fact_lines(const CaseView& shown) {
  const CaseText& text = shown.report.text;
  TextTable table({{"Time"}, {"Fact"}, {"Unit"}, {"Record"}, {"Fields"}});
  for (const projections::Fact& fact : shown.report.answer.row.facts) {
    table.add({text.time(fact.happened), std::string(projections::name(fact.kind)), std::string(fact.unit()),
               text.place(fact), text.fields(fact)});
  }
  return "\nFacts, by time of occurrence\n" + table.text();
}

}  // namespace

const projections::Cycle& CaseView::cycle() const {
  return folded().cycles.back();
}

std::optional<engine::Instant> CaseView::suspended_until() const {
  std::optional<engine::Instant> until;
  for (const projections::Clock& clock : report.answer.clocks) {
    if (clock.kind == projections::ClockKind::handle) until = clock.paused_until;
  }
  return until;
}

std::vector<std::string> CaseView::assisting() const {
  std::vector<std::string> units;
  for (const projections::Hop& hop : folded().hops) {
    if (hop.assisting && !hop.returned) units.emplace_back(hop.unit);
  }
  return units;
}

Result<CaseView> answer(const CaseRequest& request, Cases& cases, const Freshness& freshness) {
  return CaseView{.report = TRY(report_on(request.id, cases, freshness)), .anomalies_only = request.anomalies_only};
}

std::string to_json(const CaseView& shown) {
  return json_line([&](JsonWriter& json) { put_members(json, shown); });
}

std::string to_text(const CaseView& shown) {
  const CaseReport& report = shown.report;
  std::string text = fmt::format("{}  {}{}\n", printable(report.id), projections::name(shown.folded().status),
                                 shown.folded().duplicate ? ", flagged as a duplicate" : "");
  if (!shown.anomalies_only) text += case_lines(shown) + clock_lines(shown);
  if (!report.odd.empty()) {
    text += "\nAnomalies\n" + report.text.anomalies_text(report.answer.row, report.odd);
  } else if (shown.anomalies_only) {
    text += "no anomalies\n";
  }
  if (!shown.anomalies_only) text += fact_lines(shown);
  if (report.freshness.recalculating) text += kRecalculating;
  return text;
}

Result<int> show_case(const CaseOptions& options) {
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("cases", engine::partition_of(options.request.id, deployment->partitions())));
  auto& cases = replica.stage<Cases>();
  const CaseView found = TRY(answer(options.request, cases, freshness(replica, cases.sweeping())));
  return print_answer(found, options.common.json);
}

void declare_case(Program& program) {
  Command command = program.command("case", "Show one case: its facts, clocks and anomalies",
                                    "  gridloop case 101001240735 --data data/boston\n"
                                    "  gridloop case c1 --anomalies --data data/town\n");
  auto& options = command.settings<CaseOptions>();
  add_log_and_json(command, options.common);
  command.text("id", options.request.id, "ID", "Case ID (the subject of its events)", Command::Need::required);
  command.flag("--anomalies", options.request.anomalies_only, "Show only the anomalies of the case and its clocks");
  command.runs(on_log(options.common, [&options] { return show_case(options); }));
}

}  // namespace ops
