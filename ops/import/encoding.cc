#include "ops/import/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>

namespace ops {
namespace {

class Gb18030Stream final : public TextStream {
 public:
  Gb18030Stream(iconv_t converter, std::unique_ptr<TextStream> bytes)
      : converter_(converter), bytes_(std::move(bytes)) {}
  ~Gb18030Stream() override { iconv_close(converter_); }
  Gb18030Stream(const Gb18030Stream&) = delete;
  Gb18030Stream& operator=(const Gb18030Stream&) = delete;

  engine::Result<bool> read(std::string& out) override {
    const bool more = TRY(bytes_->read(pending_));
    const std::size_t before = out.size();
    decode(!more, out);
    if (undecodable_.bytes == 0) {
      lines_ +=
          static_cast<std::size_t>(std::count(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), '\n'));
    }
    return more;
  }

  Undecodable undecodable() const override { return undecodable_; }

 private:
  // Decodes pending_ but for a character that is not whole yet, unless this `is_end`.
  void decode(bool is_end, std::string& out) {
    char* from = pending_.data();
    std::size_t left = pending_.size();
    const std::size_t before = out.size();
    while (left > 0) {
      char decoded[4096];
      char* to = decoded;
      std::size_t room = sizeof decoded;
      const std::size_t result = iconv(converter_, &from, &left, &to, &room);
      const int reason = errno;
      out.append(decoded, static_cast<std::size_t>(to - decoded));
      if (result != static_cast<std::size_t>(-1)) break;
      if (reason == E2BIG) continue;
      if (reason == EINVAL && !is_end) break;
      if (undecodable_.bytes++ == 0) {
        undecodable_.first_line = lines_ + static_cast<std::size_t>(std::count(
                                               out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), '\n'));
      }
      out += "\xEF\xBF\xBD";
      ++from;
      --left;
      iconv(converter_, nullptr, nullptr, nullptr, nullptr);
    }
    pending_.erase(0, pending_.size() - left);
  }

  iconv_t converter_;
  std::unique_ptr<TextStream> bytes_;
  std::string pending_;    // not decoded yet
  std::size_t lines_ = 1;  // the line that is being decoded, until the first undecodable byte
  Undecodable undecodable_;
};

}  // namespace

engine::Result<std::unique_ptr<TextStream>> decode_gb18030(std::unique_ptr<TextStream> bytes) {
  const iconv_t converter = iconv_open("UTF-8", "GB18030");
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return engine::fail(engine::Action::fatal,
                        "the system's iconv does not know GB18030: install its conversion modules, or convert the file "
                        "to UTF-8");
  }
  return std::make_unique<Gb18030Stream>(converter, std::move(bytes));
}

}  // namespace ops
