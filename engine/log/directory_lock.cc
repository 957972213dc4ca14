#include "engine/log/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace engine {

Result<DirectoryLock> DirectoryLock::acquire(const std::string& directory, Use use) {
  std::error_code code;
  if (use == Use::write) {
    std::filesystem::create_directories(directory, code);
    if (code) {
      return fail(Action::fatal, fmt::format("cannot make the data directory {}: {}", directory, code.message()));
    }
  } else if (!std::filesystem::is_directory(directory, code)) {
    return fail(Action::invalid, fmt::format("there is no data directory {}", directory));
  }
  const std::string path = directory + "/LOCK";
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0 && use == Use::read) descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return fail(Action::fatal, fmt::format("cannot use the data directory {}: {}; check its owner and permissions",
                                           directory, std::strerror(errno)));
  }
  if (::flock(descriptor, (use == Use::write ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    char holder[64] = {};
    const ssize_t size = ::pread(descriptor, holder, sizeof holder - 1, 0);
    ::close(descriptor);
    return fail(Action::fenced, fmt::format("the data directory {} is used by another process{}: stop it first, or use "
                                            "another directory",
                                            directory, size > 0 ? fmt::format(" (pid {})", holder) : std::string()));
  }
  if (use == Use::write) {
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
      const int reason = errno;
      ::close(descriptor);
      return fail(Action::fatal, fmt::format("cannot write {}: {}", path, std::strerror(reason)));
    }
  }
  return DirectoryLock(descriptor);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace engine
