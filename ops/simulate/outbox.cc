#include "ops/simulate/outbox.h"

#include <algorithm>
#include <array>
#include <functional>

namespace ops::simulate {
namespace {

using engine::Instant;
using engine::Milliseconds;

constexpr Milliseconds kLate = std::chrono::minutes(5);

// Quantiles of delays, in seconds.
constexpr std::array<std::int64_t, 5> kUsualDelay = {0, 1, 2, 5, 20};
constexpr std::array<std::int64_t, 7> kLateDelay = {301, 600, 1'800, 7'200, 28'800, 86'400, 259'200};
constexpr std::array<std::int64_t, 6> kSecondDelay = {1, 5, 30, 300, 3'600, 43'200};

}  // namespace

Outbox::Outbox(const CountyOptions& options) : options_(options), begin_(options.begin()) {}

Milliseconds Outbox::skew(std::string_view source) const {
  constexpr std::int64_t kSlow = -90;
  constexpr std::int64_t kFast = 45;
  return std::chrono::seconds(Random(text_number(source), Stream::delivery).between(kSlow, kFast));
}

void Outbox::add(const Head& head) {
  if (head.in_order) {
    deliver(head, head.time);
    return;
  }
  Random random(options_.seed, Stream::delivery, text_number(head.id), text_number(head.subject));
  const bool late = random.per_mille(options_.late_per_mille);
  Instant logged = head.time + (late ? std::chrono::seconds(random.spread(kLateDelay))
                                     : std::chrono::seconds(random.spread(kUsualDelay)));
  logged += Milliseconds(random.below(1000));
  deliver(head, logged).late = late;
  if (!random.per_mille(options_.repeat_per_mille)) return;
  const Milliseconds after = std::chrono::seconds(random.spread(kSecondDelay));
  CountyEvent& again = deliver(head, logged + after);
  again.late = logged + after - head.time >= kLate;
  again.repeated = true;
}

CountyEvent& Outbox::deliver(const Head& head, Instant logged) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(events_.size()));
    events_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  CountyEvent& event = events_[slot];
  const topics::TypeSpec& spec = topics::spec(head.type);
  event.type = head.type;
  event.family = spec.family;
  event.subject = head.subject;
  event.happened = at(head.happened);
  event.logged = at(logged);
  event.late = false;
  event.repeated = false;
  event.value.clear();
  topics::append_event(event.value,
                       {.id = head.id,
                        .source = head.source,
                        .type = spec.name,
                        .subject = head.subject,
                        .time = event.happened,
                        .zone_seconds = kZoneSeconds,
                        .correlation = head.correlation},
                       data_);
  heap_.push_back({logged, delivered_++, slot});
  std::ranges::push_heap(heap_, std::greater());
  return event;
}

const CountyEvent* Outbox::next(Instant end) {
  if (any_given_) free_.push_back(given_);
  any_given_ = false;
  if (heap_.empty() || heap_.front().logged >= end) return nullptr;
  std::ranges::pop_heap(heap_, std::greater());
  given_ = heap_.back().slot;
  any_given_ = true;
  heap_.pop_back();
  return &events_[given_];
}

}  // namespace ops::simulate
