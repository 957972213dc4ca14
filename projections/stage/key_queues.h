// Numbered queues of keys in the state.
//
// Takes: keys, pushed in any step. Gives: the keys in the order in which they came, also after a restart. A push or pop
// costs no row of its own: keys are stored in blocks.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/table.h"

namespace projections {

// Keys that wait in a queue, one behind the other.
//
//   u8 format (1) | varint n | n keys
struct QueueBlock {
  static constexpr std::uint8_t kFormat = 1;
  std::vector<std::string> keys;
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// Where a queue begins and ends.
//
//   u8 format (1) | varint first | varint next
struct QueueEnds {
  static constexpr std::uint8_t kFormat = 1;
  std::uint64_t first = 0;  // number of the key that is taken next
  std::uint64_t next = 0;   // number that the next one added gets
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  bool operator==(const QueueEnds&) const = default;
};

// Numbered queues of keys in the state, first in, first out. Whether a key is queued already is for its row to know.
//
// Threads: confined to one thread at a time.
class KeyQueues {
 public:
  // The tables are `name` and `name`_ends.
  KeyQueues(engine::State& state, const std::string& name);
  // The state holds a checkpoint now.
  void restore();

  void push(std::uint64_t queue, std::string_view key);
  // The first key, taken out; nothing when the queue is empty.
  std::optional<std::string> pop(std::uint64_t queue);
  // The keys behind the one that was popped last, as far as they are at hand.
  std::span<const std::string> upcoming(std::uint64_t queue) const;
  std::uint64_t size(std::uint64_t queue) const;
  // The first queue with keys that `open` accepts.
  template <class Open>
  std::optional<std::uint64_t> first(const Open& open) const {
    for (const auto& [number, queue] : queues_) {
      if (queue.ends.first < queue.ends.next && open(number)) return number;
    }
    return std::nullopt;
  }
  // Writes what was pushed and popped; to be called at the end of each step.
  void end_step();

  // Where the queues begin and end; empty ones, too.
  std::map<std::uint64_t, QueueEnds> ends() const;

 private:
  struct Queue {
    QueueEnds ends;
    bool moved = false;             // since the last step
    std::vector<std::string> head;  // the block of ends.first, when loaded
    std::optional<std::uint64_t> head_number;
    std::vector<std::string> tail;  // the block of ends.next, which is not full
    std::uint64_t written = 0;      // of ends.first, at the end of the last step
  };

  void report_loss();

  engine::State& state_;
  engine::Table<QueueBlock> blocks_;                          // by queue and number
  engine::Table<QueueEnds, engine::Access::ordered> stored_;  // by queue
  std::map<std::uint64_t, Queue> queues_;
};

}  // namespace projections
