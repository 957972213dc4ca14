#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <iterator>

#include "topics/codec/rfc3339.h"
#include "topics/outputs/outputs.h"

// Alerts, storms and heartbeats: what lies on sla-alerts.

namespace topics {

namespace {

engine::Instant at(const char* text) {
  return *parse_rfc3339(text);
}

template <class Decoded>
bool reads_as(const std::expected<Decoded, Rejection>& read, const Decoded& expected) {
  return read && *read == expected;
}

// An alert with what one of each kind has.
SlaAlert alert_of(AlertKind kind, std::int64_t number, const char* time) {
  SlaAlert alert;
  alert.kind = kind;
  alert.rung = name(kind);
  alert.id = "C-117|handle|1|" + alert.rung + "|" + std::to_string(number);
  alert.subject = "C-117";
  alert.clock = "handle";
  alert.cycle = 1;
  alert.due = at("2026-03-09T10:00:00Z");
  alert.unit = "street-office";
  alert.area = "g007";
  alert.area_path = {"county", "xiyuan", "g007"};
  alert.category = "lighting";
  alert.priority = 2;
  alert.policy = "handle-5d";
  alert.policy_version = "2";
  alert.calendar = "county";
  alert.calendar_version = "2026";
  alert.time = at(time);
  return alert;
}

// The lines of the README, in their order: the course of one clock with its verdicts, another that is cancelled, and
// what is told of steps.
std::vector<std::string> examples() {
  const engine::Instant later = at("2026-03-11T10:00:00Z");
  std::vector<SlaAlert> alerts = {alert_of(AlertKind::started, 1, "2026-03-02T01:30:00Z"),
                                  alert_of(AlertKind::paused, 2, "2026-03-04T02:00:00Z"),
                                  alert_of(AlertKind::resumed, 3, "2026-03-06T02:00:00Z"),
                                  alert_of(AlertKind::due_changed, 4, "2026-03-06T02:00:00Z"),
                                  alert_of(AlertKind::warned, 5, "2026-03-10T10:00:00Z"),
                                  alert_of(AlertKind::breached, 6, "2026-03-11T10:00:00.120Z"),
                                  alert_of(AlertKind::escalated, 7, "2026-03-12T10:00:00Z"),
                                  alert_of(AlertKind::retracted, 8, "2026-03-12T10:40:00Z"),
                                  alert_of(AlertKind::met, 9, "2026-03-12T10:40:00Z"),
                                  alert_of(AlertKind::cancelled, 2, "2026-03-12T10:40:00Z")};
  alerts[1].until = at("2026-03-06T02:00:00Z");
  alerts[1].reason = "parts";
  alerts[3].previous_due = alerts[2].due;
  for (std::size_t i = 3; i < alerts.size(); ++i) alerts[i].due = later;
  alerts[4].step = alerts[6].step = 1;
  alerts[5].late_seconds = alerts[6].late_seconds = 0;
  alerts[6].level = "street";
  alerts[6].role = "leader";
  alerts[7].rung = "breached";
  alerts[7].id = "C-117|handle|1|breached|8";
  alerts[9].clock = "close";
  alerts[9].id = "C-117|close|1|cancelled|2";
  alerts[9].policy = "close-10d";
  std::vector<std::string> lines;
  for (const SlaAlert& alert : alerts) lines.push_back(encode(alert));
  lines.push_back(encode(SlaStorm{.task = "cases-3",
                                  .step = 812,
                                  .unit = "street-office",
                                  .kind = AlertKind::breached,
                                  .alerts = 1304,
                                  .cases = 1290,
                                  .first_due = at("2026-03-09T10:00:00Z"),
                                  .last_due = later,
                                  .replayed = true,
                                  .time = at("2026-03-11T14:00:00Z")}));
  lines.push_back(encode(SlaHeartbeat{.task = "cases-3",
                                      .step = 813,
                                      .time = at("2026-03-11T14:00:10Z"),
                                      .lag = engine::Milliseconds(40),
                                      .behind = false,
                                      .pending = 0,
                                      .timers = 21754,
                                      .next_due = at("2026-03-11T14:00:12Z")}));
  return lines;
}

TEST(SlaOutputs, OfEachKindAreShownInTheReadme) {
  std::ifstream in(GRIDLOOP_SOURCE_DIR "/topics/README.md", std::ios::binary);
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  std::size_t from = 0;
  for (const std::string& line : examples()) {
    from = readme.find("\n" + line + "\n", from);
    ASSERT_NE(from, std::string::npos) << "topics/README.md does not show, or not in this order:\n" << line;
  }
}

TEST(SlaOutputs, AreReadBackAsTheyAreShown) {
  for (const std::string& line : examples()) {
    const auto alert = decode_if_sla_alert(line);
    ASSERT_TRUE(alert) << alert.error().detail;
    if (*alert) {
      EXPECT_EQ(encode(**alert), line);
    } else if (const auto storm = decode_sla_storm(line)) {
      EXPECT_EQ(encode(*storm), line);
    } else {
      EXPECT_EQ(encode(decode_sla_heartbeat(line).value_or(SlaHeartbeat())), line);
    }
  }
}

TEST(SlaAlert, SaysOnlyWhatThereIs) {
  const SlaAlert least{.id = "C-1|sign|2|met|1",
                       .kind = AlertKind::met,
                       .subject = "C-1",
                       .clock = "sign",
                       .cycle = 2,
                       .due = at("2026-03-02T03:00:00Z"),
                       .rung = "met",
                       .time = at("2026-03-02T01:00:00Z")};
  EXPECT_EQ(encode(least),
            R"({"specversion":"1.0","id":"C-1|sign|2|met|1","source":"gridloop/cases","type":"sla.met",)"
            R"("subject":"C-1","time":"2026-03-02T01:00:00Z","datacontenttype":"application/json","data":)"
            R"({"clock":"sign","cycle":2,"transition":"met","due":"2026-03-02T03:00:00Z"}})");
  EXPECT_TRUE(reads_as(decode_sla_alert(encode(least)), least));
}

rc::Gen<std::string> texts() {
  return rc::gen::element<std::string>("", "x", "街道办\n\"7\\", "a|b", std::string("\x01\x7f", 2),
                                       std::string(300, 'y'));
}

rc::Gen<engine::Instant> instants() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(-2'000'000'000'000, 7'000'000'000'000), engine::instant);
}

