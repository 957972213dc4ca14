#include "ops/import/xlsx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/ops/import/xlsx_file.h"
#include "tests/support/scratch.h"

namespace {

using import_test::XlsxFile;

constexpr const char* kHeader = R"(<row r="1"><c r="A1" t="str"><v>ID</v></c><c r="B1" t="str"><v>WHEN</v></c></row>)";

class Xlsx : public testing::Test {
 protected:
  engine::Result<std::string> read(const std::string& path, const ops::SourceFormat& format = {}) {
    const ops::SourceText text = TRY(ops::read_source_text(path, format, memory_bytes_, {scratch_.path("")}));
    std::string out;
    TRY(text.read(0, text.size(), out));
    return out;
  }
  std::string text(const XlsxFile& file, const ops::SourceFormat& format = {}) {
    file.write(scratch_.path("a.xlsx"));
    const auto out = read(scratch_.path("a.xlsx"), format);
    return out ? *out : "refused: " + out.error().message;
  }
  // The second row of a sheet, whose first has three columns.
  std::string row(const std::string& cells, const std::string& workbook = XlsxFile().workbook) {
    const std::string out = text(
        {.sheet = R"(<row><c t="str"><v>A</v></c><c t="str"><v>B</v></c><c t="str"><v>C</v></c></row><row>)" + cells +
                  "</row>",
         .strings = R"(<si><t>zero</t></si><si><r><t>one </t></r><r><t>&amp; two</t></r><rPh><t>aid</t></rPh></si>)",
         .workbook = workbook});
    return out.starts_with("A,B,C") ? out.substr(std::min<std::size_t>(6, out.size())) : out;
  }
  void bytes(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

  support::Scratch scratch_;
  std::uint64_t memory_bytes_ = 64u << 20;
};

TEST_F(Xlsx, GivesALineForEachRowSoThatLinesCountAsRowsDo) {
  EXPECT_EQ(text({.sheet = std::string(kHeader) + R"(<row r="4"><c r="B4"><v>7</v></c></row><row r="5"/>)"
                                                  R"(<row r="6"><c r="A6"><v>8</v></c></row>)"}),
            "ID,WHEN\n\n\n,7\n\n8,");
}

TEST_F(Xlsx, ReadsSharedInlineAndFormulaTexts) {
  EXPECT_EQ(row(R"(<c t="s"><v>1</v></c><c t="inlineStr"><is><t>in</t><r><t> line</t></r></is></c>)"
                R"(<c t="str"><f>A1&amp;B1</f><v>x_x000D_y</v></c>)"),
            "one & two,in line,x y");
}

TEST_F(Xlsx, QuotesWhatNeedsItAndTurnsLineBreaksIntoBlanks) {
  EXPECT_EQ(row("<c t=\"str\"><v>a,b</v></c><c t=\"str\"><v>say \"hi\"</v></c><c t=\"str\"><v>two\nlines</v></c>"),
            "\"a,b\",\"say \"\"hi\"\"\",two lines");
}

TEST_F(Xlsx, ReadsDatesOfBothSystems) {
  // 2026-03-02 09:12:40 is 46083.38379629630 from 1900 on, 1462 days less from 1904 on.
  EXPECT_EQ(row(R"(<c s="1"><v>46083.3837962963</v></c><c s="1"><v>46083</v></c><c><v>46083</v></c>)"),
            "2026-03-02 09:12:40,2026-03-02 00:00:00,46083");
  EXPECT_EQ(row(R"(<c s="1"><v>44621.3837962963</v></c><c s="1"/><c t="d"><v>2026-03-02T09:12:40</v></c>)",
                R"(<workbookPr date1904="1"/><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets>)"),
            "2026-03-02 09:12:40,,2026-03-02 09:12:40");
}

TEST_F(Xlsx, ReadsNumbersWithoutFractionsTruthsAndErrors) {
  EXPECT_EQ(row(R"(<c><v>12.0</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c>)"), "12,TRUE,#N/A");
}

TEST_F(Xlsx, FillsShortRowsAndKeepsWhatIsTooMuch) {
  EXPECT_EQ(row(R"(<c><v>1</v></c>)"), "1,,");
  EXPECT_EQ(row(R"(<c r="A2"><v>1</v></c><c r="E2"><v>5</v></c>)"), "1,,,,5");
}

TEST_F(Xlsx, PassesOverTitlesAndTakesTheLowestOfMergedHeaders) {
  const std::string sheet = R"(<row r="1"><c r="A1" t="str"><v>A title over it all</v></c></row>)"
                            R"(<row r="2"><c r="A2" t="str"><v>ID</v></c><c r="B2" t="str"><v>Times</v></c></row>)"
                            R"(<row r="3"><c r="B3" t="str"><v>Sent</v></c><c r="C3" t="str"><v>Done</v></c></row>)"
                            R"(<row r="4"><c r="A4"><v>1</v></c></row>)";
  EXPECT_EQ(text({.sheet = sheet}, {.header_rows = 2}), "\n\nID,Sent,Done\n1,,");
  EXPECT_EQ(text({.sheet = sheet}), "\nID,Times\n,Sent,Done\n1,");
}

TEST_F(Xlsx, ReadsTheSheetThatIsNamed) {
  XlsxFile file{.sheet = kHeader};
  file.workbook =
      R"(<sheets><sheet name="Notes" sheetId="2" r:id="rId2"/><sheet name="Rows" sheetId="1" r:id="rId1"/></sheets>)";
  file.more["xl/_rels/workbook.xml.rels"] =
      R"(<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>)"
      R"(<Relationship Id="rId2" Type="x/worksheet" Target="worksheets/notes.xml"/></Relationships>)";
  file.more["xl/worksheets/notes.xml"] = "<worksheet><sheetData/></worksheet>";
  EXPECT_EQ(text(file), "");
  EXPECT_EQ(text(file, {.sheet = "Rows"}), "ID,WHEN");
  EXPECT_NE(text(file, {.sheet = "Raws"}).find("no sheet \"Raws\"; the sheets are \"Notes\", \"Rows\""),
            std::string::npos);
}

TEST_F(Xlsx, IsTheSameTextWhenItDoesNotFitIntoMemory) {
  XlsxFile file{.sheet = kHeader};
  for (int i = 0; i < 20'000; ++i) file.sheet += "<row><c><v>" + std::to_string(i) + "</v></c><c><v>1.5</v></c></row>";
  const std::string whole = text(file);
  EXPECT_EQ(std::ranges::count(whole, '\n'), 20'000);
  memory_bytes_ = 1'000;
  EXPECT_EQ(text(file), whole);
}

TEST_F(Xlsx, NamesWhatIsWrongWithDamagedFiles) {
  XlsxFile file{.sheet = kHeader};
  for (int i = 0; i < 300; ++i) file.sheet += "<row><c><v>" + std::to_string(i * 7919 % 10007) + "</v></c></row>";
  file.write(scratch_.path("whole.xlsx"));
  std::ifstream in(scratch_.path("whole.xlsx"), std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(in), {});
  for (const std::size_t left : {whole.size() - 1, whole.size() / 2, std::size_t{40}}) {
    bytes(scratch_.path("cut.xlsx"), whole.substr(0, left));
    const auto cut = read(scratch_.path("cut.xlsx"));
    ASSERT_FALSE(cut);
    EXPECT_NE(cut.error().message.find("cut.xlsx: the spreadsheet is damaged"), std::string::npos)
        << cut.error().message;
    EXPECT_EQ(cut.error().action, engine::Action::invalid);
  }
  // No flipped byte may crash it or change the text unnoticed: parts have checksums.
  const std::string right = text(file);
  for (std::size_t at = 4; at < whole.size(); at += 7) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    bytes(scratch_.path("flipped.xlsx"), flipped);
    const auto out = read(scratch_.path("flipped.xlsx"));
    if (out) {
      EXPECT_EQ(*out, right) << "byte " << at;
    }
  }
}

TEST_F(Xlsx, RefusesSheetsThatAreNotSound) {
  const auto problem = [&](const std::string& sheet) { return text({.sheet = kHeader + sheet}); };
  EXPECT_NE(problem("<row r=\"1\"/>").find("near row 1: rows are out of order"), std::string::npos);
  EXPECT_NE(problem("<row r=\"1048577\"/>").find("more rows than a sheet can have"), std::string::npos);
  EXPECT_NE(problem(R"(<row r="2"><c r="B2"/><c r="A2"/></row>)").find("cells are out of order"), std::string::npos);
  EXPECT_NE(problem(R"(<row r="2"><c r="XFE2"/></row>)").find("cells are out of order"), std::string::npos);
  EXPECT_NE(problem(R"(<row r="2"><c t="s"><v>9</v></c></row>)").find("a missing text"), std::string::npos);
  EXPECT_NE(problem("<row>").find("near row 2"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_NE(problem(deep).find("nested too deeply"), std::string::npos);
}

TEST_F(Xlsx, RefusesDocumentTypesAndTheirEntities) {
  XlsxFile file;
  file.more["xl/worksheets/sheet1.xml"] =
      "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><worksheet><sheetData/></worksheet>";
  EXPECT_NE(text(file).find("it contains a document type declaration"), std::string::npos) << text(file);
}

TEST_F(Xlsx, RefusesWhatUnpacksToFarMoreThanItIs) {
  const XlsxFile bomb{.sheet = kHeader + std::string(48u << 20, ' ')};
  EXPECT_NE(text(bomb).find("unpacks to more than 250 times its size"), std::string::npos);
  const XlsxFile tag{.sheet = std::string(kHeader) + "<row r=\"" + std::string(3u << 20, '1')};
  EXPECT_NE(text(tag).find("a tag is too long"), std::string::npos);
}

TEST_F(Xlsx, SaysWhichOtherFormatItIs) {
  XlsxFile archive;
  archive.more["_rels/.rels"] = "<Relationships/>";
  EXPECT_NE(text(archive).find("is an archive without an XLSX workbook"), std::string::npos);
  const std::string compound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(3'000'000, 'x');
  bytes(scratch_.path("old.xls"), compound);
  EXPECT_NE(read(scratch_.path("old.xls")).error().message.find("is an old spreadsheet (.xls)"), std::string::npos);
  std::string wide;
  for (const char c : std::string("EncryptedPackage")) wide.append({c, '\0'});
  bytes(scratch_.path("locked.xlsx"), compound + wide);
  EXPECT_NE(read(scratch_.path("locked.xlsx")).error().message.find("save it without a password"), std::string::npos);
}

}  // namespace
