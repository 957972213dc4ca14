#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/topics/written.h"

namespace topics {

namespace {

std::string nested(std::size_t depth) {
  Written written;
  written.data = R"({"unit":"u","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  return written.text();
}

TEST(Hostile, WhatIsNotJsonIsRefused) {
  for (const std::string_view text :
       {"", " ", "hello", "{", "}", "{}}", "{\"id\":}", "{'id':1}", "{\"a\":1,}", "[1,]", "{\"a\":tru}", "{\"a\":NaN}",
        "\xEF\xBB\xBF{}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "<event/>", "{\"a\" \"b\"}", "\"unclosed"}) {
    EXPECT_EQ(refusal_code(text), "not_json") << text;
  }
  EXPECT_EQ(refusal_code(std::string_view("\0\0\0", 3)), "not_json");
}

TEST(Hostile, WhatFollowsTheEventIsRefused) {
  const std::string text = Written().text();
  EXPECT_EQ(refusal(text + "\n \t\r\n"), "accepted");
  for (const std::string_view more : {"{}", "x", "]", "}", ",", "\0"}) {
    EXPECT_EQ(refusal_code(text + std::string(more.empty() ? std::string_view("\0", 1) : more)), "not_json") << more;
  }
  EXPECT_EQ(refusal_code(text + text), "not_json");
}

TEST(Hostile, EveryTruncationIsRefused) {
  Written written;
  written.data = R"({"unit":"单位\u0041","lead":true,"hop":12,"due":"2026-03-03T12:00:00Z","x":[1.5,null,{"a":[]}]})";
  const std::string text = written.text();
  ASSERT_EQ(refusal(text), "accepted");
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string why = refusal_code(text.substr(0, size));
    EXPECT_TRUE(why == "not_json" || why == "invalid_utf8") << size << " " << why;
  }
}

TEST(Hostile, TextThatIsNotUtf8IsRefused) {
  for (const std::string_view bad : {"\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe8\xb7"}) {
    Written written;
    written.data = "{\"unit\":\"" + std::string(bad) + "\"}";
    EXPECT_EQ(refusal_code(written.text()), "invalid_utf8");
  }
}

TEST(Hostile, DeepNestingIsRefusedAndNeverCrashes) {
  EXPECT_EQ(refusal(nested(30)), "accepted");  // the event, its data, and 30 arrays
  EXPECT_EQ(refusal_code(nested(31)), "too_deep");
  EXPECT_EQ(refusal_code(nested(100'000)), "too_deep");
  EXPECT_EQ(refusal_code(std::string(100'000, '[') + std::string(100'000, ']')), "too_deep");
  EXPECT_EQ(refusal_code(std::string(100'000, '[')), "not_json");
  EXPECT_EQ(refusal_code(std::string(100'000, '{')), "not_json");
}

TEST(Hostile, LargeValuesAreRefusedUnread) {
  EXPECT_EQ(refusal_code(std::string(5'000'000, 'x')), "oversize");
  Written written;
  written.data = R"({"unit":"u","text":")" + std::string(5'000'000, 'x') + "\"}";
  EXPECT_EQ(refusal_code(written.text()), "oversize");
}

TEST(Hostile, LongStringsAndListsAreRefused) {
  Written written;
  written.type = R"("dispatch.handled")";
  written.data = R"({"text":")" + std::string(64u << 10, 'x') + "\"}";
  EXPECT_EQ(refusal(written), "accepted");
  written.data = R"({"text":")" + std::string((64u << 10) + 1, 'x') + "\"}";
  EXPECT_EQ(refusal(written), "oversize: text is longer than 65536 bytes");

  std::string list = "\"e\"";
  for (int i = 1; i < 1000; ++i) list += ",\"e\"";
  written.data = R"({"evidence":[)" + list + "]}";
  EXPECT_EQ(refusal(written), "accepted");
  written.data = R"({"evidence":[)" + list + ",\"e\"]}";
  EXPECT_EQ(refusal(written), "oversize: evidence has more than 1000 strings");
}

TEST(Hostile, WhatIsNotAnObjectIsRefused) {
  for (const std::string_view text : {"[]", "1", "\"text\"", "null", "true"}) {
    EXPECT_EQ(refusal(text), "wrong_type: the event is not a JSON object") << text;
  }
  Written written;
  for (const char* data : {"[]", "1", "\"{}\"", "true"}) {
    written.data = data;
    EXPECT_EQ(refusal(written), "wrong_type: data is not an object") << data;
  }
}

TEST(Hostile, EachMissingAttributeIsNamed) {
  const auto without = [](std::string Written::* attribute) {
    Written written;
    written.*attribute = "";
    const std::string missing = refusal(written);
    written.*attribute = "null";
    EXPECT_EQ(refusal(written), missing);
    return missing;
  };
  EXPECT_EQ(without(&Written::specversion), "missing_attribute: specversion is missing");
  EXPECT_EQ(without(&Written::id), "missing_attribute: id is missing");
  EXPECT_EQ(without(&Written::source), "missing_attribute: source is missing");
  EXPECT_EQ(without(&Written::type), "missing_attribute: type is missing");
  EXPECT_EQ(without(&Written::subject), "missing_attribute: subject is missing");
  EXPECT_EQ(without(&Written::time), "missing_attribute: time is missing");
  EXPECT_EQ(without(&Written::data), "missing_attribute: unit is missing");
}

TEST(Hostile, AttributesOfAnotherKindAreRefused) {
  Written written;
  written.id = "17";
  EXPECT_EQ(refusal(written), "wrong_type: id is not a string");
  written = {};
  written.subject = "{\"a\":1}";
  EXPECT_EQ(refusal(written), "wrong_type: subject is not a string");
  written = {};
  written.time = "1772413960";
  EXPECT_EQ(refusal(written), "wrong_type: time is not a string");
}

TEST(Hostile, BadTimesAreRefused) {
  for (const char* time : {"\"2026-03-02T09:00:00\"", "\"yesterday\"", "\"9999-01-01T00:00:00Z\"",
                           "\"0001-01-01T00:00:00Z\"", "\"2026-02-30T00:00:00Z\""}) {
    Written written;
    written.time = time;
    EXPECT_EQ(refusal_code(written.text()), "bad_time") << time;
  }
}

TEST(Hostile, TimeMayLieFiveMinutesAheadOfTheLog) {
  Written written;
  written.time = R"("2026-03-02T12:05:00+08:00")";
  EXPECT_EQ(refusal(written), "accepted");
  written.time = R"("2026-03-02T12:05:00.001+08:00")";
  EXPECT_EQ(refusal_code(written.text()), "time_ahead");
}

TEST(Hostile, BadIdentifiersAreRefused) {
  const std::string longest(256, 'x');
  for (std::string Written::* attribute : {&Written::id, &Written::source, &Written::type, &Written::subject}) {
    const auto with = [&](const std::string& json) {
      Written written;
      written.*attribute = json;
      return refusal_code(written.text());
    };
    EXPECT_EQ(with("\"" + longest + "\""), "accepted");
    EXPECT_EQ(with("\"" + longest + "x\""), "bad_identifier");
    EXPECT_EQ(with("\"\""), "bad_identifier");
    EXPECT_EQ(with(R"("a\nb")"), "bad_identifier");
    EXPECT_EQ(with(R"("a\u0000")"), "bad_identifier");
    EXPECT_EQ(with("\"a\x7f\""), "bad_identifier");
    EXPECT_EQ(with(R"("a\u0085b")"), "bad_identifier");
    EXPECT_EQ(with("\"工单/1 é\""), "accepted");
  }
}

TEST(Hostile, OtherVersionsAndContentsAreRefused) {
  Written written;
  written.specversion = R"("0.3")";
  EXPECT_EQ(refusal(written), "unsupported_specversion: specversion is not 1.0");
  written = {};
  written.more = R"("datacontenttype":"application/xml")";
  EXPECT_EQ(refusal(written), "unsupported_content: datacontenttype is not application/json");
  written.more = R"("datacontenttype":"application/jsonp")";
  EXPECT_EQ(refusal_code(written.text()), "unsupported_content");
  written.more = R"("datacontenttype":"Application/JSON")";
  EXPECT_EQ(refusal(written), "accepted");
  written.more = R"("data_base64":"e30=")";
  EXPECT_EQ(refusal_code(written.text()), "unsupported_content");
}

TEST(Hostile, FieldsOfAnotherKindAreRefusedByName) {
  const auto with = [](const std::string& field) {
    Written written;
    written.data = R"({"unit":"u",)" + field + "}";
    return refusal(written);
  };
  EXPECT_EQ(with(R"("hop":"1")"), "wrong_type: hop is not an integer of 64 bits");
  EXPECT_EQ(with(R"("hop":1.0)"), "wrong_type: hop is not an integer of 64 bits");
  EXPECT_EQ(with(R"("hop":1e3)"), "wrong_type: hop is not an integer of 64 bits");
  EXPECT_EQ(with(R"("hop":18446744073709551615)"), "wrong_type: hop is not an integer of 64 bits");
  EXPECT_EQ(with(R"("hop":true)"), "wrong_type: hop is not an integer of 64 bits");
  EXPECT_EQ(with(R"("hop":[1])"), "wrong_type: hop is not an integer of 64 bits");
  EXPECT_EQ(with(R"("lead":1)"), "wrong_type: lead is not true or false");
  EXPECT_EQ(with(R"("lead":"true")"), "wrong_type: lead is not true or false");
  EXPECT_EQ(with(R"("due":"2026-03-03")"), "wrong_type: due is not an RFC 3339 time with a zone");
  EXPECT_EQ(with(R"("due":1772413960)"), "wrong_type: due is not an RFC 3339 time with a zone");
  EXPECT_EQ(with(R"("area":7)"), "wrong_type: area is not a string");
  EXPECT_EQ(with(R"("area":{"id":"7"})"), "wrong_type: area is not a string");

  Written written;
  written.type = R"("dispatch.whistled")";
  for (const char* units : {"\"a\"", "[1]", "[\"a\",null]", "[[\"a\"]]", "{}"}) {
    written.data = std::string(R"({"units":)") + units + "}";
    EXPECT_EQ(refusal(written), "wrong_type: units is not an array of strings") << units;
  }
  written.type = R"("sensor.read")";
  for (const char* reading : {"\"NaN\"", "\"\\u0661\"", "\"1,5\"", "\"0x1f\"", "\"1.\"", "\"-\"", "\"1e\"", "true"}) {
    written.data = std::string(R"({"metric":"gas","reading":)") + reading + "}";
    EXPECT_EQ(refusal(written), "wrong_type: reading is not a number") << reading;
  }
}

TEST(Hostile, NumbersBeyond64BitsAreRefusedWhereverTheyStand) {
  const auto with = [](const std::string& number) {
    Written written;
    written.data = R"({"unit":"u","unheard_of":)" + number + "}";
    return refusal_code(written.text());
  };
  EXPECT_EQ(with("123456789012345678901234567890"), "wrong_type");
  EXPECT_EQ(with("1e999"), "wrong_type");
  EXPECT_EQ(with("-123456789012345678901234567890"), "wrong_type");
}

TEST(Hostile, EveryByteFlipIsDecidedWithoutHarm) {
  Written written;
  written.type = R"("request.reported")";
  written.data =
      R"( { "area": "g\u0037", "latitude": 35.10, "evidence": ["a", "\n"], "text": "路灯", "priority": 2 } )";
  const std::string text = written.text();
  ASSERT_EQ(refusal(text), "accepted");
  Decoder decoder;
  Event event;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x02, 0x20, 0x80, 0xff}) {
      std::string bad = text;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ flip);
      const auto done = decoder.decode(bad, logged(), event);
      EXPECT_TRUE(done || !done.error().detail.empty());
    }
  }
  EXPECT_TRUE(decoder.decode(text, logged(), event));
}

RC_GTEST_PROP(Hostile, ArbitraryBytesDoNoHarm, (const std::string& bytes)) {
  const auto event = decode(bytes);
  RC_ASSERT(!event);
}

TEST(Reasons, AreFoundByTheirCode) {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_EQ(find_reason(code(reason)), reason);
    EXPECT_FALSE(doc(reason).empty());
  }
  EXPECT_EQ(find_reason("bad_luck"), std::nullopt);
}

}  // namespace

}  // namespace topics
