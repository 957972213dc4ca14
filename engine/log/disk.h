#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace engine {

// An open file. Positions and sizes are in bytes.
//
// Threads: reads from any thread; writes from one at a time.
// Errors:  fatal, with the path and the system's reason in the message.
class File {
 public:
  virtual ~File() = default;
  // Reads up to `size` bytes at `position` into `out`; returns the number of bytes read.
  virtual Result<std::size_t> read(std::uint64_t position, char* out, std::size_t size) const = 0;
  virtual Result<> write(std::uint64_t position, std::string_view bytes) = 0;
  // Whether the written bytes will be read again soon. If so, it pays to keep them in the page cache; otherwise
  // allocating the pages can cost more than the write itself.
  enum class Reread { soon, seldom };
  // Writes the pieces one after the other.
  virtual Result<> write_all(std::uint64_t position, std::span<const std::string_view> pieces, Reread reread);
  virtual Result<> truncate(std::uint64_t size) = 0;
  virtual Result<> sync() = 0;  // all earlier writes survive power loss
  virtual Result<std::uint64_t> size() const = 0;
};

// PORT: the files of the embedded log. The simulator implements it to lose and tear unsynced writes, and to fill up.
//
// Threads: any.
class Disk {
 public:
  virtual ~Disk() = default;
  enum class Mode { read, write };  // write: creates the file if it is missing
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& directory) const = 0;  // names, sorted
  virtual Result<bool> exists(const std::string& path) const = 0;
  virtual Result<> make_directories(const std::string& path) = 0;
  virtual Result<> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<> remove(const std::string& path) = 0;
  virtual Result<> sync_directory(const std::string& path) = 0;  // its entries survive power loss
};

// The files of this machine.
class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override;
  Result<std::vector<std::string>> list(const std::string& directory) const override;
  Result<bool> exists(const std::string& path) const override;
  Result<> make_directories(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<> remove(const std::string& path) override;
  Result<> sync_directory(const std::string& path) override;
};

}  // namespace engine
