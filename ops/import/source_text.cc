#include "ops/import/source_text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

#include <algorithm>

#include "ops/import/byte_stream.h"
#include "ops/import/xlsx.h"

namespace ops {
namespace {

using engine::Action;
using engine::Result;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kZstd = "\x28\xB5\x2F\xFD";
constexpr std::string_view kCompoundFile = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
constexpr std::size_t kPieceBytes = 1u << 20;

Result<std::unique_ptr<engine::File>> open(const std::string& path) {
  engine::PosixDisk disk;
  if (!TRY(disk.exists(path))) return engine::fail(Action::invalid, fmt::format("file {} does not exist", path));
  return TRY(disk.open(path, engine::Disk::Mode::read));
}

// Why a text that begins with `head` is none; nothing when it may be one.
std::string_view other_format(std::string_view head) {
  if (head.starts_with("\x1F\x8B")) return "is compressed with gzip; unpack it, or compress it with zstd";
  if (head.starts_with(kZip)) return "is a spreadsheet or zip archive in a compressed file; unpack it first";
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) return "is UTF-16; save it as UTF-8";
  return {};
}

// Puts back what was read to look at it.
class Resumed final : public TextStream {
 public:
  Resumed(std::string head, std::unique_ptr<TextStream> rest) : head_(std::move(head)), rest_(std::move(rest)) {}

  Result<bool> read(std::string& out) override {
    if (head_.empty()) return rest_->read(out);
    out += head_;
    head_.clear();
    return true;
  }

 private:
  std::string head_;
  std::unique_ptr<TextStream> rest_;
};

// The text that `bytes` are in `encoding`, without its byte order mark.
Result<std::unique_ptr<TextStream>> decoded(const std::string& path, std::unique_ptr<TextStream> bytes,
                                            Encoding encoding) {
  std::string head;
  while (head.size() < kZip.size() && TRY(bytes->read(head))) {
  }
  if (const std::string_view why = other_format(head); !why.empty()) {
    return engine::fail(Action::invalid, fmt::format("{}: {}", path, why));
  }
  const bool has_mark = head.starts_with(kByteOrderMark);
  if (has_mark) head.erase(0, kByteOrderMark.size());
  if (!has_mark && encoding == Encoding::utf8_bom) {
    return engine::fail(
        Action::invalid,
        fmt::format("{}: has no byte order mark, although the mapping says encoding \"utf-8-bom\"", path));
  }
  auto whole = std::make_unique<Resumed>(std::move(head), std::move(bytes));
  if (!has_mark && encoding == Encoding::gb18030) return decode_gb18030(std::move(whole));
  return whole;
}

// `expected_bytes`: how long the text will be, about; 0 when that is not known.
Result<SourceText> gather(TextStream& stream, std::uint64_t memory_bytes, const TempPlace& temp,
                          std::uint64_t expected_bytes = 0) {
  std::string text;
  constexpr std::size_t kPieceRoom = 512u << 10;  // a stream makes room for a piece before it knows that none comes
  text.reserve(static_cast<std::size_t>(std::min(memory_bytes, expected_bytes)) + kPieceRoom);
  bool more = true;
  while (more && text.size() <= memory_bytes) more = TRY(stream.read(text));
  if (!more) {
    SourceText result(std::move(text));
    result.set_undecodable(stream.undecodable());
    return result;
  }
  TempFile spilled = TRY(TempFile::create(temp));
  while (more) {
    TRY(spilled.append(text));
    text.clear();
    more = TRY(stream.read(text));
  }
  TRY(spilled.append(text));
  TRY(spilled.finish());
  const std::uint64_t size = spilled.size();
  SourceText result("the temporary file of the import", std::move(spilled).release(), 0, size);
  result.set_undecodable(stream.undecodable());
  return result;
}

}  // namespace

Result<> SourceText::read(std::uint64_t position, std::size_t most, std::string& out) const {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, size_ - position));
  if (in_memory()) {
    out.append(text_, position, size);
    return {};
  }
  const std::size_t before = out.size();
  out.resize(before + size);
  const std::size_t got = TRY(file_->read(begin_ + position, out.data() + before, size));
  if (got == size) return {};
  return engine::fail(Action::invalid, fmt::format("{}: became shorter while it was read", path_));
}

Result<> SourceText::add_to(TextDigest& digest) const {
  if (in_memory()) {
    digest.add(text_);
    return {};
  }
  if (!known_hash_) {
    XXH3_state_t state{};  // resetting reads it
    XXH3_128bits_reset(&state);
    std::string piece;
    for (std::uint64_t at = 0; at < size_; at += piece.size()) {
      piece.clear();
      TRY(read(at, kPieceBytes, piece));
      XXH3_128bits_update(&state, piece.data(), piece.size());
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(&state);
    known_hash_ = engine::Hash128{hash.high64, hash.low64};
  }
  digest.add(*known_hash_);
  return {};
}

Result<SourceText> read_source_text(const std::string& path, const SourceFormat& format, std::uint64_t memory_bytes,
                                    const TempPlace& temp) {
  std::unique_ptr<engine::File> file = TRY(open(path));
  std::string head(kCompoundFile.size(), '\0');
  head.resize(TRY(file->read(0, head.data(), head.size())));
  if (head.starts_with(kZip)) {
    const std::unique_ptr<TextStream> sheet = TRY(read_xlsx(path, format, temp));
    return gather(*sheet, memory_bytes, temp);
  }
  if (head.starts_with(kCompoundFile)) {
    return engine::fail(Action::invalid, fmt::format("{}: {}", path, TRY(describe_compound_file(*file))));
  }
  const bool packed = head.starts_with(kZstd);
  const std::uint64_t size = TRY(file->size());
  if (!packed && format.encoding != Encoding::gb18030 && size > memory_bytes) {
    TRY(decoded(path, read_plain(*file), format.encoding));  // refuses what is no such text
    const std::uint64_t begin = head.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    return SourceText(path, std::move(file), begin, size - begin);
  }
  const std::unique_ptr<TextStream> stream =
      TRY(decoded(path, packed ? read_zstd(path, *file) : read_plain(*file), format.encoding));
  return gather(*stream, memory_bytes, temp, packed ? 0 : size);
}

Result<std::string> read_bytes(const std::string& path) {
  const std::unique_ptr<engine::File> file = TRY(open(path));
  std::string bytes;
  const std::unique_ptr<TextStream> stream = read_plain(*file);
  while (TRY(stream->read(bytes))) {
  }
  return bytes;
}

}  // namespace ops
