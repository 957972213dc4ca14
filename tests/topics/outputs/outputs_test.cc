#include "topics/outputs/outputs.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "tests/topics/written.h"

namespace topics {

namespace {

const engine::Instant kTime = engine::instant(1433160000000);

// ---- buckets and counters

TEST(Bucket, IsWrittenAsItsDayMonthOrNow) {
  EXPECT_EQ(to_string({BucketKind::day, 16587}), "2015-06-01");
  EXPECT_EQ(to_string({BucketKind::month, 545}), "2015-06");
  EXPECT_EQ(to_string({BucketKind::now, 0}), "now");
  EXPECT_EQ(to_string({BucketKind::day, 0}), "1970-01-01");
  EXPECT_EQ(to_string({BucketKind::day, -1}), "1969-12-31");
  EXPECT_EQ(to_string({BucketKind::month, -1}), "1969-12");
}

TEST(Bucket, MalformedTextIsRefused) {
  for (const char* text : {"", "Now", "2015", "2015-6", "2015-13", "2015-00", "2015-02-29", "2015-06-1", "2015/06/01",
                           "2015-06-01 ", "-015-06", "2015-06x01"}) {
    EXPECT_FALSE(parse_bucket(text)) << text;
  }
}

RC_GTEST_PROP(Bucket, WhatIsWrittenIsReadBack, ()) {
  const Bucket day{BucketKind::day, *rc::gen::inRange(-25'000, 84'000)};
  const Bucket month{BucketKind::month, *rc::gen::inRange(-840, 2760)};
  RC_ASSERT(parse_bucket(to_string(day)) == day);
  RC_ASSERT(parse_bucket(to_string(month)) == month);
}

TEST(Counter, IsFoundByItsName) {
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    EXPECT_EQ(find_counter(name(counter)), counter);
  }
  EXPECT_EQ(name(Counter::due_closed_on_time), "due_closed_on_time");
  EXPECT_EQ(find_counter("rumours"), std::nullopt);
}

// ---- area deltas

AreaDeltas example_deltas() {
  const Bucket day{BucketKind::day, 16587};
  return {.city = "boston",
          .task = "cases-3",
          .step = 12,
          .part = 1,
          .freeze = 2,
          .rules_version = 5,
          .behind = true,
          .positions = {{"gridloop.requests", 124}, {"gridloop.dispatches", 250}},
          .deltas = {{"8", day, Counter::closed, 1},
                     {"8", {BucketKind::now, 0}, Counter::open_now, -1},
                     {"8", day, Counter::opened, 2},
                     {"8", day, Counter::opened, 1},
                     {"7", day, Counter::sent, 4},
                     {"7", day, Counter::handled, 0}},
          .time = kTime};
}

TEST(AreaDeltas, AreCombinedByAreaAndBucket) {
  EXPECT_EQ(encode(example_deltas()),
            R"({"specversion":"1.0","id":"cases-3/12/1","source":"gridloop/cases","type":"area.counted",)"
            R"("subject":"boston","time":"2015-06-01T12:00:00Z","datacontenttype":"application/json","data":)"
            R"({"task":"cases-3","step":12,"part":1,"freeze":2,"rules_version":5,"behind":true,)"
            R"("positions":{"gridloop.requests":124,"gridloop.dispatches":250},)"
            R"("areas":[{"area":"7","bucket":"2015-06-01","sent":4},)"
            R"({"area":"8","bucket":"2015-06-01","opened":3,"closed":1},)"
            R"({"area":"8","bucket":"now","open_now":-1}]}})");
}

TEST(AreaDeltas, AreReadBackCombined) {
  AreaDeltas expected = example_deltas();
  combine(expected.deltas);
  const auto read = decode_area_deltas(encode(example_deltas()));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, expected);
}

RC_GTEST_PROP(AreaDeltas, AnyDeltasAreReadBackCombined, ()) {
  AreaDeltas deltas = example_deltas();
  deltas.deltas.clear();
  for (int i = *rc::gen::inRange(0, 40); i > 0; --i) {
    const auto kind = *rc::gen::element(BucketKind::day, BucketKind::month, BucketKind::now);
    const std::int32_t number = kind == BucketKind::now ? 0 : *rc::gen::inRange(500, 503);
    deltas.deltas.push_back({*rc::gen::element<std::string>("8", "8/roxbury", "网格\"7"),
                             {kind, number},
                             static_cast<Counter>(*rc::gen::inRange<int>(0, kCounterCount)),
                             *rc::gen::inRange<std::int64_t>(-3, 4)});
  }
  const std::string text = encode(deltas);
  std::vector<CounterDelta> reversed(deltas.deltas.rbegin(), deltas.deltas.rend());
  combine(deltas.deltas);
  const auto read = decode_area_deltas(text);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == deltas);
  combine(reversed);
  RC_ASSERT(reversed == deltas.deltas);
}

