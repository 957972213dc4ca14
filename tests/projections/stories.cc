#include "tests/projections/stories.h"

#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "tests/projections/net.h"
#include "tests/support/random.h"
#include "topics/codec/rfc3339.h"

namespace projections_test {
namespace {

using engine::Instant;
using engine::Milliseconds;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::string_view kTypes[] = {
    "request.reported",
    "request.reported",
    "request.reported",
    "request.reported",
    "request.registered",
    "dispatch.sent",
    "dispatch.sent",
    "dispatch.sent",
    "dispatch.signed",
    "dispatch.signed",
    "dispatch.handled",
    "dispatch.handled",
    "dispatch.closed",
    "dispatch.closed",
    "dispatch.reopened",
    "dispatch.reopened",
    "dispatch.returned",
    "dispatch.extended",
    "dispatch.forwarded",
    "dispatch.raised",
    "dispatch.assigned",
    "dispatch.taken",
    "request.merged",
    "request.unmerged",
    "request.withdrawn",
    "request.declined",
    "request.answered",
    "request.located",
    "request.classified",
    "request.repeated",
    "dispatch.self_handled",
    "judgement.urged",
    "visit.contacted",
    "dispatch.force_closed",
    "weather.changed",
    "visit.made",
    "visit.made",
    "visit.arrived",
    "visit.missed",
    "judgement.checked",
    "judgement.checked",
    "judgement.rated",
    "round.made",
    "worker.checked_in",
    "household.registered",
    "judgement.called_back",
    "judgement.called_back",
    "dispatch.suspended",
    "dispatch.suspended",
    "dispatch.resumed",
    "judgement.suspension_approved",
    "judgement.suspension_rejected",
    "dispatch.extended",
    "dispatch.extension_requested",
    "judgement.extension_approved",
    "judgement.extension_approved",
    "judgement.extension_rejected",
    "dispatch.whistled",
    "dispatch.reported_in",
    "judgement.supervised",
    "judgement.exclusion_approved",
    "judgement.exclusion_revoked",
    "judgement.appealed",
    "judgement.appeal_decided",
};
constexpr std::string_view kAreas[] = {"", "grid-1", "grid-2", "grid-3", "street-a", "elsewhere"};
constexpr std::string_view kCategories[] = {"", "noise", "waste"};
constexpr std::string_view kKinds[] = {"", "", "complaint", "tip_off"};
constexpr std::string_view kLimits[] = {"30 minute", "2 urgent_hour", "1 work_hour", "1 work_day", "no limit"};
constexpr std::string_view kUnits[] = {"unit-1", "unit-2", "unit-3"};
constexpr std::string_view kSources[] = {"/unit-app", "/hotline", "/patrol", "/import"};
constexpr std::string_view kBackfill = "/import";
constexpr int kSubjects = 4;
// How long before its batch an event has happened.
constexpr Milliseconds kLate[] = {
    minutes(0), minutes(0), minutes(0), minutes(0), minutes(1), minutes(30), hours(2), hours(5), hours(7), -minutes(4),
};
// Due times that events give, after the first batch.
constexpr Milliseconds kDue[] = {minutes(30), hours(2), hours(3), hours(6), hours(30)};

template <class T, std::size_t n>
const T& pick(const T (&choices)[n], int number) {
  return choices[static_cast<std::size_t>(number) % n];
}

class Fields {
 public:
  Fields& text(std::string_view name, std::string_view value) {
    if (!value.empty()) add(fmt::format(R"("{}":"{}")", name, value));
    return *this;
  }
  Fields& raw(std::string_view name, std::string_view value) {
    add(fmt::format(R"("{}":{})", name, value));
    return *this;
  }
  std::string json() const { return "{" + out_ + "}"; }

