// `gridloop case`: what is known of one case.

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"
#include "ops/queries/answers.h"
#include "ops/queries/case_text.h"

namespace ops {
namespace {

using engine::Partition;
using engine::Result;
using projections::Cases;
using topics::JsonWriter;

// One case, as it is shown.
struct Shown {
  const std::string& id;
  Deployment::Replica& replica;
  Cases& cases;
  const projections::CaseAnswer& answer;
  std::vector<Oddity> odd;

  const projections::Case& folded() const { return answer.subject; }
  const projections::Cycle& cycle() const { return folded().cycles.back(); }
  std::optional<engine::Instant> suspended_until() const {
    std::optional<engine::Instant> until;
    for (const projections::Clock& clock : answer.clocks) {
      if (clock.kind == projections::ClockKind::handle) until = clock.paused_until;
    }
    return until;
  }
  std::vector<std::string> assisting() const {
    std::vector<std::string> units;
    for (const projections::Hop& hop : folded().hops) {
      if (hop.assisting && !hop.returned) units.emplace_back(hop.unit);
    }
    return units;
  }
};

void put_case(JsonWriter& json, const Shown& shown, const CaseText& text) {
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
  json.key("version").integer(static_cast<std::int64_t>(shown.answer.row.version));
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

void put_facts(JsonWriter& json, const Shown& shown, const CaseText& text) {
  json.begin_array();
  for (const projections::Fact& fact : shown.answer.row.facts) {
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

void print_json(const Shown& shown, bool anomalies_alone) {
  const CaseText text(shown.cases);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("case").string(shown.id).key("status").string(projections::name(shown.folded().status));
  put_recalculating(json, shown.cases.sweeping());
  put_stale(json, shown.replica);
  if (!anomalies_alone) {
    put_case(json, shown, text);
    put_feedback(json, shown.cycle(), text);
    json.key("clocks").begin_array();
    for (const projections::Clock& clock : shown.answer.clocks) {
      json.begin_object();
      text.put_clock(json, clock);
      json.end_object();
    }
    json.end_array().key("sent").begin_array();
    for (const projections::Sent& sent : shown.answer.row.sent) {
      json.begin_object().key("clock").string(projections::name(sent.clock)).key("cycle").integer(sent.cycle);
      json.key("verdict").string(projections::name(sent.verdict)).key("alerts").integer(sent.announced).end_object();
    }
    json.end_array();
  }
  json.key("anomalies");
  text.put_anomalies(json, shown.answer.row, shown.odd);
  if (!anomalies_alone) {
    json.key("facts");
    put_facts(json, shown, text);
  }
  json.end_object();
  fmt::print("{}\n", out);
}

void print_case(const Shown& shown, const CaseText& text) {
  const projections::Case& folded = shown.folded();
  const projections::Cycle& cycle = shown.cycle();
  const auto line = [](std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::print("  {:<9} {}\n", name, printable(value));
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
  if (folded.repeats > 0) line("repeats", fmt::format("{} of the same caller", folded.repeats));
  if (folded.excluded) line("excluded", text.time(folded.excluded->happened));
  line("version", std::to_string(shown.answer.row.version));
  if (cycle.contacted) line("contact", text.time(cycle.contacted->happened));
  if (cycle.arrived) line("arrival", text.time(cycle.arrived->happened));
  if (cycle.called_back) {
    const std::string_view resolved = projections::name(cycle.called_back->outcome.resolved);
    line("call-back", text.time(cycle.called_back->said.happened) +
                          (resolved.empty() ? "" : fmt::format(", resolved: {}", resolved)));
  }
  const projections::Feedback* feedback = cycle.satisfaction();
  if (feedback != nullptr) line("satisfied", fmt::format("{} of 5", feedback->outcome.satisfaction));
}

void print_clocks(const Shown& shown, const CaseText& text) {
  fmt::print("\nClocks\n");
  if (shown.answer.clocks.empty()) fmt::print("  none: no event and no policy gives a deadline\n");
  TextTable table({{"Clock"}, {"Start"}, {"Due"}, {"Verdict"}, {"State"}, {"Policy"}});
  for (const projections::Clock& clock : shown.answer.clocks) {
    table.add({CaseText::name(clock), text.time(clock.start),
               text.due(clock) + (clock.provisional ? " (provisional)" : ""),
               std::string(projections::name(clock.verdict)), text.state(clock), CaseText::policy(clock)});
  }
  if (!table.empty()) fmt::print("{}", table.text());
}

void print_text(const Shown& shown, bool anomalies_alone) {
  const CaseText text(shown.cases);
  fmt::print("{}  {}{}\n", printable(shown.id), projections::name(shown.folded().status),
             shown.folded().duplicate ? ", flagged as a duplicate" : "");
  if (!anomalies_alone) {
    print_case(shown, text);
    print_clocks(shown, text);
  }
  if (!shown.odd.empty()) {
    fmt::print("\nAnomalies\n{}", text.anomalies_text(shown.answer.row, shown.odd));
  } else if (anomalies_alone) {
    fmt::print("no anomalies\n");
  }
  if (!anomalies_alone) {
    fmt::print("\nFacts, by the time when they happened\n");
    TextTable table({{"Time"}, {"What"}, {"Unit"}, {"Record"}, {"Fields"}});
    for (const projections::Fact& fact : shown.answer.row.facts) {
      table.add({text.time(fact.happened), std::string(projections::name(fact.kind)), std::string(fact.unit()),
                 text.place(fact), text.fields(fact)});
    }
    fmt::print("{}", table.text());
  }
  if (shown.cases.sweeping()) fmt::print("{}", kRecalculating);
}

}  // namespace

Result<int> show_case(const CaseOptions& options) {
  const auto deployment = TRY(open_for_answers(options.common));
  const Partition partition = engine::partition_of(options.id, deployment->partitions());
  auto replica = TRY(deployment->replica("cases", partition));
  auto& cases = replica.stage<Cases>();
  const engine::Instant now = replica.task->now();
  const auto answer = cases.find(options.id, now);
  if (!answer || answer->row.facts.empty()) {
    return engine::fail(engine::Action::invalid, fmt::format("no event about {} was processed", options.id));
  }
  const auto traces = projections::traces(answer->subject, cases.directory(), now);
  const Shown shown{options.id, replica, cases, *answer, oddities(answer->subject, traces)};
  if (options.common.json) {
    print_json(shown, options.anomalies);
  } else {
    print_text(shown, options.anomalies);
  }
  return kOk;
}

}  // namespace ops
