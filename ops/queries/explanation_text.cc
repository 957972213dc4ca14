// An explanation for people.

#include <fmt/format.h>

#include "ops/cli/limit_text.h"
#include "ops/cli/text_table.h"
#include "ops/queries/explanation.h"

namespace ops {
namespace {

using engine::Instant;
using projections::Clock;
using projections::ClockTrace;
using projections::Fact;
using projections::Stretch;
using projections::TracedExtension;
using projections::TracedRung;
using Align = TextTable::Align;
using Standing = TracedExtension::Standing;

// `text` with its lines two columns in.
std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end != 0) out += "  ";
    out += text.substr(0, end + 1);
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string_view measure(const ClockTrace& trace) {
  return trace.measure == projections::Limit::Measure::work ? "working time" : "time";
}

class Text {
 public:
  explicit Text(const Explanation& of) : of_(of) {}

  std::string all() const;

 private:
  std::string time(Instant time) const { return of_.text.time(time); }
  std::string record(std::size_t fact) const { return of_.text.place(of_.fact(fact)); }
  // What happened, and its record.
  std::string told(std::size_t fact) const {
    return fmt::format("{} ({})", projections::name(of_.fact(fact).kind), record(fact));
  }
  std::string by(std::size_t fact) const;
  std::string verdict(const ClockTrace& trace) const;
  std::string ended(const ClockTrace& trace) const;
  std::string due(const ClockTrace& trace) const;
  std::string clock(const ClockTrace& trace) const;
  std::string course(const ClockTrace& trace) const;
  std::string grants(const ClockTrace& trace) const;
  std::string standing(const TracedExtension& traced) const;
  std::string rungs(const ClockTrace& trace) const;
  std::string facts() const;

  const Explanation& of_;
};

// The role, or else the unit, that told the fact.
std::string Text::by(std::size_t fact) const {
  for (const topics::Field which : {topics::Field::role, topics::Field::by_unit}) {
    if (const auto text = of_.fact(fact).text(which); !text.empty()) return std::string(text);
  }
  return "";
}

std::string Text::verdict(const ClockTrace& trace) const {
  const Clock& clock = trace.clock;
  const bool none = clock.verdict == projections::Verdict::none && !projections::runs(clock.course);
  std::string text(none ? "none" : projections::name(clock.verdict));  // while it runs, "running"
  if (trace.until > clock.due) return text + fmt::format(", late by {} of {}", length_text(trace.late), measure(trace));
  return text + fmt::format(", {} of {} left", length_text(trace.left), measure(trace));
}

std::string Text::ended(const ClockTrace& trace) const {
  const Clock& clock = trace.clock;
  std::string text = of_.text.state(clock);
  if (projections::runs(clock.course)) return text;
  return text + (trace.ended_by ? " by " + told(*trace.ended_by) : " because its policy was retired");
}

std::string Text::due(const ClockTrace& trace) const {
  std::string text = of_.text.due(trace.clock);
  if (trace.unknown_from) {
    text += fmt::format(", provisional: no official notice covers {} and later", day_text(*trace.unknown_from));
  }
  if (trace.due_by_change) text += ", the instant of a change that left no time";
  return text;
}

std::string Text::course(const ClockTrace& trace) const {
  TextTable table({{"Course"}, {"From"}, {"To"}, {"Used", Align::right}, {"Taken out", Align::right}, {"Why"}});
  for (const Stretch& stretch : trace.course) {
    const std::string length = length_text(stretch.time);
    switch (stretch.kind) {
      case Stretch::Kind::waiting:
        table.add({"waits", time(stretch.from), time(stretch.to), "", "", "counting has not begun"});
        break;
      case Stretch::Kind::run:
        table.add({"runs", time(stretch.from), time(stretch.to), length, "", ""});
        break;
      case Stretch::Kind::pause:
        table.add({stretch.ahead ? "will pause" : "pauses", time(stretch.from), time(stretch.to), "", length,
                   fmt::format("{}{}", stretch.reason.empty() ? "" : fmt::format("{}: ", stretch.reason),
                               told(*stretch.fact))});
        break;
    }
  }
  return table.empty() ? std::string() : "\n" + table.text();
}

std::string Text::standing(const TracedExtension& traced) const {
  switch (traced.standing) {
    case Standing::counted:
      return "yes";
    case Standing::asked:
      return fmt::format("no: needs the approval of {}", std::max<std::int64_t>(traced.needed, 1));
    case Standing::rejected:
      return "no: rejected";
    case Standing::too_often:
      return "no: more often than the policy allows";
    case Standing::late:
      return "no: after the due time";
    case Standing::over:
      return "no: after the clock had ended";
    case Standing::not_for_it:
      return "no: a due time applies to the handle clock only";
    case Standing::unclear:
      return "no: this clock cannot count its limit";
    case Standing::replaced:
      return "no: replaced by a later due time";
  }
  return "";
}

std::string Text::grants(const ClockTrace& trace) const {
  const Clock& clock = trace.clock;
  TextTable table({{"Granted"}, {"Requested"}, {"By"}, {"Approved by"}, {"In force"}, {"Counts"}});
  if (clock.policy != nullptr && !clock.given) {
    table.add({projections::text(clock.policy->budget), "", "policy", "", time(clock.start), "yes"});
  }
  for (const TracedExtension& traced : trace.extensions) {
    const projections::Extension& one = *traced.extension;
    std::string agreed;
    for (const auto& approval : one.approval.approvals) {
      agreed += fmt::format("{}{}", agreed.empty() ? "" : ", ",
                            by(approval.at.fact).empty() ? record(approval.at.fact) : by(approval.at.fact));
    }
    table.add(
        {one.due ? "until " + time(*one.due) : std::string(one.limit), time(one.approval.requested.judged),
         fmt::format("{}{}", by(one.approval.requested.fact).empty() ? "" : by(one.approval.requested.fact) + ", ",
                     told(one.approval.requested.fact)),
         agreed, traced.in_force ? time(*traced.in_force) : "", standing(traced)});
  }
  return table.empty() ? std::string() : "\n" + table.text();
}

std::string Text::rungs(const ClockTrace& trace) const {
  TextTable table({{"Rung"}, {"When"}, {"Passed"}});
  for (const TracedRung& rung : trace.rungs) {
    std::string what;
    if (rung.warn != nullptr) {
      what = rung.warn->percent > 0 ? fmt::format("warn at {}% of the limit", rung.warn->percent)
                                    : fmt::format("warn {} before", projections::text(rung.warn->before));
    } else {
      const projections::EscalationRung& up = *rung.escalation;
      what = fmt::format("escalate to {}{}{}, {} after the {}", up.level, up.role.empty() ? "" : " ", up.role,
                         projections::text(up.after), up.after_previous ? "previous rung" : "due time");
    }
    table.add({what, time(rung.at), rung.passed ? "yes" : "no"});
  }
  return table.empty() ? std::string() : "\n" + table.text();
}

std::string Text::clock(const ClockTrace& trace) const {
  const Clock& clock = trace.clock;
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{:<9} {}\n", name, printable(value));
  };
  if (!clock.unit.empty()) line("Unit", clock.unit);
  line("Policy", CaseText::policy(clock));
  if (clock.policy != nullptr && !clock.given) {
    const projections::LimitRules& rules = clock.policy->rules;
    std::string limit = projections::text(clock.policy->budget);
    if (rules.count_from != projections::CountFrom::instant) {
      limit += fmt::format(", counted from {}", projections::name(rules.count_from));
    }
    if (rules.end_of_day) limit += ", to the end of the day";
    if (rules.work_day) limit += fmt::format(", a work day of {}", length_text(*rules.work_day));
    line("Limit", limit);
  }
  if (clock.calendar != nullptr) {
    line("Calendar", clock.calendar->version.empty()
                         ? clock.calendar->id
                         : fmt::format("{} (version {})", clock.calendar->id, clock.calendar->version));
  }
  line("Start", fmt::format("{} by {}", time(clock.start),
                            trace.started_by ? told(*trace.started_by) : "a case merged into it"));
  line("Due", due(trace));
  line("State", ended(trace));
  line("Verdict", verdict(trace));
  line("Used", fmt::format("{} of {}, in {}", length_text(trace.used), length_text(trace.allowed), measure(trace)));
  text += course(trace) + grants(trace);
  if (trace.days) text += skipped_text(*trace.days) + make_up_text(*trace.days);
  text += rungs(trace);
  return fmt::format("\n{}\n{}", CaseText::name(clock), indented(text));
}

