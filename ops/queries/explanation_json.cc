// An explanation for programs.

#include "ops/cli/limit_text.h"
#include "ops/queries/explanation.h"

namespace ops {
namespace {

using engine::JsonWriter;
using projections::ClockTrace;
using projections::Fact;
using projections::Stretch;
using projections::TracedExtension;
using projections::TracedRung;

std::string_view name(Stretch::Kind kind) {
  switch (kind) {
    case Stretch::Kind::waiting:
      return "waiting";
    case Stretch::Kind::run:
      return "run";
    case Stretch::Kind::pause:
      return "pause";
  }
  return "";
}

class Json {
 public:
  explicit Json(const Explanation& of) : of_(of), json_(out_) {}

  std::string all();

 private:
  void put(std::string_view key, std::string_view value) {
    if (!value.empty()) json_.key(key).string(value);
  }
  void put_time(std::string_view key, engine::Instant time) { json_.key(key).string(of_.text.time(time)); }
  void put_seconds(std::string_view key, engine::Milliseconds length) {
    json_.key(key).integer(length / std::chrono::seconds(1));
  }
  void put_record(std::string_view key, std::size_t fact) { json_.key(key).string(of_.text.place(of_.fact(fact))); }
  void put_clock(const ClockTrace& trace);
  void put_course(const ClockTrace& trace);
  void put_grants(const ClockTrace& trace);
  void put_rungs(const ClockTrace& trace);
  void put_fact(std::size_t index);

  const Explanation& of_;
  std::string out_;
  JsonWriter json_;
};

void Json::put_course(const ClockTrace& trace) {
  json_.key("course").begin_array();
  for (const Stretch& stretch : trace.course) {
    json_.begin_object().key("kind").string(name(stretch.kind));
    put_time("from", stretch.from);
    put_time("to", stretch.to);
    if (stretch.kind == Stretch::Kind::run) put_seconds("used_seconds", stretch.time);
    if (stretch.kind == Stretch::Kind::pause) {
      put_seconds("taken_out_seconds", stretch.time);
      if (stretch.ahead) json_.key("ahead").boolean(true);
      put("reason", stretch.reason);
      put_record("at", *stretch.fact);
    }
    json_.end_object();
  }
  json_.end_array();
}

void Json::put_grants(const ClockTrace& trace) {
  const projections::Clock& clock = trace.clock;
  if (clock.policy != nullptr && !clock.given) json_.key("limit").string(projections::text(clock.policy->budget));
  json_.key("extensions").begin_array();
  for (const TracedExtension& traced : trace.extensions) {
    const projections::Extension& one = *traced.extension;
    json_.begin_object();
    put("limit", one.limit);
    if (one.due) put_time("due", *one.due);
    put_time("asked", one.approval.requested.judged);
    put_record("at", one.approval.requested.fact);
    put("role", of_.fact(one.approval.requested.fact).role());
    json_.key("needed").integer(traced.needed).key("approvals").begin_array();
    for (const auto& approval : one.approval.approvals) {
      json_.begin_object();
      put_time("time", approval.at.judged);
      put_record("at", approval.at.fact);
      put("role", of_.fact(approval.at.fact).role());
      json_.end_object();
    }
    json_.end_array();
    if (traced.in_force) put_time("in_force", *traced.in_force);
    json_.key("standing").string(projections::name(traced.standing)).end_object();
  }
  json_.end_array();
}

void Json::put_rungs(const ClockTrace& trace) {
  json_.key("rungs").begin_array();
  for (const TracedRung& rung : trace.rungs) {
    json_.begin_object();
    if (rung.warn != nullptr) {
      json_.key("rung").string("warn");
      if (rung.warn->percent > 0) {
        json_.key("percent").integer(rung.warn->percent);
      } else {
        json_.key("before").string(projections::text(rung.warn->before));
      }
    } else {
      json_.key("rung").string("escalate").key("after").string(projections::text(rung.escalation->after));
      json_.key("after_previous").boolean(rung.escalation->after_previous);
      json_.key("level").string(rung.escalation->level);
      put("role", rung.escalation->role);
    }
    put_time("when", rung.at);
    json_.key("passed").boolean(rung.passed).end_object();
  }
  json_.end_array();
}

void Json::put_clock(const ClockTrace& trace) {
  json_.begin_object();
  of_.text.put_clock(json_, trace.clock);
  json_.key("measure").string(trace.measure == projections::Limit::Measure::work ? "work" : "wall");
  if (trace.started_by) put_record("started_by", *trace.started_by);
  if (trace.ended_by) put_record("ended_by", *trace.ended_by);
  put_time("counting_begins", trace.begins);
  if (trace.unknown_from) json_.key("provisional_from").string(day_text(*trace.unknown_from));
  if (trace.due_by_change) json_.key("due_by_change").boolean(true);
  put_time("until", trace.until);
  put_seconds("allowed_seconds", trace.allowed);
  put_seconds("used_seconds", trace.used);
  put_seconds("left_seconds", trace.left);
  put_seconds("late_seconds", trace.late);
  put_grants(trace);
  put_course(trace);
  if (trace.days) put_skipped(json_, *trace.days);
  put_rungs(trace);
  json_.end_object();
}

void Json::put_fact(std::size_t index) {
  const Fact& fact = of_.fact(index);
  json_.begin_object().key("kind").string(projections::name(fact.kind));
  put_time("time", fact.happened);
  put_time("logged", fact.logged);
  json_.key("topic").string(of_.text.topic(fact));
  json_.key("partition").integer(fact.partition).key("offset").integer(fact.offset);
  put("unit", fact.unit());
  put("role", fact.role());
  put("by_unit", fact.by_unit());
  bool counts = true;
  json_.key("anomalies").begin_array();
  for (const Oddity* odd : of_.odd_of(index)) {
    json_.string(projections::name(odd->anomaly));
    if (odd->clock == nullptr && projections::moves_nothing(odd->anomaly)) counts = false;
  }
  json_.end_array().key("counts").boolean(counts).end_object();
}

std::string Json::all() {
  const projections::Case& subject = of_.answer.subject;
  json_.begin_object().key("case").string(of_.id).key("status").string(projections::name(subject.status));
  put_recalculating(json_, of_.freshness);
  put_stale(json_, of_.freshness);
  put_time("now", of_.now());
  put("area", subject.area);
  put("category", subject.category);
  json_.key("version").integer(static_cast<std::int64_t>(of_.answer.row.facts.size()));
  json_.key("clocks").begin_array();
  for (const ClockTrace& trace : of_.traces) put_clock(trace);
  json_.end_array().key("anomalies");
  of_.text.put_anomalies(json_, of_.answer.row, of_.odd);
  json_.key("facts").begin_array();
  for (std::size_t i = 0; i < of_.answer.row.facts.size(); ++i) put_fact(i);
  json_.end_array().end_object();
  out_ += '\n';
  return out_;
}

}  // namespace

std::string to_json(const Explanation& explanation) {
  return Json(explanation).all();
}

}  // namespace ops
