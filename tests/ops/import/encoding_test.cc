#include "ops/import/encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

#include "ops/import/csv.h"

namespace {

// Bytes that come in pieces of given sizes; the last size goes on.
class Pieces final : public ops::TextStream {
 public:
  Pieces(std::string bytes, std::vector<std::size_t> sizes) : bytes_(std::move(bytes)), sizes_(std::move(sizes)) {}
  engine::Result<bool> read(std::string& out) override {
    if (at_ == bytes_.size()) return false;
    const std::size_t size = sizes_[std::min(piece_++, sizes_.size() - 1)];
    out += bytes_.substr(at_, size);
    at_ = std::min(bytes_.size(), at_ + size);
    return true;
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> sizes_;
  std::size_t at_ = 0;
  std::size_t piece_ = 0;
};

struct Decoded {
  std::string text;
  std::uint64_t bad_bytes = 0;
  std::size_t first_bad_line = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(const std::string& bytes, std::vector<std::size_t> sizes = {SIZE_MAX}) {
  const auto stream = ops::decode_gb18030(std::make_unique<Pieces>(bytes, std::move(sizes))).value();
  Decoded result;
  while (stream->read(result.text).value()) {
  }
  result.bad_bytes = stream->undecodable().bytes;
  result.first_bad_line = stream->undecodable().first_line;
  return result;
}

TEST(Gb18030, ReadsCharactersOfOneTwoAndFourBytes) {
  EXPECT_EQ(decode("a\xB9\xA4\xB5\xA5\x81\x39\xEE\x39\n").text, "a工单㐀\n");
  EXPECT_EQ(decode("\x94\x39\xDA\x33").text, "\xF0\x9F\x92\xA9");  // beyond the basic plane
  EXPECT_EQ(decode("\xA2\xE3").text, "€");
}

TEST(Gb18030, ReplacesAndCountsWhatItCannotRead) {
  EXPECT_EQ(decode("a\xFF,\xB9\xA4\n"), (Decoded{"a\uFFFD,工\n", 1, 1}));
  EXPECT_EQ(decode("1\n2\n\xFF\xFF\n"), (Decoded{"1\n2\n\uFFFD\uFFFD\n", 2, 3}));
  EXPECT_EQ(decode("x\xB9"), (Decoded{"x\uFFFD", 1, 1})) << "cut off within a character";
  EXPECT_EQ(decode("\x81\x30\x81"), (Decoded{"\uFFFD0\uFFFD", 2, 1}));
  EXPECT_EQ(decode(""), (Decoded{}));
}

TEST(Gb18030, DecodesAMegabyteOfGarbageQuickly) {
  const Decoded garbage = decode(std::string(1u << 20, '\xFF'), {100'000});
  EXPECT_EQ(garbage.bad_bytes, 1u << 20);
  EXPECT_TRUE(ops::is_utf8(garbage.text));
}

TEST(Gb18030, IsTheSameHoweverItIsCut) {
  const bool holds = rc::check("the text does not depend on the pieces", [] {
    // Mostly Chinese, with line ends, characters of four bytes, and now and then a byte that is wrong.
    std::string bytes;
    const auto parts = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12));
    for (const int part : parts) {
      static const char* const kParts[] = {
          "\xB9\xA4", "\xB5\xA5",         "a",    "\n", "\x81\x39\xEF\x30", ",",
          "\xFF",     "\x94\x39\xDA\x33", "\x81", "7",  "\xC4\xE3",         "\x81\x30"};
      bytes += kParts[part];
    }
    auto sizes = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 6));
    sizes.push_back(*rc::gen::inRange<std::size_t>(1, 4));
    const Decoded whole = decode(bytes);
    RC_ASSERT(decode(bytes, sizes) == whole);
    RC_ASSERT(ops::is_utf8(whole.text));
  });
  EXPECT_TRUE(holds);
}

}  // namespace
