#include "engine/state/timer_set.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/result.h"

namespace engine {
namespace {
constexpr std::size_t kAllocatorBytes = 16;
constexpr std::size_t kChunkBytes = 192;  // of a node of the map, beside its entries
}  // namespace

TimerSet::Entry::Entry(const TimerRef& timer, Marks with) : due_ms(to_ms(timer.due)), kind(timer.kind), marks(with) {
  if (timer.subject.size() <= kInline) {
    size = static_cast<std::uint8_t>(timer.subject.size());
    std::memcpy(text, timer.subject.data(), timer.subject.size());
    return;
  }
  size = kInline + 1;
  const auto length = static_cast<std::uint32_t>(timer.subject.size());
  char* memory = static_cast<char*>(::operator new(sizeof length + length));
  std::memcpy(memory, &length, sizeof length);
  std::memcpy(memory + sizeof length, timer.subject.data(), length);
  std::memcpy(text, &memory, sizeof memory);
}

std::string_view TimerSet::Entry::subject() const {
  if (size <= kInline) return {text, size};
  const char* memory = nullptr;
  std::memcpy(&memory, text, sizeof memory);
  std::uint32_t length = 0;
  std::memcpy(&length, memory, sizeof length);
  return {memory + sizeof length, length};
}

void TimerSet::Entry::release() const {
  if (size <= kInline) return;
  char* memory = nullptr;
  std::memcpy(&memory, text, sizeof memory);
  ::operator delete(memory);
}

std::size_t TimerSet::Entry::heap_bytes() const {
  return size <= kInline ? 0 : subject().size() + sizeof(std::uint32_t) + kAllocatorBytes;
}

std::size_t TimerSet::bytes() const {
  return capacity_ * sizeof(Entry) + chunks_.size() * kChunkBytes + heap_bytes_;
}

TimerRef TimerSet::front() const {
  const Chunk& first = chunks_.begin()->second;
  return first.entries[first.head].ref();
}

TimerSet::Marks TimerSet::front_marks() const {
  const Chunk& first = chunks_.begin()->second;
  return first.entries[first.head].marks;
}

void TimerSet::pop_front() {
  remove(chunks_.begin(), chunks_.begin()->second.head);
}

// The chunk in which the timer lies or would lie. REQUIRES: there is one.
TimerSet::Chunks::iterator TimerSet::chunk_of(const TimerRef& timer) {
  const auto after = chunks_.upper_bound(timer);
  return after == chunks_.begin() ? after : std::prev(after);
}

bool TimerSet::insert(const TimerRef& timer, Marks marks) {
  if (chunks_.empty()) chunks_.try_emplace({timer.due, std::string(timer.subject), timer.kind});
  auto at = chunk_of(timer);
  if (timer < at->first) {  // below the first bound
    auto node = chunks_.extract(at);
    node.key() = {timer.due, std::string(timer.subject), timer.kind};
    at = chunks_.insert(std::move(node)).position;
  }
  Chunk* chunk = &at->second;
  const auto position_in = [&](Chunk& in) {
    return std::partition_point(in.entries.begin() + static_cast<std::ptrdiff_t>(in.head), in.entries.end(),
                                [&](const Entry& entry) { return entry.ref() < timer; });
  };
  auto position = position_in(*chunk);
  if (position != chunk->entries.end() && position->ref() == timer) return false;
  if (chunk->entries.size() >= kChunk && chunk->head >= kChunk / 2) {
    chunk->entries.erase(chunk->entries.begin(), chunk->entries.begin() + static_cast<std::ptrdiff_t>(chunk->head));
    chunk->head = 0;
    position = position_in(*chunk);
  }
  if (chunk->entries.size() >= kChunk) {
    // At the end of a full chunk a new one begins, so that timers armed in their order fill their chunks.
    const std::size_t kept = position == chunk->entries.end() ? chunk->entries.size() : kChunk / 2;
    const auto cut = chunk->entries.begin() + static_cast<std::ptrdiff_t>(kept);
    Chunk upper;
    upper.entries.assign(cut, chunk->entries.end());
    upper.marks = chunk->marks;
    chunk->entries.erase(cut, chunk->entries.end());
    capacity_ += upper.entries.capacity();
    const TimerRef bound = upper.entries.empty() ? timer : upper.entries.front().ref();
    const auto next = chunks_.try_emplace({bound.due, std::string(bound.subject), bound.kind}).first;
    if (!(timer < bound)) chunk = &next->second;
    next->second = std::move(upper);
    position = position_in(*chunk);
  }
  const std::size_t capacity = chunk->entries.capacity();
  const Entry entry(timer, marks);
  heap_bytes_ += entry.heap_bytes();
  chunk->entries.insert(position, entry);
  chunk->marks |= marks;
  capacity_ += chunk->entries.capacity() - capacity;
  ++size_;
  return true;
}

void TimerSet::remove(Chunks::iterator at, std::size_t index) {
  Chunk& chunk = at->second;
  heap_bytes_ -= chunk.entries[index].heap_bytes();
  chunk.entries[index].release();
  if (index == chunk.head) {
    ++chunk.head;
  } else {
    chunk.entries.erase(chunk.entries.begin() + static_cast<std::ptrdiff_t>(index));
  }
  --size_;
  if (chunk.head < chunk.entries.size()) return;
  capacity_ -= chunk.entries.capacity();
  chunks_.erase(at);
}

bool TimerSet::erase(const TimerRef& timer, Marks* marks) {
  if (chunks_.empty()) return false;
  const auto at = chunk_of(timer);
  Chunk& chunk = at->second;
  const auto found = std::partition_point(chunk.entries.begin() + static_cast<std::ptrdiff_t>(chunk.head),
                                          chunk.entries.end(), [&](const Entry& entry) { return entry.ref() < timer; });
  if (found == chunk.entries.end() || !(found->ref() == timer)) return false;
  if (marks != nullptr) *marks = found->marks;
  remove(at, static_cast<std::size_t>(found - chunk.entries.begin()));
  return true;
}

bool TimerSet::contains(const TimerRef& timer) const {
  if (chunks_.empty()) return false;
  auto after = chunks_.upper_bound(timer);
  const Chunk& chunk = (after == chunks_.begin() ? after : std::prev(after))->second;
  const auto found = std::partition_point(chunk.entries.begin() + static_cast<std::ptrdiff_t>(chunk.head),
                                          chunk.entries.end(), [&](const Entry& entry) { return entry.ref() < timer; });
  return found != chunk.entries.end() && found->ref() == timer;
}

std::optional<Timer> TimerSet::drop_unmarked_from_end(std::size_t bytes, std::size_t keep_chunks) {
  std::optional<Timer> first;
  const std::size_t before = this->bytes();
  auto at = chunks_.end();
  for (std::size_t left = chunks_.size(); left > keep_chunks && before - this->bytes() < bytes; --left) {
    --at;
    Chunk& chunk = at->second;
    std::vector<Entry> rest;
    for (std::size_t i = chunk.head; i < chunk.entries.size(); ++i) {
      if (chunk.entries[i].marks != 0) rest.push_back(chunk.entries[i]);
    }
    if (rest.size() == chunk.entries.size() - chunk.head) continue;  // as it may take more memory than it had
    rest.shrink_to_fit();
    bool lowest = true;
    for (std::size_t i = chunk.head; i < chunk.entries.size(); ++i) {
      const Entry& entry = chunk.entries[i];
      if (entry.marks != 0) continue;
      if (lowest) first = Timer{instant(entry.due_ms), std::string(entry.subject()), entry.kind};
      lowest = false;
      heap_bytes_ -= entry.heap_bytes();
      entry.release();
      --size_;
    }
    capacity_ += rest.capacity() - chunk.entries.capacity();
    chunk.entries = std::move(rest);
    chunk.head = 0;
    if (chunk.entries.empty()) at = chunks_.erase(at);
  }
  return first;
}

void TimerSet::clear() {
  for (const auto& [bound, chunk] : chunks_) {
    for (std::size_t i = chunk.head; i < chunk.entries.size(); ++i) chunk.entries[i].release();
  }
  chunks_.clear();
  size_ = capacity_ = heap_bytes_ = 0;
}

void TimerSet::swap(TimerSet& other) noexcept {
  std::swap(chunks_, other.chunks_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  std::swap(heap_bytes_, other.heap_bytes_);
}

}  // namespace engine
