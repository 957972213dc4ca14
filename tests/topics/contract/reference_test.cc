#include "topics/contract/reference.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace topics {

namespace {

TEST(Reference, ReadmeTablesAreRenewed) {
  std::ifstream in(GRIDLOOP_SOURCE_DIR "/topics/README.md", std::ios::binary);
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  ASSERT_FALSE(readme.empty());
  EXPECT_TRUE(with_reference(readme) == readme) << "run: build/release/topics/topics_doc topics/README.md";
  for (const char* table : {"limits", "reasons", "topics", "types", "fields", "aliases", "counters", "indicators"}) {
    EXPECT_NE(readme.find(std::string("<!-- generated: ") + table + " -->\n"), std::string::npos) << table;
  }
}

TEST(Reference, OnlyKnownBlocksAreReplaced) {
  EXPECT_EQ(with_reference("no blocks"), "no blocks");
  EXPECT_EQ(with_reference("a <!-- generated: rumours -->\nkept\n<!-- end --> b"),
            "a <!-- generated: rumours -->\nkept\n<!-- end --> b");
  EXPECT_EQ(with_reference("<!-- generated: limits -->\nopen"), "<!-- generated: limits -->\nopen");
  const std::string renewed = with_reference("a\n<!-- generated: limits -->\nold\n<!-- end -->\nb\n");
  EXPECT_TRUE(renewed.starts_with("a\n<!-- generated: limits -->\n| what |"));
  EXPECT_TRUE(renewed.ends_with("|\n<!-- end -->\nb\n"));
  EXPECT_EQ(renewed.find("old"), std::string::npos);
  EXPECT_EQ(with_reference(renewed), renewed);
}

}  // namespace

}  // namespace topics
