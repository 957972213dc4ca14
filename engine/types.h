#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace engine {

// An instant in UTC, in milliseconds since 1970. The only time type of the engine.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;

constexpr Instant instant(std::int64_t milliseconds) {
  return Instant(Milliseconds(milliseconds));
}
constexpr std::int64_t to_ms(Instant time) {
  return time.time_since_epoch().count();
}

inline constexpr Instant kMinInstant = instant(INT64_MIN / 4);
inline constexpr Instant kMaxInstant = instant(INT64_MAX / 4);

// A number that does not mix with other numbers: offsets, partitions, epochs.
template <class Tag, class T>
struct Strong {
  T value{};
  constexpr auto operator<=>(const Strong&) const = default;
  constexpr Strong& operator++() {
    ++value;
    return *this;
  }
  friend constexpr Strong operator+(Strong a, T b) { return {static_cast<T>(a.value + b)}; }
  friend constexpr T operator-(Strong a, Strong b) { return a.value - b.value; }
};

using Offset = Strong<struct OffsetTag, std::int64_t>;         // of a record in a partition; the first one is 0
using Partition = Strong<struct PartitionTag, std::uint32_t>;  // of a topic; the first one is 0
using Epoch = Strong<struct EpochTag, std::int64_t>;           // of a transactional writer; grows with each owner
using StepNumber = Strong<struct StepTag, std::int64_t>;       // of a task; the first step is 1

struct TopicPartition {
  std::string topic;
  Partition partition;
  auto operator<=>(const TopicPartition&) const = default;
};

}  // namespace engine
