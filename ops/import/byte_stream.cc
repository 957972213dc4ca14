#include "ops/import/byte_stream.h"

#include <fmt/format.h>
#include <zstd.h>

namespace ops {
namespace {

constexpr std::size_t kPieceBytes = 256u << 10;

class PlainStream final : public TextStream {
 public:
  explicit PlainStream(const engine::File& file) : file_(file) {}

  engine::Result<bool> read(std::string& out) override {
    const std::size_t before = out.size();
    out.resize(before + kPieceBytes);
    const std::size_t got = TRY(file_.read(position_, out.data() + before, kPieceBytes));
    out.resize(before + got);
    position_ += got;
    return got > 0;
  }

 private:
  const engine::File& file_;
  std::uint64_t position_ = 0;
};

class ZstdStream final : public TextStream {
 public:
  ZstdStream(std::string path, const engine::File& file)
      : path_(std::move(path)), bytes_(file), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    CHECK(context_ != nullptr);
  }

  engine::Result<bool> read(std::string& out) override {
    if (in_.pos == in_.size && more_) {
      total_ += piece_.size();
      piece_.clear();
      more_ = TRY(bytes_.read(piece_));
      in_ = {piece_.data(), piece_.size(), 0};
    }
    if (in_.pos == in_.size && expected_ == 0) return false;
    const std::size_t before = out.size();
    out.resize(before + kPieceBytes);
    ZSTD_outBuffer to{out.data() + before, kPieceBytes, 0};
    const std::size_t consumed = in_.pos;
    expected_ = ZSTD_decompressStream(context_.get(), &to, &in_);
    out.resize(before + to.pos);
    if (ZSTD_isError(expected_)) {
      return engine::fail(engine::Action::invalid,
                          fmt::format("{}: damaged Zstandard file: {}", path_, ZSTD_getErrorName(expected_)));
    }
    if (expected_ != 0 && to.pos == 0 && in_.pos == consumed && !more_) {
      return engine::fail(engine::Action::invalid,
                          fmt::format("{}: Zstandard file is truncated after {} bytes", path_, total_ + piece_.size()));
    }
    return true;
  }

 private:
  std::string path_;
  PlainStream bytes_;
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context_;
  std::string piece_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  std::size_t expected_ = 1;  // 0 at the end of a frame
  bool more_ = true;
  std::uint64_t total_ = 0;
};

}  // namespace

std::unique_ptr<TextStream> read_plain(const engine::File& file) {
  return std::make_unique<PlainStream>(file);
}

std::unique_ptr<TextStream> read_zstd(const std::string& path, const engine::File& file) {
  return std::make_unique<ZstdStream>(path, file);
}

}  // namespace ops