 private:
  void add(const std::string& member) {
    if (!out_.empty()) out_ += ',';
    out_ += member;
  }
  std::string out_;
};

enum Choice : std::size_t { kBatch, kType, kSubject, kHowLate, kSource, kArea, kCategory, kPriority, kUnit, kDueTime };
using Choices = std::array<int, 10>;

Happening happening_of(const Choices& choices) {
  Happening result;
  result.batch = choices[kBatch];
  Told& told = result.told;
  told.type = pick(kTypes, choices[kType]);
  told.subject = fmt::format("case-{}", choices[kSubject] % kSubjects);
  told.source = pick(kSources, choices[kSource]);
  told.time = batch_time(result.batch) - pick(kLate, choices[kHowLate]);
  const std::string_view area = pick(kAreas, choices[kArea]);
  const std::string due = topics::format_rfc3339(kFirstBatch + pick(kDue, choices[kDueTime]));
  const bool gives_due = choices[kDueTime] >= 10;
  const auto is = [&](std::string_view type) { return told.type == type; };
  Fields fields;
  const auto more_time = [&](Fields& into) {
    if (gives_due) {
      into.text("due", due);
    } else {
      into.text("limit", pick(kLimits, choices[kDueTime]));
    }
  };
  if (is("request.reported") || is("request.registered")) {
    fields.text("area", area).text("category", pick(kCategories, choices[kCategory]));
    if (choices[kPriority] > 0) fields.raw("priority", std::to_string(choices[kPriority]));
    if (gives_due) fields.text("due", due);
    fields.text("kind", pick(kKinds, choices[kUnit]));
    if (choices[kUnit] == 5) fields.text("condition", "worse");
    if (is("request.reported")) fields.text("channel", "hotline");
  } else if (is("request.located")) {
    fields.text("area", area.empty() ? "grid-1" : area);
  } else if (is("request.classified")) {
    fields.text("category", choices[kCategory] == 0 ? "waste" : "noise");
    if (choices[kPriority] > 0) fields.raw("priority", std::to_string(choices[kPriority]));
  } else if (is("request.merged")) {
    fields.text("parent", fmt::format("case-{}", choices[kUnit] % (kSubjects + 1)));  // the last is never reported
  } else if (is("dispatch.sent")) {
    fields.text("unit", pick(kUnits, choices[kUnit]));
    if (gives_due) fields.text("due", due);
    if (choices[kPriority] == 3) fields.raw("lead", "false");
  } else if (is("dispatch.forwarded")) {
    fields.text("unit", pick(kUnits, choices[kUnit]));
    if (choices[kPriority] == 3) fields.raw("outside", "true");
  } else if (is("dispatch.closed")) {
    if (choices[kPriority] > 0) fields.text("role", "desk");
  } else if (is("dispatch.suspended")) {
    fields.text("until", due).text("reason", "material");
  } else if (is("dispatch.extended") || is("dispatch.extension_requested")) {
    more_time(fields);
  } else if (is("dispatch.whistled")) {
    fields.raw("units", choices[kPriority] == 0 ? R"(["unit-1"])" : R"(["unit-2","unit-3"])");
    if (gives_due) fields.text("due", due);
  } else if (is("dispatch.reported_in")) {
    fields.text("unit", pick(kUnits, choices[kUnit]));
  } else if (is("dispatch.raised")) {
    fields.text("level", "street");
    if (choices[kUnit] > 0) fields.text("unit", pick(kUnits, choices[kUnit]));
  } else if (is("dispatch.assigned")) {
    fields.text("worker", "w-1");
  } else if (is("dispatch.force_closed")) {
    fields.text("reason", "no way to do it");
  } else if (is("dispatch.handled")) {
    fields.text("unit", pick(kUnits, choices[kUnit]));
  } else if (is("visit.contacted")) {
    fields.raw("reached", choices[kPriority] == 0 ? "false" : "true");
  } else if (is("visit.made") || is("worker.checked_in") || is("household.registered")) {
    fields.text("area", area);
  } else if (is("round.made")) {
    fields.text("area", area).raw("drawn", "true");
  } else if (told.type.starts_with("judgement.")) {
    if (choices[kUnit] > 2) fields.text("by_unit", pick(kUnits, choices[kUnit]));
    if (told.type.ends_with("_approved")) fields.text("actor", choices[kPriority] < 2 ? "person-1" : "person-2");
    if (is("judgement.extension_approved") && choices[kCategory] == 2) more_time(fields);
    if (is("judgement.suspension_approved") && choices[kCategory] == 2) fields.text("until", due);
    if (is("judgement.supervised") && gives_due) fields.text("due", due);
    if (is("judgement.appeal_decided")) fields.raw("upheld", choices[kPriority] < 2 ? "false" : "true");
    const std::string satisfaction = std::to_string(choices[kDueTime] % 5 + 1);
    if (is("judgement.checked")) fields.raw("passed", choices[kPriority] < 2 ? "false" : "true");
    if (is("judgement.rated")) fields.raw("satisfaction", satisfaction);
    if (is("judgement.called_back")) {
      if (choices[kPriority] > 1) fields.raw("reached", choices[kPriority] == 3 ? "true" : "false");
      if (choices[kCategory] > 0) fields.text("resolved", choices[kCategory] == 1 ? "yes" : "partly");
      if (gives_due) fields.raw("satisfaction", satisfaction);
    }
  }
  told.data = fields.json();
  return result;
}

// An event of the directory that changes the tree of areas.
Happening area_happening_of(const Choices& choices) {
  static constexpr std::string_view kIds[] = {"grid-1", "grid-2", "grid-3", "street-a", "street-b", "city"};
  static constexpr std::string_view kLevels[] = {"grid", "grid", "grid", "street", "street", "city"};
  static constexpr std::string_view kParents[] = {"street-a", "street-b", "city", "street-a", "grid-2", "far-away"};
  Happening result;
  result.batch = choices[kBatch];
  Told& told = result.told;
  told.time = batch_time(result.batch);
  told.source = "/office";
  const auto which = static_cast<std::size_t>(choices[kArea]) % std::size(kIds);
  told.subject = kIds[which];
  if (choices[kType] < 28) {
    told.type = "area.registered";
    const std::string_view level = choices[kPriority] == 3 ? "other" : kLevels[which];
    const std::string_view parent = told.subject == "city" ? "" : pick(kParents, choices[kUnit]);
    told.data = Fields().text("level", level).text("parent", parent).json();
  } else if (choices[kType] < 42) {
    told.type = "area.moved";
    told.data = Fields().text("parent", pick(kParents, choices[kUnit])).json();
  } else {
    told.type = "area.retired";
    // Given up, merged, or split.
    if (choices[kCategory] == 1) told.data = fmt::format(R"({{"successors":["{}"]}})", pick(kIds, choices[kUnit]));
    if (choices[kCategory] == 2) told.data = R"({"successors":["grid-2","grid-3"]})";
  }
  return result;
}

// A rule that comes into force, or is withdrawn, while cases run.
Happening rule_happening_of(const Choices& choices) {
  Happening result;
  result.batch = choices[kBatch];
  Told& told = result.told;
  told.time = batch_time(result.batch);
  told.source = "/office";
  struct Rule {
    std::string_view type;
    std::string_view subject;
    std::string_view data;
  };
  static constexpr Rule kRules[] = {
      {"policy.published", "close-later", R"({"clock":"close","limit_seconds":3600})"},
      {"policy.published", "handle", R"({"clock":"handle","limit_seconds":9000,"warn_seconds":3000})"},
      {"source.trusted", "/unit-app", R"({"judged_by":"event_time","max_backdate_seconds":7200})"},
      {"source.trusted", "/hotline", R"({"judged_by":"log_time"})"},
      {"zone.published", "UTC", R"({"transitions":["2000-01-01T00:00:00Z 0"]})"},
      {"setting.changed", "colour", R"({"value":"blue"})"},
      {"policy.published", "handle", R"({"clock":"handle","limit":"3 urgent_hour","warn":["50%"],"rebase":true})"},
      {"policy.published", "work", R"({"clock":"handle","limit":"4 work_hour","calendar":"hours","rebase":true})"},
      {"policy.retired", "handle", "{}"},
      {"policy.retired", "work", "{}"},
      {"policy.retired", "sign", R"({"valid_from":"2026-03-02T18:00:00+08:00"})"},
      {"calendar.published", "hours", R"({"sessions":["14:00-20:00"],"version":"late"})"},
      {"calendar.published", "hours", R"({"days_off":["2026-03-02 a storm"],"version":"storm"})"},
      {"calendar.published", "hours", R"({"version":"plain","valid_from":"2026-03-02T16:00:00+08:00"})"},
      {"authority.published", "dispatch.closed", R"({"roles":["desk"]})"},
      {"authority.published", "dispatch.closed", R"({"roles":["*"]})"},
      {"category.registered", "noise", R"({"name":"Noise","level":"street"})"},
      {"policy.published", "street", R"({"clock":"handle","level":"street","limit":"100 minute","rebase":true})"},
  };
  const Rule& rule = pick(kRules, choices[kUnit] * 3 + choices[kCategory]);
  told.type = rule.type;
  told.subject = rule.subject;
  told.data = rule.data;
  return result;
}

rc::Gen<Choices> choices() {
  const auto one = [](int below) { return rc::gen::resize(100, rc::gen::inRange(0, below)); };
  return rc::gen::map(
      rc::gen::tuple(one(kBatches), one(static_cast<int>(std::size(kTypes))), one(kSubjects),
                     one(static_cast<int>(std::size(kLate))), one(static_cast<int>(std::size(kSources))), one(6),
                     one(3), one(4), one(6), one(20)),
      [](const auto& picked) { return std::apply([](auto... numbers) { return Choices{numbers...}; }, picked); });
}

Told rule(std::string_view type, std::string_view subject, std::string data, int number) {
  Told told;
  told.time = kRulesTold;
  told.type = type;
  told.subject = subject;
  told.data = std::move(data);
  told.source = "/office";
  told.id = fmt::format("rule-{}", number);
  return told;
}

bool is_directory(const Told& told) {
  return told.topic_suffix() == "directory";
}

}  // namespace

Instant batch_time(int batch) {
  return kFirstBatch + batch * kBatchDistance;
}

std::ostream& operator<<(std::ostream& out, const Happening& happening) {
  return out << "log " << topics::format_rfc3339(batch_time(happening.batch), 8 * 3600) << ' ' << happening.told;
}

std::ostream& operator<<(std::ostream& out, const Story& story) {
  out << '\n';
  for (const Told& told : story.rules) out << told << '\n';
  for (const Happening& happening : story.happenings) out << happening << '\n';
  return out << "the backfill closes in batch " << story.backfill_closes << "; looked at "
             << topics::format_rfc3339(batch_time(kBatches) + story.afterwards, 8 * 3600) << '\n';
}

std::ostream& operator<<(std::ostream& out, const Manner& manner) {
  return out << "seed " << manner.seed << ", " << manner.partitions << " partitions, steps of " << manner.step_records
             << " records and " << manner.step_rows << " rows"
             << ", repeated " << manner.repeat_per_mille << ", misplaced " << manner.misplace_per_mille << ", read "
             << manner.read_per_mille << ", crashes " << manner.crash_per_mille;
}

rc::Gen<Happening> case_happenings() {
  return rc::gen::map(choices(), happening_of);
}

rc::Gen<std::vector<Happening>> case_histories() {
  return rc::gen::resize(40, rc::gen::container<std::vector<Happening>>(case_happenings()));
}

rc::Gen<std::vector<Told>> rule_books() {
  return rc::gen::exec([] {
    std::vector<Told> rules;
    const auto add = [&](std::string_view type, std::string_view subject, std::string data) {
      rules.push_back(rule(type, subject, std::move(data), static_cast<int>(rules.size())));
    };
    add("source.trusted", "/hotline", R"({"judged_by":"event_time"})");
    add("source.trusted", "/patrol", R"({"judged_by":"event_time","max_backdate_seconds":10800})");
    const auto maybe_policy = [&](std::string_view id, std::string_view data) {
      if (*rc::gen::inRange(0, 4) != 0) add("policy.published", id, std::string(data));
    };
    maybe_policy("sign", R"({"clock":"sign","start":"sent","limit_seconds":3600,"warn_seconds":600})");
    maybe_policy("handle", R"({"clock":"handle","limit_seconds":14400,"warn_seconds":3600})");
    maybe_policy("noise", R"({"clock":"handle","category":"noise","start":"sent","limit_seconds":7200})");
    maybe_policy("first", R"({"clock":"handle","priority":1,"limit_seconds":3600,"warn_seconds":1800})");
    maybe_policy("close", R"({"clock":"close","limit_seconds":21600,"warn_seconds":7200})");
    maybe_policy("sign-noise", R"({"clock":"sign","category":"noise","limit_seconds":5400})");
    // In force in the middle of the story.
    maybe_policy("handle",
                 fmt::format(R"({{"clock":"handle","limit_seconds":1800,"warn_seconds":600,"valid_from":"{}"}})",
                             topics::format_rfc3339(batch_time(kBatches / 2))));
    if (*rc::gen::arbitrary<bool>()) {
      add("calendar.published", "hours", R"({"known":["2026-01-01 2026-03-02"],"version":"first"})");
      maybe_policy("work", R"({"clock":"handle","category":"waste","limit":"2 work_hour","calendar":"hours",)"
                           R"("warn":["30%","60%"],"max_suspensions":1,"max_extensions":1,"extension_approvals":2})");
      maybe_policy("day", R"({"clock":"close","category":"waste","limit":"1 work_day","calendar":"hours",)"
                          R"("end_of_day":true,"warn":["1 work_hour"],"max_suspension_days":1})");
      maybe_policy("next", R"({"clock":"contact","limit":"1 work_hour","calendar":"hours",)"
                           R"("count_from":"next_work_day"})");
    }
    if (*rc::gen::arbitrary<bool>()) {
      maybe_policy("tip-off", R"({"clock":"handle","kind":"tip_off","limit":"150 minute","suspension_approvals":1})");
      maybe_policy("worse", R"({"clock":"handle","category":"noise","condition":"worse","limit":"45 minute"})");
      maybe_policy("register", R"({"clock":"register","limit":"40 minute"})");
      maybe_policy("arrive", R"({"clock":"arrive","limit":"3 urgent_hour","warn":["50%","20 minute"]})");
      maybe_policy("check", R"({"clock":"check","limit":"1 urgent_hour"})");
      maybe_policy("callback", R"({"clock":"callback","limit":"2 urgent_hour"})");
      maybe_policy("appeal", R"({"clock":"appeal","limit":"1 natural_day"})");
      maybe_policy("report-in", R"({"clock":"report_in","limit":"70 minute"})");
      maybe_policy("supervise", R"({"clock":"supervise","limit":"5 urgent_hour"})");
      maybe_policy("urge", R"({"clock":"urge","limit":"1 urgent_hour","rebase":true})");
    }
    if (*rc::gen::arbitrary<bool>()) {
      add("area.registered", "street-b", R"({"level":"street"})");
      maybe_policy("first", R"({"clock":"handle","priority":1,"limit":"1 urgent_hour",)"
                            R"("escalate":["90 minute street leader"]})");
      maybe_policy("third", R"({"clock":"handle","priority":3,"limit":"2 urgent_hour","warn":["80%"],)"
                            R"("escalate":["30 minute street","then 1 urgent_hour street leader"]})");
    }
    if (*rc::gen::inRange(0, 3) == 2) {
      add("zone.published", "America/New_York",
          R"({"transitions":["2025-11-02T06:00:00Z -18000","2026-03-08T07:00:00Z -14400"]})");
    }
    if (*rc::gen::arbitrary<bool>()) add("area.registered", "city", R"({"level":"city"})");
    if (*rc::gen::arbitrary<bool>()) add("area.registered", "street-a", R"({"level":"street","parent":"city"})");
    if (*rc::gen::arbitrary<bool>()) add("area.registered", "grid-1", R"({"level":"grid","parent":"street-a"})");
    return rules;
  });
}

rc::Gen<Story> stories() {
  const auto few = [](Happening (*make)(const Choices&)) {
    return rc::gen::resize(8, rc::gen::container<std::vector<Happening>>(rc::gen::map(choices(), make)));
  };
  return rc::gen::map(
      rc::gen::tuple(rule_books(), case_histories(), few(area_happening_of), few(rule_happening_of),
                     rc::gen::inRange(0, 2 * kBatches), rc::gen::inRange(0, 40)),
      [](auto parts) {
        auto& [rules, happenings, areas, later_rules, closes, afterwards] = parts;
        Story story{std::move(rules), std::move(happenings), std::min(closes, kBatches), hours(afterwards)};
        story.rules.push_back(
            rule("backfill.opened", kBackfill, R"({"digest":"d","events":1})", static_cast<int>(story.rules.size())));
        story.happenings.insert(story.happenings.end(), areas.begin(), areas.end());
        story.happenings.insert(story.happenings.end(), later_rules.begin(), later_rules.end());
        for (std::size_t i = 0; i < story.happenings.size(); ++i) {
          story.happenings[i].told.id = fmt::format("e{}", i);
        }
        return story;
      });
}

std::unique_ptr<World> tell(const Story& story, const Manner& manner) {
  support::Random random(manner.seed);
  std::vector<std::vector<Told>> batches(kBatches + 1);
  std::vector<std::vector<Told>> directory(kBatches + 1);
  for (const Happening& happening : story.happenings) {
    const auto batch = static_cast<std::size_t>(happening.batch);
    if (is_directory(happening.told)) {
      directory[batch].push_back(happening.told);
      continue;
    }
    std::vector<std::size_t> copies{batch};
    while (random.per_mille(manner.repeat_per_mille)) copies.push_back(batch + random.below(batches.size() - batch));
    for (const std::size_t at : copies) {
      Told told = happening.told;
      if (random.per_mille(manner.misplace_per_mille)) told.key = "lost";
      if (random.per_mille(manner.misplace_per_mille)) {
        told.partition = static_cast<std::uint32_t>(random.below(manner.partitions));
      }
      batches[at].push_back(std::move(told));
    }
  }
  if (story.backfill_closes < kBatches) {
    Told closed = rule("backfill.closed", kBackfill, R"({"digest":"d"})", -1);
    closed.time = batch_time(story.backfill_closes);
    directory[static_cast<std::size_t>(story.backfill_closes)].push_back(std::move(closed));
  }

  auto world = std::make_unique<World>(World::Options{.start = kRulesTold,
                                                      .partitions = manner.partitions,
                                                      .step_records = manner.step_records,
                                                      .step_rows = manner.step_rows,
                                                      .checkpoint_steps = manner.checkpoint_steps});
  for (const Told& told : story.rules) world->append(told);
  world->drain();
  for (std::size_t batch = 0; batch < batches.size(); ++batch) {
    world->clock().set(batch_time(static_cast<int>(batch)));
    auto& told = batches[batch];
    for (std::size_t i = told.size(); i > 1; --i) std::swap(told[i - 1], told[random.below(i)]);
    // The directory keeps its order; where its events stand among the others does not matter.
    auto& rules = directory[batch];
    while (!told.empty() || !rules.empty()) {
      auto& from = told.empty() || (!rules.empty() && random.coin()) ? rules : told;
      world->append(from.front());
      from.erase(from.begin());
    }
    if (random.per_mille(manner.read_per_mille)) {
      world->drain();
    } else if (manner.read_per_mille > 0 && random.coin()) {
      world->step();
    }
    if (random.per_mille(manner.crash_per_mille)) world->restart();
  }
  world->clock().set(batch_time(kBatches) + story.afterwards);
  world->drain();
  return world;
}

std::map<std::string, std::string> truth(World& world) {
  std::map<std::string, std::string> all;
  const auto time = [](const auto& moment) {
    return moment ? fmt::format("{}/{}", engine::to_ms(moment->happened), engine::to_ms(moment->judged)) : "-";
  };
  for (projections::Cases* cases : world.all_cases()) {
    cases->each(world.clock().now(), [&](std::string_view subject, const projections::CaseAnswer& answer) {
      const projections::Case& one = answer.subject;
      std::string& text = all[fmt::format("case {}", subject)];
      text = fmt::format("{} area {} category {} channel {} unit {} priority {} parent {} opened {} given up {}",
                         name(one.status), std::string(one.area), std::string(one.category), std::string(one.channel),
                         std::string(one.unit), one.priority, std::string(one.parent), time(one.opened),
                         time(one.ended_early));
      for (const auto& hop : one.hops) {
        text += fmt::format("\n  hop to {} sent {}/{} signed {} returned {}", std::string(hop.unit),
                            engine::to_ms(hop.sent.happened), engine::to_ms(hop.sent.judged), time(hop.signed_for),
                            time(hop.returned));
      }
      for (const auto& cycle : one.cycles) {
        text += fmt::format("\n  cycle from {} handled {} closed {}", engine::to_ms(cycle.start.happened),
                            time(cycle.handled), time(cycle.closed));
      }
      for (const auto& due : one.dues) {
        text += fmt::format("\n  cycle {} due {} said {}", due.cycle, engine::to_ms(due.due), engine::to_ms(due.from));
      }
      for (const auto& flag : one.flags) text += fmt::format("\n  {} at {}", name(flag.anomaly), flag.fact);
      for (const auto& fact : answer.row.facts) {
        text += fmt::format("\n  fact {} {} {} {}", name(fact.kind), engine::to_ms(fact.happened),
                            engine::to_ms(fact.logged), engine::to_hex(fact.id));
      }
      for (const auto& clock : answer.clocks) {
        text +=
            fmt::format("\n  clock {} {} due {} {} {} {} {}", name(clock.kind), clock.cycle, engine::to_ms(clock.due),
                        name(clock.verdict), clock.step, static_cast<int>(clock.course), clock.anomalies);
      }
      if (answer.row.armed) text += fmt::format("\n  armed {}", engine::to_ms(*answer.row.armed));
      text += fmt::format("\n  counted in {}:", std::string(answer.row.counted.area));
      for (const auto& term : answer.row.counted.terms) {
        text += fmt::format(" {} {} {},", to_string(term.bucket), name(term.counter), term.n);
      }
    });
  }
  for (projections::Cases* cases : world.all_cases()) {
    cases->each_row([&](std::string_view subject, const projections::CaseRow& row) {
      for (const topics::CounterDelta& delta : row.visits) {
        all[fmt::format("visits {}", subject)] +=
            fmt::format(" {} {} {} {},", delta.area, to_string(delta.bucket), name(delta.counter), delta.n);
      }
    });
  }
  for (const auto& [which, said] : net(world.alerts())) {
    if (said.verdict == "running") continue;
    all[fmt::format("net {} {} {}", which.subject, which.clock, which.cycle)] =
        fmt::format("{} due {}", said.verdict, engine::to_ms(said.due));
  }
  projections::Areas& areas = world.areas();
  const auto put = [&](const std::string& key, const projections::CounterRow& row) {
    std::string text;
    for (const std::int64_t n : row.n) text += fmt::format("{} ", n);
    all["counters " + key] = text;
  };
  for (const std::string area : {"grid-1", "grid-2", "grid-3", "street-a", "street-b", "city", "elsewhere"}) {
    for (const auto& day : areas.days(area, -100'000, 100'000))
      put(fmt::format("{} day {}", area, day.day), day.counters);
    for (const auto& month : areas.months(area)) put(fmt::format("{} month {}", area, month.month), month.counters);
    put(area + " now", areas.now(area));
  }
  put("now", areas.total_now());
  return all;
}

std::string difference(const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
  std::string text;
  const auto at = [](const auto& all, const std::string& key) {
    const auto found = all.find(key);
    return found == all.end() ? std::string("nothing") : found->second;
  };
  std::map<std::string, std::string> keys = a;
  keys.insert(b.begin(), b.end());
  for (const auto& [key, value] : keys) {
    if (at(a, key) == at(b, key)) continue;
    text += fmt::format("{}:\n  {}\nor\n  {}\n", key, at(a, key), at(b, key));
  }
  return text;
}

}  // namespace projections_test
