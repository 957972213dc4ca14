#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/json.h"
#include "tests/projections/instant_text.h"
#include "tests/projections/json_match.h"
#include "tests/projections/net.h"
#include "tests/projections/promises.h"
#include "topics/topology.h"

namespace projections_test {
namespace {

using engine::Instant;
using engine::JsonWriter;

std::runtime_error wrong(std::string text) {
  return std::runtime_error(text);
}

Instant instant_of(const std::string& text) {
  const auto time = parse_instant(text);
  if (!time) throw wrong(fmt::format("'{}' is no time with a zone", text));
  return *time;
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) throw wrong(fmt::format("'{}' is no number", text));
  return number;
}

// Bytes of the JSON object that `text` begins with.
std::size_t object_size(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
  }
  throw wrong(fmt::format("{} has no end", text));
}

void must_match(const std::string& expected, const std::string& actual) {
  const std::string why = mismatch(expected, actual);
  if (!why.empty()) throw wrong(fmt::format("{}\nit is: {}", why, actual));
}

// "handle/2" is the clock of the second cycle; 0 = not told.
std::pair<std::string, std::int32_t> clock_of(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {text, 0};
  return {text.substr(0, slash), static_cast<std::int32_t>(number_of(text.substr(slash + 1)))};
}

std::string_view course(const projections::Clock& clock) {
  if (clock.course == projections::Course::paused) return "paused";
  if (clock.course == projections::Course::running) return "running";
  return clock.stopped ? "stopped" : "cancelled";
}

std::string json_of(const projections::CaseAnswer& answer) {
  const projections::Case& one = answer.subject;
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) json.key(name).string(value);
  };
  const auto time = [&](std::string_view name, const std::optional<projections::Moment>& moment) {
    if (moment) json.key(name).string(topics::format_rfc3339(moment->happened));
  };
  text("status", name(one.status));
  text("area", one.area);
  if (one.named_area != one.area) text("named_area", one.named_area);
  text("category", one.category);
  text("channel", one.channel);
  text("unit", one.unit);
  text("parent", one.parent);
  text("condition", one.condition);
  text("kind", one.kind);
  text("level", one.level);
  text("successor", one.successor);
  json.key("repeats").integer(one.repeats);
  json.key("excluded").boolean(one.excluded.has_value());
  json.key("version").integer(static_cast<std::int64_t>(answer.row.version));
  json.key("anomalies").begin_array();
  for (const projections::Anomaly anomaly : anomalies(one, answer.clocks)) json.string(name(anomaly));
  json.end_array();
  if (one.priority != 0) json.key("priority").integer(one.priority);
  json.key("duplicate").boolean(one.duplicate);
  time("opened", one.opened);
  time("handled", one.handled());
  time("closed", one.closed());
  json.key("hops").integer(static_cast<std::int64_t>(one.hops.size()));
  json.key("cycles").integer(static_cast<std::int64_t>(one.cycles.size()));
  json.key("facts").integer(static_cast<std::int64_t>(answer.row.facts.size()));
  json.key("visits").integer(static_cast<std::int64_t>(one.visits.size()));
  json.key("checks").integer(static_cast<std::int64_t>(one.checks.size()));
  const projections::Cycle& cycle = one.cycles.back();
  time("contacted", cycle.contacted);
  time("arrived", cycle.arrived);
  if (cycle.called_back) {
    json.key("called_back").string(topics::format_rfc3339(cycle.called_back->said.happened));
    text("resolved", name(cycle.called_back->outcome.resolved));
  }
  if (const projections::Feedback* feedback = cycle.satisfaction(); feedback != nullptr) {
    json.key("satisfaction").integer(feedback->outcome.satisfaction);
  }
  for (std::size_t i = 0; i < one.callouts.size(); ++i) {
    if (one.callouts[i].rating != 0)
      json.text_key(fmt::format("rating.report_in/{}", i + 1)).integer(one.callouts[i].rating);
  }
  for (std::size_t i = 0; i < answer.clocks.size(); ++i) {
    const projections::Clock& clock = answer.clocks[i];
    const auto put = [&](const std::string& which) {
      json.text_key(which).string(name(clock.verdict));
      json.text_key("due." + which).string(topics::format_rfc3339(clock.due));
      json.text_key("start." + which).string(topics::format_rfc3339(clock.start));
      json.text_key("course." + which).string(course(clock));
      json.text_key("unit." + which).string(clock.unit);
      json.text_key("provisional." + which).boolean(clock.provisional);
      if (clock.policy != nullptr) json.text_key("policy." + which).string(clock.policy->id);
      if (clock.calendar != nullptr) json.text_key("calendar." + which).string(clock.calendar->version);
      if (clock.paused_until) json.text_key("until." + which).string(topics::format_rfc3339(*clock.paused_until));
    };
    put(fmt::format("{}/{}", name(clock.kind), clock.cycle));
    const bool last = i + 1 == answer.clocks.size() || answer.clocks[i + 1].kind != clock.kind;
    if (last) put(std::string(name(clock.kind)));
  }
  json.end_object();
  return out;
}

