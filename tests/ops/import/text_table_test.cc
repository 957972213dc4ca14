#include "ops/cli/text_table.h"

#include <gtest/gtest.h>

namespace {

using ops::LineEnds;
using ops::printable;

TEST(Printable, LeavesTextAsItIs) {
  for (const char* text : {"", "Grid 7", "网格 7", "Ça déborde", "🚧", "C:\\temp"}) EXPECT_EQ(printable(text), text);
}

TEST(Printable, WritesControlCharactersOut) {
  EXPECT_EQ(printable("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(printable(std::string_view("a\0b\tc\rd\x7f", 8)), "a\\x00b\\x09c\\x0dd\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");  // U+009B begins a sequence as ESC [ does
}

TEST(Printable, WritesLineEndsOutUnlessTheyAreKept) {
  EXPECT_EQ(printable("a\nb\x1b"), "a\\nb\\x1b");
  EXPECT_EQ(printable("a\nb\x1b", LineEnds::kept), "a\nb\\x1b");
}

TEST(Printable, WritesMarksThatTurnTheTextOut) {
  EXPECT_EQ(printable("a\u202e"
                      "b\u202a\u2066\u2069\u2028"),
            "a\\u202eb\\u202a\\u2066\\u2069\\u2028");
  EXPECT_EQ(printable("\u2027\u202f\u2065\u206a"), "\u2027\u202f\u2065\u206a");
}

TEST(Printable, WritesBytesThatAreNoUtf8Out) {
  EXPECT_EQ(printable("\xff\xc0\x80"
                      "a\xe2\x82"),
            "\\xff\\xc0\\x80a\\xe2\\x82");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a surrogate pair
}

TEST(TextTable, ShowsItsCellsPrintable) {
  ops::TextTable table({{"Unit"}, {"N", ops::TextTable::Align::right}});
  table.add({"\x1b[2J", "7"});
  EXPECT_EQ(table.text(), "Unit     N\n\\x1b[2J  7\n");
}

TEST(TextTable, AlignsByTheWidthOnATerminal) {
  ops::TextTable table({{"Unit"}, {"N", ops::TextTable::Align::right}});
  table.add({"网格", "1"});
  table.add({"cafe\u0301s", "2"});  // an e with a combining accent
  table.add({"\u2e3a–", "3"});      // dashes, one column each
  EXPECT_EQ(table.text(), "Unit   N\n网格   1\ncafe\u0301s  2\n\u2e3a–     3\n");
}

}  // namespace
