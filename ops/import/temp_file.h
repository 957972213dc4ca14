#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/log/disk.h"
#include "engine/result.h"

namespace ops {

// The place for data of an import that does not fit into memory.
struct TempPlace {
  std::string directory;         // has to exist
  engine::Disk* disk = nullptr;  // nullptr: this machine's
};

// A file without a name: it disappears with this object, and with the process, however the process ends.
//
// Threads: confined to one thread.
// Errors:  fatal, with the directory and the system's reason (a full disk). Earlier bytes stay readable.
class TempFile {
 public:
  static engine::Result<TempFile> create(const TempPlace& place);

  // append() buffers bytes and writes them in large pieces. finish() writes the rest; then all bytes can be read.
  engine::Result<> append(std::string_view bytes);
  engine::Result<> finish();

  // REQUIRES: finish() was called, and the file holds the bytes.
  engine::Result<> read(std::uint64_t position, char* out, std::size_t size) const;

  std::uint64_t size() const { return written_ + pending_.size(); }

  // Transfers the ownership of the file. REQUIRES: finish() was called.
  std::unique_ptr<engine::File> release() && { return std::move(file_); }

 private:
  TempFile() = default;

  std::string directory_;
  std::unique_ptr<engine::File> file_;
  std::string pending_;
  std::uint64_t written_ = 0;
};

}  // namespace ops
