#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ops/import/text_stream.h"

namespace ops {

// The parts of a zip archive, unpacked while they are read.
//
// A part beyond kTrustedBytes that unpacks to more than kMaxRatio times its packed size is refused: it is a zip bomb.
// Checksums are verified.
// Threads: confined to one thread.
// Errors:  invalid (not an archive, truncated, damaged, encrypted), with the path.
class ZipArchive {
 public:
  static constexpr std::uint64_t kMaxRatio = 250;
  static constexpr std::uint64_t kTrustedBytes = 32u << 20;  // of a part, whatever its ratio

  static engine::Result<ZipArchive> open(const std::string& path);

  bool has(const std::string& part) const;
  // The bytes of a part; the stream may outlive the ZipArchive. Errors: invalid if there is no such part.
  engine::Result<std::unique_ptr<TextStream>> read(const std::string& part) const;

 private:
  struct Archive;

  std::string path_;
  std::shared_ptr<Archive> archive_;
};

}  // namespace ops
