#include "ops/import/temp_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

namespace ops {
namespace {

constexpr std::size_t kPieceBytes = 256u << 10;

engine::PosixDisk& this_machine() {
  static engine::PosixDisk disk;
  return disk;
}

// The disk's message and what it means for an import.
template <class T>
engine::Result<T> explained(engine::Result<T> result, const std::string& directory) {
  if (result) return result;
  return engine::fail(
      result.error().action,
      fmt::format("{}. This was a temporary file of the import; the log is unchanged. Use --temp with a "
                  "directory that has more space than {}",
                  result.error().message, directory));
}

}  // namespace

engine::Result<TempFile> TempFile::create(const TempPlace& place) {
  static std::atomic<std::uint64_t> created = 0;
  engine::Disk& disk = place.disk != nullptr ? *place.disk : this_machine();
  const std::string path = fmt::format("{}/.gridloop-import-{}-{}", place.directory, ::getpid(), created++);
  TempFile result;
  result.directory_ = place.directory;
  result.file_ = TRY(explained(disk.open(path, engine::Disk::Mode::write), place.directory));
  TRY(explained(disk.remove(path), place.directory));
  return result;
}

engine::Result<> TempFile::append(std::string_view bytes) {
  pending_.append(bytes);
  return pending_.size() < kPieceBytes ? engine::Result<>{} : finish();
}

engine::Result<> TempFile::finish() {
  TRY(explained(file_->write(written_, pending_), directory_));
  written_ += pending_.size();
  pending_.clear();
  return {};
}

engine::Result<> TempFile::read(std::uint64_t position, char* out, std::size_t size) const {
  CHECK(pending_.empty());
  CHECK(TRY(file_->read(position, out, size)) == size);
  return {};
}

}  // namespace ops