TEST(AreaDeltas, ExtremeNumbersAreReadBack) {
  AreaDeltas deltas = example_deltas();
  deltas.step = std::numeric_limits<std::int64_t>::max();
  deltas.part = std::numeric_limits<std::int32_t>::max();
  deltas.deltas = {{"8", {BucketKind::now, 0}, Counter::open_now, std::numeric_limits<std::int64_t>::min()}};
  const auto read = decode_area_deltas(encode(deltas));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, deltas);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(AreaDeltas, MalformedOnesAreRefusedByName) {
  const std::string text = encode(example_deltas());
  const auto why = [&](std::string_view what, std::string_view by) {
    const auto read = decode_area_deltas(replaced(text, what, by));
    return read ? "accepted" : std::string(code(read.error().reason)) + ": " + read.error().detail;
  };
  EXPECT_EQ(why("\"step\":12", "\"step\":\"12\""), "wrong_type: step is not an integer");
  EXPECT_EQ(why("\"step\":12,", ""), "missing_attribute: step is missing");
  EXPECT_EQ(why("\"part\":1", "\"part\":5000000000"), "wrong_type: part is out of range");
  EXPECT_EQ(why("\"sent\":4", "\"rumours\":4"), "wrong_type: there is no counter rumours");
  EXPECT_EQ(why("\"sent\":4", "\"sent\":null"), "missing_attribute: sent is missing");
  EXPECT_EQ(why("2015-06-01\"", "2015-06-31\""), "wrong_type: bucket is not a day, a month or now");
  EXPECT_EQ(why("area.counted", "case.changed"), "wrong_type: type is not area.counted");
  EXPECT_EQ(why("[{\"area\"", "[7,{\"area\""), "wrong_type: areas is not an array of objects");
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(decode_area_deltas(text.substr(0, size)));
  EXPECT_FALSE(decode_area_deltas(std::string(100'000, '[')));
}

// ---- rows

TEST(CaseRow, IsOneReadableLine) {
  const CaseRow row{.subject = "C-1",
                    .task = "cases-3",
                    .step = 12,
                    .status = "handled",
                    .area = "8",
                    .category = "lighting",
                    .priority = 2,
                    .channel = "hotline",
                    .unit = "street-office",
                    .opened = kTime,
                    .handled = kTime,
                    .closed = std::nullopt,
                    .due = kTime,
                    .clocks = {{.clock = "handle", .cycle = 1, .due = kTime, .verdict = "met"}},
                    .hops = 1,
                    .duplicate = false,
                    .time = kTime};
  EXPECT_EQ(encode(row),
            R"({"specversion":"1.0","id":"cases-3/12/C-1","source":"gridloop/cases","type":"case.changed",)"
            R"("subject":"C-1","time":"2015-06-01T12:00:00Z","datacontenttype":"application/json","data":)"
            R"({"status":"handled","area":"8","category":"lighting","priority":2,"channel":"hotline",)"
            R"("unit":"street-office","opened":"2015-06-01T12:00:00Z","handled":"2015-06-01T12:00:00Z",)"
            R"("due":"2015-06-01T12:00:00Z","hops":1,"duplicate":false,)"
            R"("clocks":[{"clock":"handle","cycle":1,"due":"2015-06-01T12:00:00Z","verdict":"met"}]}})");
}

TEST(CaseRow, SaysOnlyWhatThereIs) {
  CaseRow row{.subject = "C-1", .task = "cases-3", .step = 12, .status = "suspended", .time = kTime};
  const auto data = [&] {
    const std::string line = encode(row);
    return line.substr(line.find("\"data\":") + 7);
  };
  EXPECT_EQ(data(), R"({"status":"suspended","hops":0,"duplicate":false,"clocks":[]}})");
  row.version = 7;
  row.condition = "lamp-out-24h";
  row.kind = "complaint";
  row.level = "county";
  row.parent = "C-0";
  row.successor = "C-2";
  row.assisting = {"power-company", "网格\"7"};
  row.suspended_until = kTime;
  row.repeats = 2;
  row.extensions = 1;
  row.excluded = true;
  row.anomalies = {"signed_after_close", "unauthorised"};
  row.clocks = {{.clock = "sign",
                 .cycle = 2,
                 .due = kTime,
                 .verdict = "warned",
                 .state = "paused",
                 .start = kTime,
                 .unit = "street-office",
                 .policy = "sign-2h",
                 .provisional = true}};
  EXPECT_EQ(data(),
            R"({"status":"suspended","hops":0,"version":7,"condition":"lamp-out-24h","kind":"complaint",)"
            R"("level":"county","parent":"C-0","successor":"C-2","assisting":["power-company","网格\"7"],)"
            R"("suspended_until":"2015-06-01T12:00:00Z","repeats":2,"extensions":1,"excluded":true,)"
            R"("anomalies":["signed_after_close","unauthorised"],"duplicate":false,)"
            R"("clocks":[{"clock":"sign","cycle":2,"due":"2015-06-01T12:00:00Z","verdict":"warned","state":"paused",)"
            R"("start":"2015-06-01T12:00:00Z","unit":"street-office","policy":"sign-2h","provisional":true}]}})");
}

TEST(WorkloadRow, IsOneReadableLine) {
  const WorkloadRow row{.task = "areas-0",
                        .step = 4,
                        .area = "8/roxbury",
                        .name = "Roxbury",
                        .day = 16587,
                        .counters = {{Counter::opened, 3}, {Counter::closed, 1}},
                        .open_now = 40,
                        .overdue_now = 2,
                        .time = kTime};
  EXPECT_EQ(key_of(row), "8/roxbury/2015-06-01");
  EXPECT_EQ(encode(row),
            R"({"specversion":"1.0","id":"areas-0/4/8/roxbury/2015-06-01","source":"gridloop/areas",)"
            R"("type":"workload.changed","subject":"8/roxbury/2015-06-01","time":"2015-06-01T12:00:00Z",)"
            R"("datacontenttype":"application/json","data":{"area":"8/roxbury","name":"Roxbury","day":"2015-06-01",)"
            R"("opened":3,"closed":1,"open_now":40,"overdue_now":2}})");
}

TEST(RankingRow, IsOneReadableLine) {
  const RankingRow row{.task = "areas-0",
                       .step = 4,
                       .ruleset = "on-time",
                       .period = "2015-06",
                       .edition = 1,
                       .level = "district",
                       .league = "",
                       .area = "8",
                       .name = "Council district 8",
                       .rank = 1,
                       .unranked = "",
                       .of = 9,
                       .previous_rank = 2,
                       .indicators = {{.code = "closed_on_time", .num = 577, .den = 778}},
                       .score = Ratio{577, 778},
                       .time = kTime};
  EXPECT_EQ(key_of(row), "on-time/2015-06/1/district//8");
  EXPECT_EQ(encode(row),
            R"({"specversion":"1.0","id":"areas-0/4/on-time/2015-06/1/district//8","source":"gridloop/areas",)"
            R"("type":"ranking.changed","subject":"on-time/2015-06/1/district//8","time":"2015-06-01T12:00:00Z",)"
            R"("datacontenttype":"application/json","data":{"ruleset":"on-time","period":"2015-06","edition":1,)"
            R"("level":"district","area":"8","name":"Council district 8","rank":1,"of":9,"previous_rank":2,)"
            R"("score":"577/778","indicators":[{"code":"closed_on_time","num":577,"den":778}]}})");
}

TEST(Ratio, IsWrittenExactly) {
  EXPECT_EQ(to_string(Ratio{0, 1}), "0/1");
  EXPECT_EQ(to_string(Ratio{-7416, 10000}), "-7416/10000");
  const __int128 wide = static_cast<__int128>(1'000'000'000'000'000'000) * 1'000'000'000;
  EXPECT_EQ(to_string(Ratio{wide, 3}), "1000000000000000000000000000/3");
  const auto lowest = static_cast<__int128>(static_cast<unsigned __int128>(1) << 127);
  EXPECT_EQ(to_string(Ratio{lowest, 1}), "-170141183460469231731687303715884105728/1");
}

// ---- dead letters

DeadLetter letter_of(std::string value) {
  DeadLetter letter;
  letter.stage = "cases";
  letter.reason = Reason::bad_time;
  letter.detail = "time is not RFC 3339";
  letter.topic = "gridloop.requests";
  letter.partition = 3;
  letter.offset = 1077;
  letter.logged = kTime;
  letter.key = "C-1";
  letter.value = std::move(value);
  letter.time = kTime;
  return letter;
}

TEST(DeadLetter, IsOneReadableLine) {
  EXPECT_EQ(
      encode(letter_of("{\"a\"")),
      R"({"specversion":"1.0","id":"gridloop.requests/3/1077","source":"gridloop/cases","type":"record.rejected",)"
      R"("subject":"gridloop.requests/3/1077","time":"2015-06-01T12:00:00Z",)"
      R"("datacontenttype":"application/json","data":{"reason":"bad_time","detail":"time is not RFC 3339",)"
      R"("topic":"gridloop.requests","partition":3,"offset":1077,"logged":"2015-06-01T12:00:00Z",)"
      R"("value_bytes":4,"value_hash":"97a97d7d8d6a7bec49064721076fcb8c","key":"C-1","value":"{\"a\""}})");
}

TEST(DeadLetter, IsReadBack) {
  const auto read = decode_dead_letter(encode(letter_of("路灯\n\"")));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->stage, "cases");
  EXPECT_EQ(read->reason, Reason::bad_time);
  EXPECT_EQ(read->detail, "time is not RFC 3339");
  EXPECT_EQ(read->topic, "gridloop.requests");
  EXPECT_EQ(read->partition, 3);
  EXPECT_EQ(read->offset, 1077);
  EXPECT_EQ(read->logged, kTime);
  EXPECT_EQ(read->time, kTime);
  EXPECT_EQ(read->key, "C-1");
  EXPECT_EQ(read->value, "路灯\n\"");
  EXPECT_EQ(read->value_bytes, 8u);
  EXPECT_EQ(read->value_hash.size(), 32u);
}

