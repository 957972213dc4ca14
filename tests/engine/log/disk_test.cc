#include "engine/log/disk.h"

#include <gtest/gtest.h>

#include <climits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scratch.h"

namespace {

using namespace engine;

// A file that has no way of its own to write several pieces.
class PlainFile final : public File {
 public:
  Result<std::size_t> read(std::uint64_t position, char* out, std::size_t size) const override {
    return position < bytes.size() ? bytes.copy(out, size, position) : 0;
  }
  Result<> write(std::uint64_t position, std::string_view piece) override {
    ++writes;
    if (bytes.size() < position + piece.size()) bytes.resize(position + piece.size());
    bytes.replace(position, piece.size(), piece);
    return {};
  }
  Result<> truncate(std::uint64_t size) override {
    bytes.resize(size);
    return {};
  }
  Result<> sync() override { return {}; }
  Result<std::uint64_t> size() const override { return bytes.size(); }

  std::string bytes;
  int writes = 0;
};

class PosixDiskTest : public testing::Test {
 protected:
  std::string whole() const {
    std::string bytes(*file_->size(), '\0');
    EXPECT_EQ(*file_->read(0, bytes.data(), bytes.size()), bytes.size());
    return bytes;
  }

  PosixDisk disk_;
  const support::Scratch scratch_;
  const std::string path_ = scratch_.path("file");
  const std::unique_ptr<File> file_ = *disk_.open(path_, Disk::Mode::write);
};

TEST_F(PosixDiskTest, WritesMorePiecesThanTheSystemTakesAtOnce) {
  std::vector<std::string> texts;
  std::string expected = "begin ";
  for (int i = 0; i < 3 * IOV_MAX + 7; ++i) {
    texts.push_back(i % 5 == 0 ? std::string()
                               : std::to_string(i) + std::string(static_cast<std::size_t>(i % 90), '.'));
    expected += texts.back();
  }
  const std::vector<std::string_view> pieces(texts.begin(), texts.end());
  ASSERT_TRUE(file_->write(0, "begin "));
  for (const File::Reread reread : {File::Reread::soon, File::Reread::seldom}) {
    ASSERT_TRUE(file_->truncate(6));
    ASSERT_TRUE(file_->write_all(6, pieces, reread));
    EXPECT_EQ(whole(), expected);
  }
}

TEST_F(PosixDiskTest, WritesInTheMiddleAndLeavesTheRest) {
  ASSERT_TRUE(file_->write(0, "0123456789"));
  const std::vector<std::string_view> pieces = {"", "a", "", "bc", ""};
  ASSERT_TRUE(file_->write_all(4, pieces, File::Reread::soon));
  EXPECT_EQ(whole(), "0123abc789");
}

TEST_F(PosixDiskTest, WritesNothingWhenAllPiecesAreEmpty) {
  ASSERT_TRUE(file_->write_all(5, {}, File::Reread::soon));
  const std::vector<std::string_view> pieces(2 * IOV_MAX);
  ASSERT_TRUE(file_->write_all(5, pieces, File::Reread::soon));
  EXPECT_EQ(*file_->size(), 0u);
}

TEST_F(PosixDiskTest, ReportsWhatCannotBeWritten) {
  const auto file = *disk_.open(path_, Disk::Mode::read);
  const std::vector<std::string_view> pieces = {"a", "b"};
  const auto written = file->write_all(0, pieces, File::Reread::soon);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().action, Action::fatal);
  EXPECT_NE(written.error().message.find(path_), std::string::npos);
}

TEST(File, WritesItsPiecesAtOnceWhenItHasNoBetterWay) {
  PlainFile file;
  const std::vector<std::string_view> pieces = {"ab", "", "c"};
  ASSERT_TRUE(file.write_all(1, pieces, File::Reread::soon));
  EXPECT_EQ(file.bytes, std::string("\0abc", 4));
  EXPECT_EQ(file.writes, 1) << "a write that is torn is torn in one place";
}

}  // namespace