std::string Text::facts() const {
  TextTable table({{"Time"}, {"Logged"}, {"Fact"}, {"Unit"}, {"Role"}, {"Record"}, {"Note"}});
  for (std::size_t i = 0; i < of_.answer.row.facts.size(); ++i) {
    const Fact& fact = of_.fact(i);
    std::string note;
    for (const Oddity* odd : of_.odd_of(i)) {
      note += fmt::format("{}{}{}", note.empty() ? "" : ", ", projections::name(odd->anomaly),
                          odd->clock == nullptr ? "" : fmt::format(" ({})", CaseText::name(*odd->clock)));
      if (odd->clock == nullptr && projections::moves_nothing(odd->anomaly)) note += ", not counted";
    }
    table.add({time(fact.happened), fact.logged == fact.happened ? "" : time(fact.logged),
               std::string(projections::name(fact.kind)), std::string(fact.unit()), std::string(fact.role()),
               of_.text.place(fact), note});
  }
  return table.text();
}

std::string Text::all() const {
  const projections::Case& subject = of_.answer.subject;
  std::string text =
      fmt::format("{}  {}, as of {}\n", printable(of_.id), projections::name(subject.status), time(of_.now()));
  text += fmt::format("  area      {}\n  category  {}\n  version   {}\n", of_.text.area(subject),
                      subject.category.empty() ? "–" : printable(subject.category), of_.answer.row.facts.size());
  if (of_.traces.empty()) text += "\nNo clocks: neither an event nor a policy sets a deadline\n";
  for (const ClockTrace& trace : of_.traces) text += clock(trace);
  if (!of_.odd.empty()) text += "\nAnomalies\n" + of_.text.anomalies_text(of_.answer.row, of_.odd);
  text += "\nFacts, by time of occurrence\n" + facts();
  if (of_.freshness.recalculating) text += kRecalculating;
  return text;
}

}  // namespace

std::string to_text(const Explanation& explanation) {
  return Text(explanation).all();
}

}  // namespace ops
