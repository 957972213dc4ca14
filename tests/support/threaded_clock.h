#pragma once

#include "engine/clock.h"

namespace support {

// For tests with threads of their own: what it shows moves only when told to, while monotonic() runs, so that waits for
// a retry or a heartbeat end.
//
// Threads: any.
class ThreadedClock final : public engine::Clock {
 public:
  explicit ThreadedClock(engine::Instant start) : shown_(start) {}
  engine::Instant now() const override { return shown_.now(); }
  engine::Instant monotonic() const override { return wall_.monotonic(); }
  void set(engine::Instant time) { shown_.set(time); }
  void advance(engine::Milliseconds by) { shown_.advance(by); }

 private:
  engine::SimulatedClock shown_;
  engine::WallClock wall_;
};

}  // namespace support
