#include "ops/import/record_stream.h"

#include <fmt/format.h>

namespace ops {

RecordStream::RecordStream(const SourceText& text, char delimiter, std::size_t piece_bytes)
    : source_(text), delimiter_(delimiter), piece_bytes_(piece_bytes) {
  if (!text.in_memory()) return;
  reader_.emplace(text.text(), delimiter);
  has_last_ = true;
}

engine::Result<bool> RecordStream::next(CsvRecord& record) {
  if (!reader_) TRY(load_piece());
  while (!reader_->next(record)) {
    if (has_last_) return false;
    if (piece_.size() - reader_->consumed() > kMaxBytes) {
      refuse(record);
      return true;
    }
    TRY(load_piece());
  }
  if (reader_->position() - record.position > kMaxBytes) refuse(record);
  return true;
}

engine::Result<> RecordStream::load_piece() {
  if (reader_) piece_.erase(0, reader_->consumed());
  const std::size_t kept = piece_.size();
  TRY(source_.read(loaded_, piece_bytes_, piece_));
  loaded_ += piece_.size() - kept;
  has_last_ = loaded_ == source_.size();
  if (reader_) {
    reader_->go_on(piece_, has_last_);
  } else {
    reader_.emplace(piece_, delimiter_, has_last_);
  }
  return {};
}

void RecordStream::refuse(CsvRecord& record) {
  record.fields.clear();
  record.problem =
      fmt::format("a record of more than {} bytes: a quote in it is never closed; the rest was not read", kMaxBytes);
  piece_.clear();
  reader_.emplace(std::string_view(), delimiter_);
  has_last_ = true;
}

}  // namespace ops
