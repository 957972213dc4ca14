#pragma once

#include <gtest/gtest.h>
#include <zip.h>

#include <map>
#include <string>

namespace import_test {

// A workbook of one sheet, made from the texts of its parts; a test changes what it is about.
struct XlsxFile {
  std::string sheet;    // what stands in <sheetData>
  std::string strings;  // ... in <sst>
  std::string styles = R"(<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>)";
  std::string workbook = R"(<sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets>)";
  std::map<std::string, std::string> more;  // parts to add or to replace
  int compression = ZIP_CM_DEFAULT;

  std::map<std::string, std::string> parts() const {
    const std::string type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    std::map<std::string, std::string> result = more;
    result.insert({{"_rels/.rels", R"(<Relationships><Relationship Id="a" Type=")" + type +
                                       R"(officeDocument" Target="xl/workbook.xml"/></Relationships>)"},
                   {"xl/workbook.xml", R"(<workbook xmlns:r="r">)" + workbook + "</workbook>"},
                   {"xl/_rels/workbook.xml.rels",
                    R"(<Relationships><Relationship Id="rId1" Type=")" + type +
                        R"(worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="s" Type=")" + type +
                        R"(styles" Target="/xl/styles.xml"/><Relationship Id="t" Type=")" + type +
                        R"(sharedStrings" Target="sharedStrings.xml"/></Relationships>)"},
                   {"xl/styles.xml", "<styleSheet>" + styles + "</styleSheet>"},
                   {"xl/sharedStrings.xml", "<sst>" + strings + "</sst>"},
                   {"xl/worksheets/sheet1.xml", "<worksheet><sheetData>" + sheet + "</sheetData></worksheet>"}});
    return result;
  }

  void write(const std::string& path) const {
    int code = 0;
    zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    ASSERT_NE(zip, nullptr) << code;
    const auto all = parts();
    for (const auto& [name, text] : all) {
      const zip_int64_t index =
          zip_file_add(zip, name.c_str(), zip_source_buffer(zip, text.data(), text.size(), 0), ZIP_FL_ENC_UTF_8);
      ASSERT_GE(index, 0);
      ASSERT_EQ(zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), compression, 9), 0);
    }
    ASSERT_EQ(zip_close(zip), 0) << zip_strerror(zip);
  }
};

}  // namespace import_test
