#include "ops/import/csv.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdint>

namespace ops {

CsvReader::CsvReader(std::string_view text, char delimiter, bool is_whole)
    : text_(text), delimiter_(delimiter), is_whole_(is_whole) {
  if (text_.starts_with("\xEF\xBB\xBF")) position_ = 3;
}

bool CsvReader::next(CsvRecord& record) {
  while (position_ < text_.size() && (text_[position_] == '\n' || text_[position_] == '\r')) {
    if (text_[position_] == '\n') ++line_;
    ++position_;
  }
  const std::size_t position = position_;
  const std::size_t line = line_;
  if (!read(record)) return false;
  if (!is_whole_ && position_ == text_.size()) {  // it may go on in the next piece
    position_ = position;
    line_ = line;
    return false;
  }
  if (width_ == 0) {
    width_ = record.fields.size();
  } else if (record.problem.empty() && record.fields.size() != width_) {
    record.problem = fmt::format("{} fields where the header has {}", record.fields.size(), width_);
  }
  return true;
}

void CsvReader::go_on(std::string_view text, bool is_whole) {
  begin_ += position_;
  position_ = 0;
  text_ = text;
  is_whole_ = is_whole;
}

void CsvReader::read_at(std::size_t position, CsvRecord& record) {
  position_ = position;
  read(record);
}

bool CsvReader::read(CsvRecord& record) {
  record.fields.clear();
  record.unescaped.clear();
  record.problem.clear();
  if (position_ >= text_.size()) return false;
  const std::size_t begin = position_;
  record.position = begin_ + begin;
  record.line = line_;
  while (true) {
    if (position_ < text_.size() && text_[position_] == '"') {
      read_quoted(record);
    } else {
      read_plain(record);
    }
    if (position_ < text_.size() && text_[position_] == delimiter_) {
      ++position_;
      continue;
    }
    break;
  }
  if (record.problem.empty() && !is_utf8(text_.substr(begin, position_ - begin))) {
    record.problem = "its text is not UTF-8";
  }
  if (position_ < text_.size() && text_[position_] == '\r') ++position_;
  if (position_ < text_.size() && text_[position_] == '\n') {
    ++position_;
    ++line_;
  }
  return true;
}

// Leaves position_ at the delimiter, the line end (its CR when it has one) or the end of the text.
void CsvReader::read_plain(CsvRecord& record) {
  const std::size_t begin = position_;
  while (position_ < text_.size() && text_[position_] != delimiter_ && text_[position_] != '\n') ++position_;
  std::size_t end = position_;
  const bool at_line_end = position_ == text_.size() || text_[position_] == '\n';
  if (at_line_end && end > begin && text_[end - 1] == '\r') position_ = --end;
  record.fields.push_back(text_.substr(begin, end - begin));
}

void CsvReader::read_quoted(CsvRecord& record) {
  const std::size_t opened_on = line_;
  const std::size_t begin = ++position_;
  std::size_t doubled = 0;
  bool closed = false;
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c == '\n') ++line_;
    if (c == '"') {
      if (position_ + 1 < text_.size() && text_[position_ + 1] == '"') {
        ++doubled;
        position_ += 2;
        continue;
      }
      closed = true;
      break;
    }
    ++position_;
  }
  const std::string_view raw = text_.substr(begin, position_ - begin);
  if (!closed) {
    record.problem = fmt::format("the quote opened on line {} is never closed; the rest was not read", opened_on);
    record.fields.push_back(raw);
    return;
  }
  ++position_;
  if (doubled == 0) {
    record.fields.push_back(raw);
  } else {
    std::string& text = record.unescaped.emplace_back();
    text.reserve(raw.size() - doubled);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      text.push_back(raw[i]);
      if (raw[i] == '"') ++i;
    }
    record.fields.push_back(text);
  }
  const std::size_t after = position_;
  while (position_ < text_.size() && text_[position_] != delimiter_ && text_[position_] != '\n' &&
         text_[position_] != '\r') {
    ++position_;
  }
  if (position_ != after && record.problem.empty()) {
    record.problem = fmt::format("field {} continues after its closing quote", record.fields.size());
  }
}

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace ops
