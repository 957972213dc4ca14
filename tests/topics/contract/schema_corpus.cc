// schema_corpus: prints events, one JSON object a line: {"type","what","accepted","event"}. The events of inputs are
// the samples and what becomes of them by one change each; `accepted` is what the decoder says, or false where a schema
// is stricter. The events of outputs are what encode() writes, and one with a member too many.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/json.h"
#include "engine/result.h"
#include "topics/codec/event.h"
#include "topics/codec/json_text.h"
#include "topics/codec/rfc3339.h"
#include "topics/outputs/outputs.h"

namespace {

using namespace topics;

// The members of an object, each with its JSON text.
using Members = std::vector<std::pair<std::string, std::string>>;

Members members_of(std::string_view json) {
  Members members;
  std::string padded;
  append_compact(padded, json);
  padded.append(8, '\0');
  JsonText text(padded.data());
  text.enter();
  while (text.next()) {
    std::string name(text.key().raw);
    members.emplace_back(std::move(name), text.value());
  }
  return members;
}

std::string text_of(const Members& members) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  for (const auto& [name, value] : members) json.key(name).raw(value);
  json.end_object();
  return out;
}

// `members` with one value changed, or left out when it is empty; added when there is none.
Members with(Members members, std::string_view name, std::string value) {
  for (auto at = members.begin(); at != members.end(); ++at) {
    if (at->first != name) continue;
    if (value.empty()) {
      members.erase(at);
    } else {
      at->second = std::move(value);
    }
    return members;
  }
  if (!value.empty()) members.emplace_back(name, std::move(value));
  return members;
}

void print(std::string_view type, std::string_view what, bool accepted, std::string_view event) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object().key("type").string(type).key("what").string(what).key("accepted").boolean(accepted);
  json.key("event").raw(event).end_object();
  fmt::print("{}\n", out);
}

// ---- inputs

class Variants {
 public:
  Variants(const TypeSpec& type, std::string_view sample) : type_(type), event_(members_of(sample)) {
    for (const auto& [name, value] : event_) {
      if (name == "data") data_ = members_of(value);
    }
  }

  void print_all() {
    say("as it is", event_);
    attributes();
    for (const FieldSpec& field : type_.fields) values_of(field.field);
    say("an extension attribute", with(event_, "traceparent", R"("00-1")"));
    say_data("a field that is not known", "unheard_of", "[1]");
  }

 private:
  void say(std::string_view what, const Members& event, bool stricter = false) {
    const std::string text = text_of(event);
    const engine::Instant logged = *parse_rfc3339("2026-12-31T00:00:00Z");
    print(type_.name, what, decoder_.decode(text, logged, decoded_).has_value() && !stricter, text);
  }
  void say_data(std::string_view what, std::string_view name, std::string value, bool stricter = false) {
    say(what, with(event_, "data", text_of(with(data_, name, std::move(value)))), stricter);
  }

  void attributes() {
    const auto each = [&](std::string_view name, std::initializer_list<std::string> values) {
      for (const std::string& value : values) {
        // A schema knows no empty text as absent.
        const bool stricter = name == "datacontenttype" && value == R"("")";
        say(fmt::format("{} is {:.40}", name, value.empty() ? "missing" : value), with(event_, name, value), stricter);
      }
    };
    const std::string control = R"("a\u0001b")";
    const std::string c1 = R"("a\u0085b")";
    const std::string longest = '"' + std::string(Limits().max_id_bytes, 'x') + '"';
    const std::string too_long = '"' + std::string(Limits().max_id_bytes + 1, 'x') + '"';
    each("specversion", {"", "null", R"("")", "1", R"("0.3")", R"("1.0")"});
    for (const char* name : {"id", "source", "subject"}) {
      each(name, {"", "null", R"("")", "7", "[]", control, c1, longest, too_long, R"("网格 7")"});
    }
    each("type", {"", "null", R"("")", "7", control});
    each("time", {"", "null", R"("")", "7", R"("yesterday")", R"("2026-03-02")", R"("2026-03-02T09:00:00")",
                  R"("2026-03-02 09:00:00Z")", R"("2026-03-02T09:00Z")", R"("2026-03-02T09:00:00+0800")",
                  R"("1899-12-31T00:00:00Z")", R"("2201-01-01T00:00:00Z")", R"("2026-13-02T09:00:00Z")",
                  R"("2026-03-02T25:00:00Z")", R"("1900-01-01T00:00:00Z")", R"("2026-03-02t09:00:00z")",
                  R"("2026-03-02T09:00:00.125-05:00")"});
    each("datacontenttype", {"", "null", R"("")", "7", R"("text/plain")", R"("application/jsonx")",
                             R"("application/json; charset=utf-8")", R"("Application/JSON")"});
    for (const char* name : {"correlationid", "causationid"}) {
      each(name, {"", "null", R"("")", "7", control, longest, too_long});
    }
    each("data", {"", "null", "[]", R"("text")", "7", "{}"});
    each("data_base64", {R"("aGk=")"});
  }

