#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/log/disk.h"
#include "engine/result.h"

namespace ops {

// Where an import may keep what does not fit into memory.
struct TempPlace {
  std::string directory;         // has to be there
  engine::Disk* disk = nullptr;  // nullptr: this machine's
};

// A file without a name: it is gone with this object, and with the process however that ends.
//
// Threads: confined to one thread.
// Errors:  fatal, with the directory and the system's reason (a full disk). What was written before stays readable.
class TempFile {
 public:
  static engine::Result<TempFile> create(const TempPlace& place);

  // Bytes are gathered and written in large pieces; finish() writes what is left, after which all can be read.
  engine::Result<> append(std::string_view bytes);
  engine::Result<> finish();

  // REQUIRES: finish() was called, and the bytes are there.
  engine::Result<> read(std::uint64_t position, char* out, std::size_t size) const;

  std::uint64_t size() const { return written_ + pending_.size(); }

  // Gives the file away. REQUIRES: finish() was called.
  std::unique_ptr<engine::File> release() && { return std::move(file_); }

 private:
  TempFile() = default;

  std::string directory_;
  std::unique_ptr<engine::File> file_;
  std::string pending_;
  std::uint64_t written_ = 0;
};

}  // namespace ops
