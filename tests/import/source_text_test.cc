#include "ops/import/source_text.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "tests/import/scratch.h"

namespace {

std::string compressed(const std::string& text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  return bytes;
}

class SourceText : public testing::Test {
 protected:
  std::string problem(const std::string& bytes, const std::string& encoding = "utf-8") {
    const auto text = ops::read_source_text(scratch_.write("f.csv", bytes), encoding);
    return text ? "" : text.error().message;
  }
  import_test::Scratch scratch_;
};

TEST_F(SourceText, IsDecompressedWhateverItsName) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",x\n";
  EXPECT_EQ(ops::read_source_text(scratch_.write("plain.csv", text), "utf-8"), text);
  EXPECT_EQ(ops::read_source_text(scratch_.write("packed.csv", compressed(text)), "utf-8"), text);
  EXPECT_EQ(ops::read_source_text(scratch_.write("two.zst", compressed("a\n") + compressed("b\n")), "utf-8"), "a\nb\n");
}

TEST_F(SourceText, LosesItsByteOrderMark) {
  EXPECT_EQ(ops::read_source_text(scratch_.write("a", "\xEF\xBB\xBFx"), "utf-8"), "x");
  EXPECT_EQ(ops::read_source_text(scratch_.write("a", "\xEF\xBB\xBFx"), "utf-8-bom"), "x");
  EXPECT_NE(problem("x", "utf-8-bom").find("has no byte order mark"), std::string::npos);
}

TEST_F(SourceText, IsRefusedWhenCutOffDamagedOrOfAnotherFormat) {
  const std::string whole = compressed(std::string(100'000, 'x') + "abc");
  EXPECT_NE(problem(whole.substr(0, whole.size() - 3)).find("is cut off"), std::string::npos);
  EXPECT_NE(problem("\x28\xB5\x2F\xFD garbage").find("damaged Zstandard file"), std::string::npos);
  EXPECT_NE(problem("\x1F\x8B\x08").find("gzip"), std::string::npos);
  EXPECT_NE(problem("PK\x03\x04").find("spreadsheet"), std::string::npos);
  EXPECT_NE(problem("\xFF\xFE"
                    "a")
                .find("UTF-16"),
            std::string::npos);
}

TEST_F(SourceText, NamesTheFileThatCannotBeRead) {
  const auto missing = ops::read_source_text(scratch_.path("missing.csv"), "utf-8");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("missing.csv"), std::string::npos);
}

}  // namespace