  void values_of(Field field) {
    const FieldMeaning& of = meaning(field);
    for (const char* value :
         {"", "null", R"("")", "7", "-7", "1.5", "true", R"("text")", R"("7")", R"("1e3")", R"("2026-03-02T09:00:00")",
          R"("2026-03-02T09:00:00+08:00")", "[]", R"(["a"])", "[1]", R"(["a",null])", "{}"}) {
      const bool stricter =
          std::string_view(value) == R"("")" && (of.kind == FieldKind::instant || of.kind == FieldKind::decimal);
      say_data(fmt::format("{} is {}", of.name, *value == '\0' ? "missing" : value), of.name, value, stricter);
    }
    if (of.kind == FieldKind::strings) {
      for (const std::size_t size : {Limits().max_list, Limits().max_list + 1}) {
        const std::string items = std::string(R"("a")") + [&] {
          std::string more;
          for (std::size_t i = 1; i < size; ++i) more += R"(,"a")";
          return more;
        }();
        say_data(fmt::format("{} has {} strings", of.name, size), of.name, "[" + items + "]");
      }
    }
    if (field != Field::title && field != Field::evidence) return;  // one of a kind is enough of this size
    for (const std::size_t size : {Limits().max_string_bytes, Limits().max_string_bytes + 1}) {
      const std::string text = '"' + std::string(size, 'x') + '"';
      say_data(fmt::format("{} has {} bytes", of.name, size), of.name,
               of.kind == FieldKind::strings ? "[" + text + "]" : text);
    }
  }

  const TypeSpec& type_;
  Members event_;
  Members data_;
  Decoder decoder_;
  Event decoded_;
};

// ---- outputs

const engine::Instant kTime = engine::instant(1433160000125);
const std::string kSome = "x";

void print_output(std::string_view type, std::string_view what, const std::string& event) {
  print(type, what, true, event);
  Members members = members_of(event);
  print(type, "a member too many", false, text_of(with(members, "unheard_of", "1")));
  for (const auto& [name, value] : members) {
    if (name == "data") {
      const std::string more = text_of(with(members_of(value), "unheard_of", "1"));
      print(type, "a member of the data too many", false, text_of(with(members, "data", more)));
    }
    print(type, name + " is missing", false, text_of(with(members, name, "")));
  }
}

void print_counted() {
  AreaDeltas deltas{.city = "boston", .task = "cases-3", .step = 12, .positions = {{"gridloop.requests", 7}}};
  deltas.time = kTime;
  print_output("area.counted", "nothing", encode(deltas));
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    deltas.deltas.push_back({"8", {BucketKind::day, 16587}, static_cast<Counter>(i), -3});
  }
  print_output("area.counted", "all counters", encode(deltas));

  WorkloadRow row{.task = "areas-0", .area = "8", .day = 16587, .time = kTime};
  print_output("workload.changed", "nothing", encode(row));
  row.name = "District 8";
  for (const CounterSpec& counter : counters()) {
    if (counter.counts_by(BucketKind::day)) row.counters.push_back({counter.counter, 5});
  }
  print_output("workload.changed", "all counters", encode(row));
}

