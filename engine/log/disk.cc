#include "engine/log/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

namespace engine {
namespace {

std::unexpected<Error> system_error(std::string_view what, const std::string& path) {
  const int code = errno;
  std::string advice;
  if (code == ENOSPC || code == EDQUOT || code == EFBIG)
    advice = "; free some space and start again: nothing acknowledged is lost";
  if (code == EACCES || code == EPERM) advice = "; check the owner and the permissions";
  if (code == EROFS) advice = "; the file system is mounted read-only";
  return fail(Action::fatal, fmt::format("cannot {} {}: {}{}", what, path, std::strerror(code), advice));
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<std::size_t> read(std::uint64_t position, char* out, std::size_t size) const override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(descriptor_, out + done, size - done, static_cast<off_t>(position + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error("read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Result<> write(std::uint64_t position, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      position += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Result<> write_all(std::uint64_t position, std::span<const std::string_view> pieces, Reread reread) override {
    int flags = reread == Reread::seldom && drops_ ? kDontCache : 0;
    std::vector<iovec> parts;
    parts.reserve(pieces.size());
    for (const std::string_view piece : pieces) {
      if (!piece.empty()) parts.push_back({const_cast<char*>(piece.data()), piece.size()});
    }
    for (std::size_t at = 0; at < parts.size();) {
      const auto count = static_cast<int>(std::min<std::size_t>(parts.size() - at, IOV_MAX));
      const ssize_t n = ::pwritev2(descriptor_, parts.data() + at, count, static_cast<off_t>(position), flags);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && flags != 0 && (errno == EOPNOTSUPP || errno == EINVAL)) {
        drops_ = false;
        flags = 0;
        continue;
      }
      if (n == 0) errno = EIO;
      if (n <= 0) return system_error("write", path_);
      position += static_cast<std::uint64_t>(n);
      for (auto left = static_cast<std::size_t>(n); left > 0;) {
        const std::size_t taken = std::min(left, parts[at].iov_len);
        parts[at].iov_base = static_cast<char*>(parts[at].iov_base) + taken;
        parts[at].iov_len -= taken;
        left -= taken;
        if (parts[at].iov_len == 0) ++at;
      }
    }
    return {};
  }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return system_error("truncate", path_);
    return {};
  }

  Result<> sync() override {
    if (::fdatasync(descriptor_) != 0) return system_error("sync", path_);
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return system_error("look at", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  // RWF_DONTCACHE of Linux 6.14: the page cache lets go of the pages when they are on disk. Older kernels and some file
  // systems refuse it; older headers do not name it.
  static constexpr int kDontCache = 0x80;

  int descriptor_;
  std::string path_;
  bool drops_ = true;  // until the system has refused
};

}  // namespace

Result<> File::write_all(std::uint64_t position, std::span<const std::string_view> pieces, Reread) {
  std::string whole;
  for (const std::string_view piece : pieces) whole += piece;
  return write(position, whole);
}

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& path, Mode mode) {
  const int flags = mode == Mode::read ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC;
  const int descriptor = ::open(path.c_str(), flags, 0644);
  if (descriptor < 0) return system_error("open", path);
  return std::make_unique<PosixFile>(descriptor, path);
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& directory) const {
  std::error_code code;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entries(directory, code);
  if (code) return fail(Action::fatal, fmt::format("cannot list {}: {}", directory, code.message()));
  for (const auto& entry : entries) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

Result<bool> PosixDisk::exists(const std::string& path) const {
  if (::access(path.c_str(), F_OK) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_error("look at", path);
}

Result<> PosixDisk::make_directories(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return fail(Action::fatal, fmt::format("cannot make the directory {}: {}", path, code.message()));
  return {};
}

Result<> PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("rename", from);
  return {};
}

Result<> PosixDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return system_error("remove", path);
  return {};
}

Result<> PosixDisk::sync_directory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_error("open", path);
  const int outcome = ::fsync(descriptor);
  const int code = errno;
  ::close(descriptor);
  errno = code;
  if (outcome != 0) return system_error("sync", path);
  return {};
}

}  // namespace engine
