#include "ops/import/source_text.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "tests/support/scratch.h"

namespace {

std::string compressed(const std::string& text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  return bytes;
}

class SourceText : public testing::Test {
 protected:
  std::string problem(const std::string& bytes, ops::Encoding encoding = ops::Encoding::utf8) {
    const auto text = read(scratch_.write("f.csv", bytes), encoding);
    return text ? "" : text.error().message;
  }
  engine::Result<std::string> read(const std::string& path, ops::Encoding encoding = ops::Encoding::utf8) {
    const ops::SourceText text = TRY(ops::read_source_text(path, {.encoding = encoding}, memory_, {scratch_.path("")}));
    std::string out;
    TRY(text.read(0, text.size(), out));
    return out;
  }
  support::Scratch scratch_;
  std::uint64_t memory_ = 1u << 30;
};

TEST_F(SourceText, IsDecompressedWhateverItsName) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",x\n";
  EXPECT_EQ(read(scratch_.write("plain.csv", text)), text);
  EXPECT_EQ(read(scratch_.write("packed.csv", compressed(text))), text);
  EXPECT_EQ(read(scratch_.write("two.zst", compressed("a\n") + compressed("b\n"))), "a\nb\n");
}

TEST_F(SourceText, LosesItsByteOrderMark) {
  EXPECT_EQ(read(scratch_.write("a", "\xEF\xBB\xBFx")), "x");
  EXPECT_EQ(read(scratch_.write("a", "\xEF\xBB\xBFx"), ops::Encoding::utf8_bom), "x");
  EXPECT_NE(problem("x", ops::Encoding::utf8_bom).find("has no byte order mark"), std::string::npos);
}

TEST_F(SourceText, IsRefusedWhenCutOffDamagedOrOfAnotherFormat) {
  const std::string whole = compressed(std::string(100'000, 'x') + "abc");
  EXPECT_NE(problem(whole.substr(0, whole.size() - 3)).find("is truncated"), std::string::npos);
  EXPECT_NE(problem("\x28\xB5\x2F\xFD garbage").find("damaged Zstandard file"), std::string::npos);
  EXPECT_NE(problem("\x1F\x8B\x08").find("gzip"), std::string::npos);
  EXPECT_NE(problem("PK\x03\x04").find("the spreadsheet is damaged or truncated"), std::string::npos);
  EXPECT_NE(problem("\xFF\xFE"
                    "a")
                .find("UTF-16"),
            std::string::npos);
}

TEST_F(SourceText, NamesTheFileThatCannotBeRead) {
  const auto missing = read(scratch_.path("missing.csv"));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("missing.csv"), std::string::npos);
}

}  // namespace