std::string json_of(const projections::Fact& fact) {
  const auto text = [](Instant time) { return topics::format_rfc3339(time); };
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("type").string(fact.type());
  json.key("time").string(text(fact.happened)).key("logged").string(text(fact.logged));
  projections::write_fields(json, fact, text);
  json.end_object();
  return out;
}

std::string json_of(const projections::CounterRow& row) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (std::size_t i = 0; i < row.n.size(); ++i) {
    json.key(name(static_cast<topics::Counter>(i))).integer(row.n[i]);
  }
  json.end_object();
  return out;
}

std::string json_of(const projections::Place& place) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("name").string(place.name);
  if (place.rank) json.key("rank").integer(*place.rank);
  if (!place.unranked.empty()) json.key("unranked").string(place.unranked);
  json.key("score").string(fmt::format("{}/{}", place.score_num, place.score_den));
  for (const topics::Indicator& indicator : place.indicators) {
    json.text_key(indicator.code).string(fmt::format("{}/{}", indicator.num, indicator.den));
  }
  json.end_object();
  return out;
}

topics::Bucket bucket_of(const std::string& text) {
  const auto bucket = topics::parse_bucket(text);
  if (!bucket) throw wrong(fmt::format("'{}' is no day, no month and not 'now'", text));
  return *bucket;
}

// Whether an alert tells the course of a clock, and no verdict: `text` is the alert, or the {json} that is expected.
bool tells_course(std::string_view text) {
  using topics::AlertKind;
  for (const AlertKind kind :
       {AlertKind::started, AlertKind::paused, AlertKind::resumed, AlertKind::due_changed, AlertKind::cancelled}) {
    if (text.contains(fmt::format(R"("type":"sla.{}")", topics::name(kind)))) return true;
  }
  return false;
}

}  // namespace

