#include "ops/import/sorted_runs.h"

#include <algorithm>
#include <cstring>

namespace ops {
namespace {

constexpr std::size_t kRunsMerged = 64;  // of a level into one of the next
constexpr std::size_t kPieceBytes = 128u << 10;
constexpr std::size_t kHeadBytes = 16;

engine::Result<> append_entry(TempFile& run, const RunKey& key, std::string_view bytes) {
  char head[kHeadBytes];
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(head, &key.time_ms, 8);
  std::memcpy(head + 8, &key.row, 4);
  std::memcpy(head + 12, &size, 4);
  TRY(run.append({head, kHeadBytes}));
  return run.append(bytes);
}

}  // namespace

engine::Result<> SortedRuns::add(const RunKey& key, std::string_view bytes) {
  if (!entries_.empty() && bytes_.size() + bytes.size() + (entries_.size() + 1) * sizeof(Entry) > memory_bytes_) {
    TRY(write_run());
  }
  entries_.push_back({key, static_cast<std::uint32_t>(bytes.size()), bytes_.size()});
  bytes_.append(bytes);
  return {};
}

engine::Result<> SortedRuns::write_run() {
  std::ranges::sort(entries_, {}, &Entry::key);
  TempFile run = TRY(TempFile::create(temp_));
  for (const Entry& entry : entries_) {
    TRY(append_entry(run, entry.key, std::string_view(bytes_).substr(entry.begin, entry.size)));
  }
  TRY(run.finish());
  entries_.clear();
  bytes_.clear();
  return keep(std::move(run), 0);
}

engine::Result<> SortedRuns::keep(TempFile run, std::size_t level) {
  if (levels_.size() == level) levels_.emplace_back();
  levels_[level].push_back(std::move(run));
  if (levels_[level].size() < kRunsMerged) return {};
  Merge merge;
  for (const TempFile& each : levels_[level]) TRY(merge.open(each));
  TempFile merged = TRY(TempFile::create(temp_));
  while (TRY(merge.advance())) TRY(append_entry(merged, merge.head().key(), merge.head().bytes()));
  TRY(merged.finish());
  levels_[level].clear();
  return keep(std::move(merged), level + 1);
}

engine::Result<> SortedRuns::sort() {
  if (!entries_.empty()) TRY(write_run());
  entries_ = {};
  bytes_ = {};
  for (const std::vector<TempFile>& level : levels_) {
    for (const TempFile& run : level) TRY(merge_.open(run));
  }
  return {};
}

engine::Result<bool> SortedRuns::next(RunKey& key, std::string_view& bytes) {
  if (!TRY(merge_.advance())) return false;
  key = merge_.head().key();
  bytes = merge_.head().bytes();
  return true;
}

engine::Result<> SortedRuns::Cursor::need(std::size_t bytes) {
  if (piece_.size() - at_ >= bytes) return {};
  piece_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = piece_.size();
  const std::uint64_t left = run_->size() - loaded_;
  const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(left, std::max(kPieceBytes, bytes - kept)));
  piece_.resize(kept + more);
  TRY(run_->read(loaded_, piece_.data() + kept, more));
  loaded_ += more;
  return {};
}

engine::Result<bool> SortedRuns::Cursor::advance() {
  if (at_ == piece_.size() && loaded_ == run_->size()) return false;
  TRY(need(kHeadBytes));
  std::memcpy(&key_.time_ms, piece_.data() + at_, 8);
  std::memcpy(&key_.row, piece_.data() + at_ + 8, 4);
  std::memcpy(&size_, piece_.data() + at_ + 12, 4);
  at_ += kHeadBytes;
  TRY(need(size_));
  at_ += size_;
  return true;
}

engine::Result<> SortedRuns::Merge::open(const TempFile& run) {
  CHECK(!taken_);
  Cursor cursor(run);
  if (!TRY(cursor.advance())) return {};
  cursors_.push_back(std::move(cursor));
  std::ranges::push_heap(cursors_, std::ranges::greater(), &Cursor::key);
  return {};
}

engine::Result<bool> SortedRuns::Merge::advance() {
  if (taken_) {
    if (TRY(cursors_.back().advance())) {
      std::ranges::push_heap(cursors_, std::ranges::greater(), &Cursor::key);
    } else {
      cursors_.pop_back();
    }
  }
  taken_ = !cursors_.empty();
  if (taken_) std::ranges::pop_heap(cursors_, std::ranges::greater(), &Cursor::key);
  return taken_;
}

}  // namespace ops