rc::Gen<std::int64_t> numbers() {
  return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-3, 4), rc::gen::arbitrary<std::int64_t>());
}

template <class T>
std::optional<T> maybe(const rc::Gen<T>& gen) {
  return *rc::gen::arbitrary<bool>() ? std::optional<T>(*gen) : std::nullopt;
}

SlaAlert any_alert() {
  SlaAlert alert;
  alert.kind = static_cast<AlertKind>(*rc::gen::inRange<int>(0, kAlertKinds));
  alert.cycle = *rc::gen::arbitrary<std::int32_t>();
  for (std::string* text :
       {&alert.id, &alert.subject, &alert.clock, &alert.rung, &alert.unit, &alert.area, &alert.category, &alert.level,
        &alert.role, &alert.policy, &alert.policy_version, &alert.calendar, &alert.calendar_version, &alert.reason}) {
    *text = *texts();
  }
  alert.area_path = *rc::gen::container<std::vector<std::string>>(texts());
  alert.step = *numbers();
  alert.priority = maybe(numbers());
  alert.late_seconds = maybe(numbers());
  alert.due = *instants();
  alert.time = *instants();
  alert.until = maybe(instants());
  alert.previous_due = maybe(instants());
  alert.provisional = *rc::gen::arbitrary<bool>();
  alert.replayed = *rc::gen::arbitrary<bool>();
  return alert;
}

RC_GTEST_PROP(SlaAlert, WhateverItSaysIsReadBack, ()) {
  const SlaAlert alert = any_alert();
  const std::string line = encode(alert);
  RC_ASSERT(reads_as(decode_sla_alert(line), alert));
  RC_ASSERT(reads_as(decode_if_sla_alert(line), std::optional(alert)));
}

RC_GTEST_PROP(SlaStorm, WhateverItSaysIsReadBack, ()) {
  SlaStorm storm;
  storm.task = "cases-" + std::to_string(*rc::gen::inRange(0, 64));
  storm.unit = *texts();
  storm.kind = static_cast<AlertKind>(*rc::gen::inRange<int>(0, kAlertKinds));
  storm.step = *numbers();
  storm.alerts = *numbers();
  storm.cases = *numbers();
  storm.first_due = *instants();
  storm.last_due = *instants();
  storm.replayed = *rc::gen::arbitrary<bool>();
  storm.time = *instants();
  RC_ASSERT(reads_as(decode_sla_storm(encode(storm)), storm));
}

RC_GTEST_PROP(SlaHeartbeat, WhateverItSaysIsReadBack, ()) {
  SlaHeartbeat beat;
  beat.task = "cases-" + std::to_string(*rc::gen::inRange(0, 64));
  beat.step = *numbers();
  beat.time = *instants();
  beat.lag = engine::Milliseconds(*numbers());
  beat.behind = *rc::gen::arbitrary<bool>();
  beat.pending = *numbers();
  beat.timers = *numbers();
  beat.next_due = maybe(instants());
  RC_ASSERT(reads_as(decode_sla_heartbeat(encode(beat)), beat));
}

