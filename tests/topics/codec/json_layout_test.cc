#include "topics/codec/json_layout.h"

#include <gtest/gtest.h>

#include <string>

#include "topics/codec/json_text.h"
#include "topics/contract/asyncapi.h"

namespace topics {

namespace {

TEST(JsonLayout, WhatFitsALineStaysOnIt) {
  EXPECT_EQ(laid_out(R"( { "a":[1 , "x,\":y" ] ,"b":{ } } )"), "{\"a\": [1, \"x,\\\":y\"], \"b\": {}}\n");
  EXPECT_EQ(laid_out("7"), "7\n");
}

TEST(JsonLayout, WhatDoesNotIsBrokenUp) {
  const std::string sixty(60, 'x');
  EXPECT_EQ(laid_out(R"({"short":[1,2],"long":[")" + sixty + R"(",{"a":")" + sixty + R"("}]})"),
            "{\n"
            "  \"short\": [1, 2],\n"
            "  \"long\": [\n"
            "    \"" +
                sixty +
                "\",\n"
                "    {\"a\": \"" +
                sixty +
                "\"}\n"
                "  ]\n"
                "}\n");
}

TEST(JsonLayout, NothingButWhiteSpaceIsAdded) {
  const std::string document = asyncapi("town.");
  std::string compact;
  append_compact(compact, document);
  EXPECT_EQ(laid_out(compact), document);
  std::string again;
  append_compact(again, laid_out(compact));
  EXPECT_EQ(again, compact);
}

}  // namespace

}  // namespace topics
