#pragma once

#include <string>

#include "engine/result.h"

namespace engine {

// A lock on a data directory: one process for writing, or any number of processes for reading. The lock ends with the
// object, and with the process, however the process dies.
class DirectoryLock {
 public:
  enum class Use { write, read };

  // Creates the directory if it is missing and `use` is write.
  // Errors: fenced if another process uses the directory (the message names that process); invalid if there is no
  // directory to read; fatal if the system refuses access.
  static Result<DirectoryLock> acquire(const std::string& directory, Use use);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace engine
