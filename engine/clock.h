#pragma once

#include <atomic>

#include "engine/types.h"

namespace engine {

// PORT: tells what time it is. The only source of time in the engine.
//
// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  // The same, but it goes on where now() stands still at a limit: for how often something is done.
  virtual Instant running() const { return now(); }
  // Of a clock that never goes back, whatever somebody sets: for time-outs and pauses, never for results. Its zero is
  // its own.
  virtual Instant monotonic() const = 0;
};

// The machine's clock.
class WallClock final : public Clock {
 public:
  Instant now() const override;
  Instant monotonic() const override;
};

// A clock that starts at `start` and runs `speed` times as fast as the one under it.
class ScaledClock final : public Clock {
 public:
  ScaledClock(const Clock& under, Instant start, std::int64_t speed);
  Instant now() const override;
  Instant monotonic() const override { return under_.monotonic(); }

 private:
  const Clock& under_;
  Instant origin_;
  Instant start_;
  std::int64_t speed_;
};

// A clock that never shows more than `limit`: for runs up to a moment of the past.
class BoundedClock final : public Clock {
 public:
  BoundedClock(const Clock& under, Instant limit) : under_(under), limit_(limit) {}
  Instant now() const override;
  Instant running() const override { return under_.running(); }
  Instant monotonic() const override { return under_.monotonic(); }

 private:
  const Clock& under_;
  Instant limit_;
};

// A clock that moves only when told to; for simulation and tests.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(Instant start) : now_ms_(to_ms(start)) {}
  Instant now() const override { return instant(now_ms_.load(std::memory_order_relaxed)); }
  // How far the clock was moved forward in all.
  Instant monotonic() const override { return instant(forward_ms_.load(std::memory_order_relaxed)); }
  void set(Instant time) { advance(time - now()); }
  void advance(Milliseconds by) {
    now_ms_.fetch_add(by.count(), std::memory_order_relaxed);
    if (by > Milliseconds(0)) forward_ms_.fetch_add(by.count(), std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> forward_ms_{0};
};

}  // namespace engine
