#include "ops/import/csv.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace {

using Fields = std::vector<std::string>;

struct Read {
  std::vector<Fields> records;
  std::vector<std::size_t> lines;
  std::vector<std::string> problems;
};

Read read(std::string_view text, char delimiter = ',') {
  Read result;
  ops::CsvReader reader(text, delimiter);
  ops::CsvRecord record;
  while (reader.next(record)) {
    result.records.emplace_back(record.fields.begin(), record.fields.end());
    result.lines.push_back(record.line);
    if (!record.problem.empty()) result.problems.push_back(record.problem);
  }
  return result;
}

TEST(CsvReader, SplitsFieldsAndKeepsEmptyOnes) {
  EXPECT_EQ(read("a,b,c\n1,,3\n,,\n").records, (std::vector<Fields>{{"a", "b", "c"}, {"1", "", "3"}, {"", "", ""}}));
}

TEST(CsvReader, ReadsQuotedDelimitersLineEndsAndDoubledQuotes) {
  const Read result = read("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",\"\"\n");
  EXPECT_EQ(result.records, (std::vector<Fields>{{"a", "b"}, {"x, y", "say \"hi\""}, {"two\r\nlines", ""}}));
  EXPECT_TRUE(result.problems.empty());
}

TEST(CsvReader, TreatsCrlfAndAMissingLastLineEndAsLineEnds) {
  EXPECT_EQ(read("a,b\r\n1,2\r\n3,4").records, (std::vector<Fields>{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(read("a,b\r\n1,\"2\"\r\n").records, (std::vector<Fields>{{"a", "b"}, {"1", "2"}}));
}

TEST(CsvReader, PassesOverByteOrderMarkAndEmptyLines) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a,b\n\n1,2\n\r\n\n")
                .records,
            (std::vector<Fields>{{"a", "b"}, {"1", "2"}}));
}

TEST(CsvReader, HonoursTheDelimiter) {
  EXPECT_EQ(read("a;b\n1,5;\"2;3\"\n", ';').records, (std::vector<Fields>{{"a", "b"}, {"1,5", "2;3"}}));
}

TEST(CsvReader, TakesAQuoteInsideAnUnquotedFieldAsItIs) {
  EXPECT_EQ(read("a,b\n5\" pipe,x\n").records[1], (Fields{"5\" pipe", "x"}));
}

TEST(CsvReader, CountsLinesAcrossQuotedLineEnds) {
  EXPECT_EQ(read("a\n\"1\n2\n3\"\n4\n").lines, (std::vector<std::size_t>{1, 2, 5}));
}

TEST(CsvReader, ReportsRaggedRowsAndGoesOn) {
  const Read result = read("a,b\n1\n1,2,3\n1,2\n");
  EXPECT_EQ(result.records.size(), 4u);
  EXPECT_EQ(result.problems, (Fields{"1 fields where the header has 2", "3 fields where the header has 2"}));
}

TEST(CsvReader, ReportsAQuoteThatIsNeverClosed) {
  EXPECT_EQ(read("a,b\n1,\"2\n3,4\n").problems,
            (Fields{"the quote opened on line 2 is never closed; the rest was not read"}));
}

TEST(CsvReader, ReportsTextAfterAClosingQuoteAndGoesOn) {
  const Read result = read("a,b\n\"1\"x,2\n3,4\n");
  EXPECT_EQ(result.problems, (Fields{"field 1 continues after its closing quote"}));
  EXPECT_EQ(result.records.back(), (Fields{"3", "4"}));
}

TEST(CsvReader, ReportsBytesThatAreNotUtf8) {
  EXPECT_EQ(read("a,b\n1,\xC3\x28\n").problems, (Fields{"its text is not UTF-8"}));
  EXPECT_TRUE(read("a,b\n网格,街道\n").problems.empty());
}

TEST(CsvReader, ReadsARecordAgainFromItsPosition) {
  const std::string text = "a,b\n\"x\ny\",1\nz,2\n";
  ops::CsvReader reader(text, ',');
  ops::CsvRecord record;
  reader.next(record);
  reader.next(record);
  ops::CsvReader again(text, ',');
  ops::CsvRecord same;
  again.read_at(record.position, same);
  EXPECT_EQ(same.fields, record.fields);
}

TEST(CsvReader, GivesBackWhateverWasWrittenInQuotes) {
  rc::check([](std::vector<std::vector<std::string>> drawn) {
    std::string text = "\"h1\",\"h2\"\n";
    std::vector<Fields> expected = {{"h1", "h2"}};
    for (auto& row : drawn) {
      row.resize(2);
      expected.push_back(row);
      for (std::size_t i = 0; i < row.size(); ++i) {
        text += i == 0 ? "\"" : ",\"";
        for (char& c : row[i]) {
          c = static_cast<char>(c & 0x7f);
          text += c == '"' ? "\"\"" : std::string(1, c);
        }
        text += '"';
        expected.back()[i] = row[i];
      }
      text += "\r\n";
    }
    RC_ASSERT(read(text).records == expected);
  });
}

TEST(IsUtf8, AcceptsWholeCharactersOnly) {
  EXPECT_TRUE(ops::is_utf8("plain, and long enough for a word"));
  EXPECT_TRUE(ops::is_utf8("\xF0\x9F\x98\x80"));
  EXPECT_FALSE(ops::is_utf8("\xF0\x9F\x98"));
  EXPECT_FALSE(ops::is_utf8("\xC0\xAF"));          // overlong
  EXPECT_FALSE(ops::is_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(ops::is_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(ops::is_utf8("12345678\x80"));
}

}  // namespace