void print_alerts() {
  const std::vector<std::string> path = {"city", kSome};
  for (std::size_t i = 0; i < kAlertKinds; ++i) {
    SlaAlert alert{.id = "c|handle|0|breached|1", .subject = "c", .clock = "handle", .due = kTime, .rung = "breached"};
    alert.time = kTime;
    alert.kind = static_cast<AlertKind>(i);
    const std::string type = "sla." + std::string(name(alert.kind));
    print_output(type, "least", encode(alert));
    alert.unit = alert.area = alert.category = alert.level = alert.role = alert.reason = kSome;
    alert.policy = alert.policy_version = alert.calendar = alert.calendar_version = kSome;
    alert.area_path = path;
    alert.priority = alert.step = 2;
    alert.late_seconds = 0;
    alert.until = alert.previous_due = kTime;
    alert.provisional = alert.replayed = true;
    print_output(type, "full", encode(alert));
  }
}

void print_steps() {
  SlaStorm storm{.task = "cases-3", .first_due = kTime, .last_due = kTime, .time = kTime};
  print_output("sla.storm", "least", encode(storm));
  storm.unit = kSome;
  storm.replayed = true;
  print_output("sla.storm", "full", encode(storm));

  SlaHeartbeat beat{.task = "cases-3", .time = kTime, .next_due = std::nullopt};
  print_output("sla.heartbeat", "least", encode(beat));
  beat.next_due = kTime;
  beat.behind = true;
  beat.lag = engine::Milliseconds(1);
  print_output("sla.heartbeat", "full", encode(beat));
}

void print_rows() {
  CaseRow row{.subject = "c", .task = "cases-1", .time = kTime};
  print_output("case.changed", "least", encode(row));
  row.status = row.area = row.category = row.channel = row.unit = kSome;
  row.condition = row.kind = row.level = row.parent = row.successor = kSome;
  row.priority = row.version = row.repeats = row.extensions = 1;
  row.opened = row.handled = row.closed = row.due = row.suspended_until = kTime;
  row.assisting = row.anomalies = {kSome, "y"};
  row.excluded = true;
  row.clocks = {{.clock = "handle",
                 .cycle = 1,
                 .due = kTime,
                 .verdict = "met",
                 .state = "stopped",
                 .start = kTime,
                 .unit = kSome,
                 .policy = kSome,
                 .provisional = true}};
  print_output("case.changed", "full", encode(row));

  RankingRow rank{.task = "areas-0", .time = kTime};
  print_output("ranking.changed", "least", encode(rank));
  rank.ruleset = rank.period = rank.level = rank.league = rank.area = rank.name = rank.unranked = kSome;
  rank.rank = rank.previous_rank = 1;
  rank.indicators = {{"ontime_close", 1, 2}};
  rank.score = Ratio{7416, 10000};
  print_output("ranking.changed", "full", encode(rank));
}

void print_dead_letters() {
  DeadLetter letter{.stage = "cases", .topic = "gridloop.requests", .logged = kTime, .time = kTime};
  print_output("record.rejected", "least", encode(letter));
  letter.detail = "id is missing";
  letter.headers = {{"ce_id", "e-1"}, {"\xff", "\xfe"}, {"large", std::string(kDeadLetterHeaderBytes, 'x')}};
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    letter.reason = static_cast<Reason>(i);
    letter.key = letter.value = i % 2 == 0 ? "text" : "\xff";
    print_output("record.rejected", code(letter.reason), encode(letter));
  }
}

}  // namespace

int main() {
  for (const TypeSpec& type : catalogue()) {
    const std::filesystem::path path =
        GRIDLOOP_SOURCE_DIR "/topics/contract/samples/" + std::string(type.name) + ".json";
    std::ifstream in(path, std::ios::binary);
    const std::string sample{std::istreambuf_iterator<char>(in), {}};
    CHECK(in && !sample.empty());
    Variants(type, sample).print_all();
  }
  print_counted();
  print_alerts();
  print_steps();
  print_rows();
  print_dead_letters();
  return 0;
}
