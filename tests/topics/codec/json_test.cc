#include "engine/json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <limits>

#include "topics/codec/base64.h"
#include "topics/codec/json_text.h"

namespace topics {

namespace {

std::string as_json(std::string_view text) {
  std::string out;
  engine::append_json_string(out, text);
  return out;
}

// What simdjson makes of a JSON string.
std::string judged(const std::string& json) {
  simdjson::dom::parser parser;
  std::string_view text;
  if (parser.parse(json).get(text) != simdjson::SUCCESS) return "refused: " + json;
  return std::string(text);
}

TEST(Json, StringsAreEscapedAsNeeded) {
  EXPECT_EQ(as_json("plain text of more than eight bytes"), "\"plain text of more than eight bytes\"");
  EXPECT_EQ(as_json("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(as_json("\n\r\t\b\f\x01\x1f\x7f"), "\"\\n\\r\\t\\b\\f\\u0001\\u001f\x7f\"");
  EXPECT_EQ(as_json(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(as_json("路灯🚨é"), "\"路灯🚨é\"");
}

TEST(Json, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(as_json("a\xff"
                    "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  for (const std::string_view bad : {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xf0\x9f",
                                     "\xe8\xb7", "\xf4\x90\x80\x80"}) {
    const std::string json = as_json(bad);
    EXPECT_TRUE(simdjson::validate_utf8(json.data(), json.size())) << json;
    EXPECT_NE(json.find("\xEF\xBF\xBD"), std::string::npos);
  }
}

RC_GTEST_PROP(Json, AnyBytesMakeAValidString, (const std::string& bytes)) {
  const std::string json = as_json(bytes);
  const std::string read = judged(json);
  if (simdjson::validate_utf8(bytes.data(), bytes.size())) {
    RC_ASSERT(read == bytes);
  } else {
    RC_ASSERT(!read.starts_with("refused"));
  }
}

TEST(Json, WriterSetsCommasByItself) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object().key("a").integer(-1).key("b").begin_array().string("x").boolean(true).null().begin_object();
  json.end_object().end_array().text_key("c\"").raw("[1]").end_object();
  EXPECT_EQ(out, R"({"a":-1,"b":["x",true,null,{}],"c\"":[1]})");
}

TEST(Json, ExtremeIntegersAreWritten) {
  std::string out;
  engine::append_integer(out, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(out, "-9223372036854775808");
}

RC_GTEST_PROP(JsonText, EscapesMeanWhatTheParserSays, ()) {
  // Every character as one of its possible escapes, or plain.
  std::string raw;
  for (const int kind : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8))) {
    switch (kind) {
      case 0:
        raw += "\\n";
        break;
      case 1:
        raw += "\\\"";
        break;
      case 2:
        raw += "\\u8def";
        break;
      case 3:
        raw += "\\uD83D\\uDea8";
        break;
      case 4:
        raw += "\\/\\b\\f\\r\\t\\\\";
        break;
      case 5:
        raw += "灯";
        break;
      case 6:
        raw += "\\u0041\\u00e9";
        break;
      default:
        raw += "plain";
        break;
    }
  }
  std::string meant;
  append_unescaped(meant, raw);
  RC_ASSERT(meant == judged("\"" + raw + "\""));
}

TEST(JsonText, HalfASurrogatePairIsReplaced) {
  for (const std::string_view raw :
       {"\\ud83d", "\\udea8", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\u0041", "\\udea8\\ud83d"}) {
    std::string meant;
    append_unescaped(meant, raw);
    EXPECT_TRUE(simdjson::validate_utf8(meant.data(), meant.size())) << raw;
    EXPECT_TRUE(meant.starts_with("\xEF\xBF\xBD")) << raw;
  }
}

TEST(JsonText, CompactTextHasNoSpaceBetweenItsParts) {
  std::string out;
  append_compact(out, "{ \"a b\" : [ 1 ,\n\t\" \\\" \\\\\" , { } ] }");
  EXPECT_EQ(out, R"({"a b":[1," \" \\",{}]})");
}

RC_GTEST_PROP(Base64, WhatIsWrittenIsReadBack, (const std::string& bytes)) {
  RC_ASSERT(from_base64(to_base64(bytes)) == bytes);
}

TEST(Base64, FollowsTheStandardsVectors) {
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  for (const std::string_view bad : {"Zg=", "Zg", "Z===", "Zh==", "Zg==Zg==", "Zm9v\n", "Zm$v"}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
}

}  // namespace

}  // namespace topics
