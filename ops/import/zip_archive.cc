#include "ops/import/zip_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>

namespace ops {

struct ZipArchive::Archive {
  explicit Archive(zip_t* opened) : zip(opened) {}
  ~Archive() { zip_discard(zip); }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  zip_t* zip;
};

namespace {

std::unexpected<engine::Error> refuse(const std::string& path, const std::string& why) {
  return engine::fail(engine::Action::invalid, fmt::format("{}: {}", path, why));
}

template <class Archive>
class PartStream final : public TextStream {
 public:
  PartStream(std::string path, std::string part, std::shared_ptr<Archive> archive, zip_file_t* file,
             std::uint64_t packed_bytes)
      : path_(std::move(path)),
        part_(std::move(part)),
        archive_(std::move(archive)),
        file_(file, zip_fclose),
        packed_bytes_(packed_bytes) {}

  engine::Result<bool> read(std::string& out) override {
    constexpr std::size_t kPieceBytes = 64u << 10;
    const std::size_t before = out.size();
    out.resize(before + kPieceBytes);
    const zip_int64_t got = zip_fread(file_.get(), out.data() + before, kPieceBytes);
    out.resize(before + static_cast<std::size_t>(std::max<zip_int64_t>(got, 0)));
    if (got < 0) {
      return refuse(path_, fmt::format("the spreadsheet is damaged: {}: {}", part_,
                                       zip_error_strerror(zip_file_get_error(file_.get()))));
    }
    read_bytes_ += static_cast<std::uint64_t>(got);
    if (read_bytes_ > ZipArchive::kTrustedBytes && read_bytes_ / ZipArchive::kMaxRatio > packed_bytes_) {
      return refuse(path_, fmt::format("{} unpacks to more than {} times its size; refused as a possible zip bomb",
                                       part_, ZipArchive::kMaxRatio));
    }
    return got > 0;
  }

 private:
  std::string path_;
  std::string part_;
  std::shared_ptr<Archive> archive_;
  std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file_;
  std::uint64_t packed_bytes_;
  std::uint64_t read_bytes_ = 0;
};

}  // namespace

engine::Result<ZipArchive> ZipArchive::open(const std::string& path) {
  int code = 0;
  zip_t* zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (zip == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    return refuse(path, fmt::format("the spreadsheet is damaged or truncated: {}; save or copy it again", why));
  }
  ZipArchive result;
  result.path_ = path;
  result.archive_ = std::make_shared<Archive>(zip);
  return result;
}

bool ZipArchive::has(const std::string& part) const {
  return zip_name_locate(archive_->zip, part.c_str(), ZIP_FL_NOCASE) >= 0;
}

engine::Result<std::unique_ptr<TextStream>> ZipArchive::read(const std::string& part) const {
  const zip_int64_t index = zip_name_locate(archive_->zip, part.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return refuse(path_, fmt::format("the spreadsheet is damaged: it has no part {}", part));
  zip_stat_t stat;
  if (zip_stat_index(archive_->zip, static_cast<zip_uint64_t>(index), 0, &stat) != 0) {
    return refuse(path_, fmt::format("the spreadsheet is damaged: {}: {}", part, zip_strerror(archive_->zip)));
  }
  if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
    return refuse(path_, "is encrypted; save it without a password");
  }
  zip_file_t* file = zip_fopen_index(archive_->zip, static_cast<zip_uint64_t>(index), 0);
  if (file == nullptr) {
    return refuse(path_, fmt::format("the spreadsheet is damaged: {}: {}", part, zip_strerror(archive_->zip)));
  }
  return std::make_unique<PartStream<Archive>>(path_, part, archive_, file, stat.comp_size);
}

}  // namespace ops
