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

// The format of the text of a file.
struct SourceFormat {
  Encoding encoding = Encoding::utf8;
  char delimiter = ',';
  std::string sheet;            // of a spreadsheet; empty: the first
  std::size_t header_rows = 1;  // of a spreadsheet
};

// The hash of several texts, equal to that of an engine::Hasher to which each text is added in one call.
class TextDigest {
 public:
  void add(std::string_view text) { add(engine::hash128(text)); }
  void add(const engine::Hash128& of_text) { value_ = engine::hash_of(value_, of_text); }
  engine::Hash128 value() const { return value_; }
  auto operator<=>(const TextDigest&) const = default;

 private:
  engine::Hash128 value_;
};

// The whole text of a file, as CSV in UTF-8 without a byte order mark. It lies in memory or, if it is too large, in a
// file: the source file if it can be read without conversion, otherwise a temporary one.
//
// Threads: confined to one thread.
class SourceText {
 public:
  SourceText() = default;
  explicit SourceText(std::string text) : text_(std::move(text)), size_(text_.size()) {}
  // The text is the contents of `file` from `begin` on; `path` is for messages.
  SourceText(std::string path, std::unique_ptr<engine::File> file, std::uint64_t begin, std::uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), begin_(begin), size_(size) {}

  bool in_memory() const { return file_ == nullptr; }
  std::string_view text() const { return text_; }  // REQUIRES: in_memory()
  std::uint64_t size() const { return size_; }

  // Appends up to `most` bytes from `position` on to `out`.
  // Errors: fatal if unreadable; invalid if the file has become shorter.
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
  // The hash of a text in a file, so that several digests read the file only once.
  mutable std::optional<engine::Hash128> known_hash_;
};

// The text of the file at `path`: a CSV text, one compressed with Zstandard, or a sheet of an XLSX workbook (xlsx.h).
// The first bytes decide, not the name. Up to `memory_bytes` of the text are kept in memory; a longer text stays on the
// disk or is written to `temp`.
//
// Errors: fatal (unreadable, with the path and the system's reason; no room for the temporary file), invalid (damaged,
// or in an unsupported format: gzip, an old or encrypted spreadsheet, UTF-16).
engine::Result<SourceText> read_source_text(const std::string& path, const SourceFormat& format,
                                            std::uint64_t memory_bytes, const TempPlace& temp);

// The unchanged bytes of the file at `path`.
engine::Result<std::string> read_bytes(const std::string& path);

}  // namespace ops
