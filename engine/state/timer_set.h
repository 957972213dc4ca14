#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/types.h"

namespace engine {

struct Timer {
  Instant due;
  std::string subject;
  std::uint8_t kind = 0;
};

// A timer whose subject lies elsewhere. They are ordered by (due, subject, kind).
struct TimerRef {
  TimerRef(Instant due_at, std::string_view of, std::uint8_t what) : due(due_at), subject(of), kind(what) {}
  TimerRef(const Timer& timer) : TimerRef(timer.due, timer.subject, timer.kind) {}  // NOLINT: a Timer is one
  Instant due;
  std::string_view subject;
  std::uint8_t kind;
};
inline bool operator<(const TimerRef& a, const TimerRef& b) {
  return std::tie(a.due, a.subject, a.kind) < std::tie(b.due, b.subject, b.kind);
}
inline bool operator==(const TimerRef& a, const TimerRef& b) {
  return std::tie(a.due, a.subject, a.kind) == std::tie(b.due, b.subject, b.kind);
}

// An ordered set of timers with marks, for tens of millions of them: sorted chunks of entries of 32 bytes each. A
// subject of up to 21 bytes lies in its entry.
//
// Threads: confined to one thread at a time.
class TimerSet {
 public:
  // Bits that the owner gives to each timer.
  using Marks = std::uint8_t;

  TimerSet() = default;
  TimerSet(TimerSet&& other) noexcept { swap(other); }
  TimerSet& operator=(TimerSet&& other) noexcept {
    swap(other);
    return *this;
  }
  ~TimerSet() { clear(); }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const;

  // The first timer; the view lives until the next change. REQUIRES: not empty.
  TimerRef front() const;
  Marks front_marks() const;
  void pop_front();

  // Returns false when it was there; its marks are then left as they are.
  bool insert(const TimerRef& timer, Marks marks);
  // Returns whether it was there, and what marks it had.
  bool erase(const TimerRef& timer, Marks* marks = nullptr);
  bool contains(const TimerRef& timer) const;
  void clear();

  // Calls visit(timer, marks&) for each timer that has any of the marks `any`, ascending. Chunks without are skipped.
  template <class Visit>
  void visit_marked(Marks any, Visit&& visit) {
    for (auto& [bound, chunk] : chunks_) {
      if ((chunk.marks & any) == 0) continue;
      chunk.marks = 0;
      for (std::size_t i = chunk.head; i < chunk.entries.size(); ++i) {
        Entry& entry = chunk.entries[i];
        if ((entry.marks & any) != 0) visit(entry.ref(), entry.marks);
        chunk.marks |= entry.marks;
      }
    }
  }

  // Drops timers without marks, the last ones first, until `bytes` are freed or only `keep` chunks are left. Returns
  // the first one that was dropped, if any was.
  std::optional<Timer> drop_unmarked_from_end(std::size_t bytes, std::size_t keep_chunks);

 private:
  static constexpr std::size_t kInline = 21;
  static constexpr std::size_t kChunk = 128;

  struct Entry {
    std::int64_t due_ms = 0;
    std::uint8_t size = 0;  // of an inline subject; kInline + 1 = `text` holds a pointer to u32 size and bytes
    char text[kInline] = {};
    std::uint8_t kind = 0;
    Marks marks = 0;

    Entry(const TimerRef& timer, Marks with);
    std::string_view subject() const;
    TimerRef ref() const { return {instant(due_ms), subject(), kind}; }
    void release() const;
    std::size_t heap_bytes() const;
  };
  static_assert(sizeof(Entry) == 32);

  struct Chunk {
    std::vector<Entry> entries;
    std::size_t head = 0;  // entries before it were popped
    Marks marks = 0;       // of any of its entries
  };
  struct Less {
    using is_transparent = void;
    bool operator()(const TimerRef& a, const TimerRef& b) const { return a < b; }
  };
  using Chunks = std::map<Timer, Chunk, Less>;  // by a bound: not above its timers, and above those of the one before

  void swap(TimerSet& other) noexcept;
  Chunks::iterator chunk_of(const TimerRef& timer);
  void remove(Chunks::iterator chunk, std::size_t index);

  Chunks chunks_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;    // entries that memory is taken for
  std::size_t heap_bytes_ = 0;  // of long subjects
};

}  // namespace engine