RC_GTEST_PROP(DeadLetter, AnyBytesAreReadBack, (const std::string& value, const std::string& key)) {
  DeadLetter letter = letter_of(value);
  letter.key = key;
  const auto read = decode_dead_letter(encode(letter));
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->value == value);
  RC_ASSERT(read->key == key);
  RC_ASSERT(read->value_bytes == value.size());
}

TEST(DeadLetter, KeepsTheHeadOfALargeValue) {
  const std::string bytes(1'000'000, '\xff');
  const auto read = decode_dead_letter(encode(letter_of(bytes)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->value, bytes.substr(0, kDeadLetterBytes));
  EXPECT_EQ(read->value_bytes, 1'000'000u);
}

TEST(DeadLetter, KeepsTheHeadersOfItsRecord) {
  DeadLetter letter = letter_of("7");
  EXPECT_EQ(encode(letter).find("headers"), std::string::npos) << "a record without headers says nothing of them";
  letter.headers = {{"ce_id", "e-1"}, {"ce_id", "e-2"}, {"\xff", ""}, {"", "路灯\n"}};
  const auto read = decode_dead_letter(encode(letter));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->headers, letter.headers);
  EXPECT_EQ(read->headers_left_out, 0);
}

TEST(DeadLetter, SaysHowManyHeadersItLeftOut) {
  DeadLetter letter = letter_of("7");
  letter.headers = {{"first", "1"}, {"large", std::string(kDeadLetterHeaderBytes, 'x')}, {"last", "3"}};
  const auto read = decode_dead_letter(encode(letter));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->headers, (engine::Headers{{"first", "1"}}));
  EXPECT_EQ(read->headers_left_out, 2);
}

TEST(DeadLetter, CutsThroughNoCharacter) {
  std::string text(kDeadLetterBytes - 1, 'x');
  text += "灯灯灯";
  const std::string encoded = encode(letter_of(text));
  EXPECT_EQ(encoded.find("base64"), std::string::npos);
  const auto read = decode_dead_letter(encoded);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->value, text.substr(0, kDeadLetterBytes - 1));
  EXPECT_EQ(read->value_bytes, text.size());
}

TEST(DeadLetter, MalformedOnesAreRefused) {
  const std::string text = encode(letter_of("\xff"));
  EXPECT_FALSE(decode_dead_letter(replaced(text, "bad_time", "bad_luck")));
  EXPECT_FALSE(decode_dead_letter(replaced(text, "/w==", "/w=?")));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(decode_dead_letter(text.substr(0, size)));
}

}  // namespace

}  // namespace topics
