#include "ops/import/source_text.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>
#include <string_view>

#include "engine/disk.h"

namespace ops {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

engine::Result<std::string> decompress(const std::string& path, std::string_view bytes) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  CHECK(context != nullptr);
  std::string text;
  const auto stated = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  constexpr unsigned long long kTrusted = 1ull << 30;  // a larger claim has to be filled before it is believed
  if (stated != ZSTD_CONTENTSIZE_UNKNOWN && stated != ZSTD_CONTENTSIZE_ERROR && stated < kTrusted) text.reserve(stated);
  std::string block(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t expected = 1;
  while (in.pos < in.size || expected != 0) {
    ZSTD_outBuffer out{block.data(), block.size(), 0};
    const std::size_t consumed = in.pos;
    expected = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(expected)) {
      return engine::fail(engine::Action::invalid,
                          fmt::format("{}: damaged Zstandard file: {}", path, ZSTD_getErrorName(expected)));
    }
    text.append(block.data(), out.pos);
    if (expected != 0 && out.pos == 0 && in.pos == consumed) {
      return engine::fail(engine::Action::invalid,
                          fmt::format("{}: Zstandard file is cut off after {} bytes", path, bytes.size()));
    }
  }
  return text;
}

}  // namespace

bool known_encoding(const std::string& encoding) {
  return encoding == "utf-8" || encoding == "utf-8-bom";
}

engine::Result<std::string> read_bytes(const std::string& path) {
  engine::PosixDisk disk;
  if (!TRY(disk.exists(path))) {
    return engine::fail(engine::Action::invalid, fmt::format("there is no file {}", path));
  }
  const std::unique_ptr<engine::File> file = TRY(disk.open(path, engine::Disk::Mode::read));
  const std::uint64_t size = TRY(file->size());
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const std::size_t got = TRY(file->read(filled, bytes.data() + filled, bytes.size() - filled));
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

engine::Result<std::string> read_source_text(const std::string& path, const std::string& encoding) {
  CHECK(known_encoding(encoding));
  std::string text = TRY(read_bytes(path));
  if (text.starts_with("\x28\xB5\x2F\xFD")) text = TRY(decompress(path, text));
  const auto refuse = [&](std::string_view what) {
    return engine::fail(engine::Action::invalid, fmt::format("{}: {}", path, what));
  };
  if (text.starts_with("\x1F\x8B")) return refuse("is compressed with gzip; unpack it, or compress it with zstd");
  if (text.starts_with("PK\x03\x04")) return refuse("is a spreadsheet or zip archive; save it as CSV in UTF-8");
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return refuse("is UTF-16; save it as UTF-8");
  if (text.starts_with(kByteOrderMark)) {
    text.erase(0, kByteOrderMark.size());
  } else if (encoding == "utf-8-bom") {
    return refuse("has no byte order mark, though the mapping says encoding \"utf-8-bom\"");
  }
  return text;
}

}  // namespace ops