std::string Scenario::Words::take() {
  const auto first = rest_.find_first_not_of(' ');
  rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
  if (rest_.empty()) return {};
  const std::size_t size = rest_.front() == '{' ? object_size(rest_) : std::min(rest_.find(' '), rest_.size());
  std::string word(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return word;
}

std::string Scenario::Words::need(std::string_view what) {
  std::string word = take();
  if (word.empty()) throw wrong(fmt::format("{} is missing", what));
  return word;
}

std::string Scenario::Words::rest() {
  const auto first = rest_.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string() : std::string(rest_.substr(first));
}

void Scenario::Words::end() {
  if (const std::string more = rest(); !more.empty()) throw wrong(fmt::format("'{}' is more than expected", more));
}

World& Scenario::world() {
  if (world_ == nullptr) throw wrong("nothing has happened yet");
  return *world_;
}

void Scenario::read_if_running() {
  if (!standing_still_) world().drain();
}

void Scenario::run_line(std::string_view line, int number) {
  Words words(line);
  const std::string verb = words.take();
  if (verb.empty() || verb.starts_with('#')) return;
  if (verb == "partitions") {
    if (world_ != nullptr) throw wrong("partitions are told before all else");
    options_.partitions = static_cast<std::uint32_t>(number_of(words.need("how many")));
  } else if (verb == "step-events") {
    options_.step_records = static_cast<std::uint64_t>(number_of(words.need("how many")));
    if (world_ != nullptr) world_->restart(options_.step_records);
  } else if (verb == "step-rows") {
    if (world_ != nullptr) throw wrong("rows per step are told before all else");
    options_.step_rows = static_cast<std::uint64_t>(number_of(words.need("how many")));
  } else if (verb == "at") {
    tell(words, number);
  } else if (verb == "raw") {
    const std::string topic = words.need("the topic");
    const std::string key = words.need("the key");
    world().append(topic, key, words.rest());
    read_if_running();
    return;
  } else if (verb == "step") {
    if (!standing_still_) throw wrong("single steps are for stages that stand still");
    world().step();
  } else if (verb == "tick") {
    const Instant time = instant_of(words.need("the time"));
    if (time < world().clock().now()) throw wrong("time does not go back");
    world().clock().set(time);
    read_if_running();
  } else if (verb == "stop") {
    standing_still_ = true;
  } else if (verb == "restart") {
    world().restart();
    standing_still_ = false;
    world().drain();
  } else if (verb == "expect") {
    expect(words);
  } else if (verb == "expect-none") {
    expect_none(words);
  } else if (verb == "expect-net") {
    expect_net(words);
  } else if (verb == "expect-case") {
    expect_case(words);
  } else if (verb == "expect-fact") {
    expect_fact(words);
  } else if (verb == "expect-no-case") {
    const std::string subject = words.need("the case");
    const auto answer = world().cases(subject).find(subject, world().clock().now());
    if (answer && answer->subject.opened) throw wrong("it is there: " + json_of(*answer));
  } else if (verb == "expect-workload") {
    expect_workload(words);
  } else if (verb == "expect-unattributed") {
    expect_unattributed(words);
  } else if (verb == "expect-ranking") {
    expect_ranking(words);
  } else if (verb == "expect-recalculating") {
    const std::string expected = words.need("yes or no");
    const std::string actual = world().areas().recalculating() ? "yes" : "no";
    if (actual != expected) throw wrong(fmt::format("it is {}", actual));
  } else if (verb == "expect-tally") {
    expect_tally(words);
  } else {
    throw wrong(fmt::format("there is no verb '{}'", verb));
  }
  words.end();
}

void Scenario::finish() {
  if (standing_still_) throw wrong("the stages stand still at the end");
  for (const Written& written : world().read("dead-letters")) {
    if (!expected_.contains(fmt::format("dead-letters/{}/{}", written.partition, written.offset))) {
      throw wrong("a dead letter was not expected: " + written.value);
    }
  }
  const std::string broken = broken_promises(world());
  if (!broken.empty()) throw wrong(broken);
}

void Scenario::tell(Words& words, int number) {
  Told told;
  told.time = instant_of(words.need("the time"));
  told.type = words.need("the type");
  told.subject = words.need("the subject");
  told.id = fmt::format("line-{}", number);
  Instant logged = told.time;
  for (std::string word = words.take(); !word.empty(); word = words.take()) {
    if (word.starts_with('{')) {
      told.data = word;
      continue;
    }
    const std::string value = words.need("what '" + word + "' is");
    if (word == "log") {
      logged = instant_of(value);
    } else if (word == "source") {
      told.source = value;
    } else if (word == "id") {
      told.id = value;
    } else if (word == "topic") {
      told.topic = value;
    } else if (word == "key") {
      told.key = value;
    } else if (word == "partition") {
      told.partition = static_cast<std::uint32_t>(number_of(value));
    } else {
      throw wrong(fmt::format("'{}' is none of log, source, id, topic, key, partition", word));
    }
  }
  if (world_ == nullptr) {
    options_.start = logged;
    world_ = std::make_unique<World>(options_);
  }
  if (logged < world_->clock().now()) {
    throw wrong(fmt::format("the clock shows {} already: say when it was logged, as 'log TIME'",
                            topics::format_rfc3339(world_->clock().now(), 8 * 3600)));
  }
  world_->clock().set(logged);
  world_->append(told);
  read_if_running();
}

void Scenario::expect(Words& words) {
  const std::string topic = words.need("the topic");
  const std::string key = words.need("the key");
  const std::string json = words.need("{json}");
  const topics::TopicDoc* doc = topics::find_topic(topic);
  if (doc == nullptr) throw wrong(fmt::format("there is no topic '{}'", topic));
  const std::vector<Written> all = world().read(topic);
  const Written* found = nullptr;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].key != key) continue;
    if (doc->compacted) {
      found = &all[i];
    } else if (tells_course(all[i].value) != tells_course(json)) {
      continue;
    } else if (expected_.insert(fmt::format("{}/{}/{}", topic, all[i].partition, all[i].offset)).second) {
      found = &all[i];
      break;
    }
  }
  if (found == nullptr) throw wrong("there is no further record of this key");
  must_match(json, found->value);
}

