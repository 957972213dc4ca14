#include "ops/import/string_table.h"

namespace ops {

engine::Result<> StringTable::add(std::string_view text) {
  const std::uint64_t begin = ends_.empty() ? 0 : ends_.back();
  ends_.push_back(begin + text.size());
  if (!rest_ && text_.size() + text.size() > memory_bytes_) rest_ = TRY(TempFile::create(temp_));
  if (rest_) return rest_->append(text);
  text_ += text;
  return {};
}

engine::Result<> StringTable::finish() {
  return rest_ ? rest_->finish() : engine::Result<>{};
}

engine::Result<> StringTable::append(std::size_t number, std::string& out) const {
  const std::uint64_t begin = number == 0 ? 0 : ends_[number - 1];
  const auto size = static_cast<std::size_t>(ends_[number] - begin);
  if (begin + size <= text_.size()) {
    out.append(text_, begin, size);
    return {};
  }
  const std::size_t before = out.size();
  out.resize(before + size);
  return rest_->read(begin - text_.size(), out.data() + before, size);
}

}  // namespace ops
