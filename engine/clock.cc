#include "engine/clock.h"

#include <algorithm>

namespace engine {

Instant WallClock::now() const {
  return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

Instant WallClock::monotonic() const {
  return Instant(std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()));
}

ScaledClock::ScaledClock(const Clock& under, Instant start, std::int64_t speed)
    : under_(under), origin_(under.now()), start_(start), speed_(speed) {}

Instant ScaledClock::now() const {
  return start_ + (under_.now() - origin_) * speed_;
}

Instant BoundedClock::now() const {
  return std::min(under_.now(), limit_);
}

}  // namespace engine
