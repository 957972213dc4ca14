#pragma once

#include <string>

#include "engine/result.h"

namespace engine {

// Keeps a data directory for this process: either for writing, alone, or for reading, together with other readers.
// The lock ends with the object, and with the process however it dies.
class DirectoryLock {
 public:
  enum class Use { write, read };

  // Makes the directory when it is missing and `use` is write.
  // Errors: fenced when another process uses the directory (the message names it); invalid when there is none to read;
  // fatal when it cannot be used.
  static Result<DirectoryLock> acquire(const std::string& directory, Use use);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace engine
