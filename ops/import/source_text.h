#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/hash.h"
#include "engine/log/disk.h"
#include "engine/result.h"
#include "ops/import/encoding.h"
#include "ops/import/temp_file.h"
#include "ops/import/text_stream.h"

namespace ops {

// How the text of a file is to be read.
struct SourceFormat {
  Encoding encoding = Encoding::utf8;
  char delimiter = ',';
  std::string sheet;            // of a spreadsheet; empty: the first
  std::size_t header_rows = 1;  // of a spreadsheet
};

// The hash of several texts, equal to that of an engine::Hasher to which each was added whole.
class TextDigest {
 public:
  void add(std::string_view text) { add(engine::hash128(text)); }
  void add(const engine::Hash128& of_text) { value_ = engine::hash_of(value_, of_text); }
  engine::Hash128 value() const { return value_; }
  auto operator<=>(const TextDigest&) const = default;

 private:
  engine::Hash128 value_;
};

// The whole text of a file, as CSV in UTF-8 without a byte order mark. It lies in memory, or, when it is too large for
// that, in a file of the disk: the one that was given when it can be read as it is, else a temporary one.
//
// Threads: confined to one thread.
class SourceText {
 public:
  SourceText() = default;
  explicit SourceText(std::string text) : text_(std::move(text)), size_(text_.size()) {}
  // The text is what `file` holds from `begin` on; `path` is for messages.
  SourceText(std::string path, std::unique_ptr<engine::File> file, std::uint64_t begin, std::uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), begin_(begin), size_(size) {}

  bool in_memory() const { return file_ == nullptr; }
  std::string_view text() const { return text_; }  // REQUIRES: in_memory()
  std::uint64_t size() const { return size_; }

  // Appends up to `most` bytes from `position` on to `out`.
  // Errors: fatal when unreadable; invalid when the file has become shorter.
  engine::Result<> read(std::uint64_t position, std::size_t most, std::string& out) const;

  // Adds the text to `digest`.
  engine::Result<> add_to(TextDigest& digest) const;

  const Undecodable& undecodable() const { return undecodable_; }
  void set_undecodable(const Undecodable& undecodable) { undecodable_ = undecodable; }

 private:
  std::string path_;
  std::string text_;
  std::unique_ptr<engine::File> file_;
  std::uint64_t begin_ = 0;
  std::uint64_t size_ = 0;
  Undecodable undecodable_;
  // Digests before and after this text, so that a file is not read again for each of them.
  mutable std::optional<engine::Hash128> known_hash_;  // of a text that lies in a file
};

// The text of the file at `path`: a CSV text, one compressed with Zstandard, or a sheet of an XLSX workbook (xlsx.h),
// told by the first bytes, not by the name. Up to `memory_bytes` of it are held in memory; more is left on the disk, or
// spilled to `temp`.
//
// Errors: fatal (unreadable, with the path and the system's reason; no room for the temporary file), invalid (damaged,
// or of a format that is not read: gzip, an old or encrypted spreadsheet, UTF-16).
engine::Result<SourceText> read_source_text(const std::string& path, const SourceFormat& format,
                                            std::uint64_t memory_bytes, const TempPlace& temp);

// The file at `path` as it lies on disk.
engine::Result<std::string> read_bytes(const std::string& path);

}  // namespace ops