TEST(SlaStorm, OfCasesWithoutAUnitIsAboutItsTask) {
  const SlaStorm storm{.task = "cases-3", .step = 4, .kind = AlertKind::warned, .time = at("2026-03-02T01:00:00Z")};
  EXPECT_EQ(encode(storm),
            R"({"specversion":"1.0","id":"cases-3|4||warned","source":"gridloop/cases","type":"sla.storm",)"
            R"("subject":"cases-3","time":"2026-03-02T01:00:00Z","datacontenttype":"application/json","data":)"
            R"({"task":"cases-3","step":4,"kind":"warned","alerts":0,"cases":0,"first_due":"1970-01-01T00:00:00Z",)"
            R"("last_due":"1970-01-01T00:00:00Z"}})");
}

TEST(AlertKind, IsFoundByItsName) {
  for (std::size_t i = 0; i < kAlertKinds; ++i) {
    const auto kind = static_cast<AlertKind>(i);
    EXPECT_EQ(find_alert_kind(name(kind)), kind);
  }
  EXPECT_EQ(find_alert_kind("storm"), std::nullopt);
  EXPECT_EQ(find_alert_kind(""), std::nullopt);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t found = text.find(what);
  EXPECT_NE(found, std::string::npos) << what;
  return text.replace(found, what.size(), by);
}

template <class Decoded>
std::string why(const std::expected<Decoded, Rejection>& read) {
  return read ? "accepted" : std::string(code(read.error().reason)) + ": " + read.error().detail;
}

TEST(SlaOutputs, AreToldApartByTheirTypes) {
  const std::string alert = examples()[0];
  const std::string storm = examples()[10];
  const std::string beat = examples()[11];
  EXPECT_EQ(why(decode_sla_alert(storm)), "wrong_type: there is no alert sla.storm");
  EXPECT_EQ(why(decode_sla_storm(beat)), "wrong_type: type is not sla.storm");
  EXPECT_EQ(why(decode_sla_heartbeat(alert)), "wrong_type: type is not sla.heartbeat");
  EXPECT_TRUE(reads_as(decode_if_sla_alert(storm), std::optional<SlaAlert>()));
  EXPECT_TRUE(reads_as(decode_if_sla_alert(beat), std::optional<SlaAlert>()));
  EXPECT_EQ(why(decode_if_sla_alert(replaced(alert, "sla.started", "sla.sung"))),
            "wrong_type: there is no alert sla.sung");
  EXPECT_EQ(why(decode_if_sla_alert(replaced(alert, "sla.started", "case.changed"))), "wrong_type: type is not sla.");
  EXPECT_EQ(why(decode_if_sla_alert(storm.substr(1))), "not_json: the value is not a JSON object");
}

TEST(SlaOutputs, MalformedOnesAreRefusedByName) {
  const std::string alert = examples()[3];
  const auto changed = [&](std::string_view what, std::string_view by) {
    return why(decode_sla_alert(replaced(alert, what, by)));
  };
  EXPECT_EQ(changed(R"("clock":"handle",)", ""), "missing_attribute: clock is missing");
  EXPECT_EQ(changed(R"("previous_due":"2026-03-09T10:00:00Z")", R"("previous_due":"Monday")"),
            "bad_time: previous_due is not RFC 3339 with a zone");
  EXPECT_EQ(changed(R"("previous_due":"2026-03-09T10:00:00Z")", R"("previous_due":7)"),
            "wrong_type: previous_due is not a string");
  EXPECT_EQ(changed(R"(["county",)", R"([7,)"), "wrong_type: area_path is not an array of strings");
  EXPECT_EQ(changed(R"(["county","xiyuan","g007"])", R"("county")"), "wrong_type: area_path is not an array");
  EXPECT_EQ(changed(R"("cycle":1)", R"("cycle":1,"late_seconds":0.5)"), "wrong_type: late_seconds is not an integer");
  EXPECT_EQ(changed(R"("cycle":1)", R"("cycle":1,"provisional":1)"), "wrong_type: provisional is not true or false");
  EXPECT_EQ(why(decode_sla_storm(replaced(examples()[10], R"("breached")", R"("blown")"))),
            "wrong_type: there is no kind of alert blown");
  EXPECT_EQ(why(decode_sla_heartbeat(replaced(examples()[11], R"("timers":21754,)", ""))),
            "missing_attribute: timers is missing");
  for (const std::string& line : examples()) {
    for (std::size_t size = 0; size < line.size(); ++size) EXPECT_FALSE(decode_if_sla_alert(line.substr(0, size)));
  }
}

}  // namespace

}  // namespace topics