void Scenario::expect_none(Words& words) {
  const std::string topic = words.need("the topic");
  const std::string key = words.need("the key");
  for (const Written& written : world().read(topic)) {
    if (written.key != key || tells_course(written.value)) continue;
    if (expected_.contains(fmt::format("{}/{}/{}", topic, written.partition, written.offset))) continue;
    throw wrong("there is one: " + written.value);
  }
}

void Scenario::expect_net(Words& words) {
  const std::string subject = words.need("the case");
  auto [clock, cycle] = clock_of(words.need("the clock"));
  const std::string verdict = words.need("the verdict");
  if (cycle == 0) {
    const auto answer = world().cases(subject).find(subject, world().clock().now());
    if (answer) {
      for (const projections::Clock& one : answer->clocks) {
        if (name(one.kind) == clock) cycle = one.cycle;
      }
    }
  }
  const auto announced = net(world().alerts());
  const auto found = announced.find({subject, clock, cycle});
  const std::string said = found == announced.end() ? "running" : found->second.verdict;
  if (said != verdict) throw wrong(fmt::format("the alerts come to {}", said));
}

void Scenario::expect_case(Words& words) {
  const std::string subject = words.need("the case");
  const std::string json = words.need("{json}");
  const auto answer = world().cases(subject).find(subject, world().clock().now());
  if (!answer) throw wrong("there is no such case");
  must_match(json, json_of(*answer));
}

void Scenario::expect_fact(Words& words) {
  const std::string subject = words.need("the subject");
  const std::string kind = words.need("the kind");
  const std::string json = words.need("{json}");
  const auto answer = world().cases(subject).find(subject, world().clock().now());
  if (!answer) throw wrong("nothing is known of it");
  const std::vector<projections::Fact>& facts = answer->row.facts;
  const auto last =
      std::ranges::find(facts.rbegin(), facts.rend(), kind, [](const auto& one) { return name(one.kind); });
  if (last == facts.rend()) throw wrong(fmt::format("there is no fact of kind '{}'", kind));
  must_match(json, json_of(*last));
}

void Scenario::expect_workload(Words& words) {
  const std::string area = words.need("the area");
  const topics::Bucket bucket = bucket_of(words.need("the day, the month or now"));
  const std::string json = words.need("{json}");
  projections::CounterRow row;
  if (bucket.kind == topics::BucketKind::day) {
    for (const auto& day : world().areas().days(area, bucket.number, bucket.number)) row = day.counters;
  } else if (bucket.kind == topics::BucketKind::month) {
    for (const auto& month : world().areas().months(area)) {
      if (month.month == bucket.number) row = month.counters;
    }
  } else {
    row = world().areas().now(area);
  }
  must_match(json, json_of(row));
}

void Scenario::expect_unattributed(Words& words) {
  const std::string level = words.need("the level");
  const topics::Bucket bucket = bucket_of(words.need("the day or now"));
  const std::string json = words.need("{json}");
  projections::CounterRow row;
  if (bucket.kind == topics::BucketKind::now) row = world().areas().unattributed_now(level);
  if (bucket.kind == topics::BucketKind::day) {
    for (const auto& day : world().areas().unattributed_days(level, bucket.number, bucket.number)) row = day.counters;
  }
  must_match(json, json_of(row));
}

void Scenario::expect_ranking(Words& words) {
  const topics::Bucket month = bucket_of(words.need("the month"));
  const std::string level = words.need("the level");
  const std::string area = words.need("the area");
  const std::string json = words.need("{json}");
  std::string others;
  for (const projections::Place& place : world().areas().ranking(month.number, level)) {
    if (place.area == area) return must_match(json, json_of(place));
    others += " " + place.area;
  }
  throw wrong(fmt::format("the area has no place; these have:{}", others));
}

void Scenario::expect_tally(Words& words) {
  const std::string stage = words.need("the stage");
  const std::string what = words.need("what was counted");
  const std::int64_t expected = number_of(words.need("how many"));
  std::int64_t n = 0;
  if (stage == "cases") {
    for (projections::Cases* cases : world().all_cases()) n += cases->tallies()[what];
  } else if (stage == "areas") {
    n = world().areas().tallies()[what];
  } else {
    throw wrong(fmt::format("there is no stage '{}'", stage));
  }
  if (n != expected) throw wrong(fmt::format("it is {}", n));
}

}  // namespace projections_test
