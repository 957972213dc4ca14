#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ops/import/text_stream.h"

namespace ops {

// The parts of a zip archive, unpacked as they are read.
//
// A part that unpacks to more than kMaxRatio times its packed size is refused once it is large: it is made to fill
// memory or disk. Checksums are compared.
// Threads: confined to one thread.
// Errors:  invalid (no archive, cut off, damaged, encrypted), with the path.
class ZipArchive {
 public:
  static constexpr std::uint64_t kMaxRatio = 250;
  static constexpr std::uint64_t kTrustedBytes = 32u << 20;  // of a part, whatever its ratio

  static engine::Result<ZipArchive> open(const std::string& path);

  bool has(const std::string& part) const;
  // The bytes of a part; they can be read after the ZipArchive is gone, too. Errors: invalid when there is none of that
  // name.
  engine::Result<std::unique_ptr<TextStream>> read(const std::string& part) const;

 private:
  struct Archive;

  std::string path_;
  std::shared_ptr<Archive> archive_;
};

}  // namespace ops
