#include "ops/lab/county/outbox.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "engine/result.h"

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

Outbox::Outbox(const CountyOptions& options) : options_(options), begin_(options.begin()) {
  given_span_.end = begin_;
}

Milliseconds Outbox::skew(std::string_view source) const {
  constexpr std::int64_t kSlow = -90;
  constexpr std::int64_t kFast = 45;
  return std::chrono::seconds(random_stream(text_number(source), Stream::delivery).between(kSlow, kFast));
}

Outbox::Delivery Outbox::delivery(Instant time, std::uint64_t id, std::uint64_t subject) const {
  Random random = random_stream(options_.seed, Stream::delivery, id, subject);
  Delivery delivery{.first = time, .late = random.per_mille(options_.late_per_mille), .second = {}};
  delivery.first += std::chrono::seconds(delivery.late ? random.spread(kLateDelay) : random.spread(kUsualDelay));
  delivery.first += Milliseconds(random.below(1000));
  if (random.per_mille(options_.repeat_per_mille)) {
    delivery.second = delivery.first + std::chrono::seconds(random.spread(kSecondDelay));
  }
  return delivery;
}

bool Outbox::Delivery::second_late(Instant time) const {
  return *second - time >= kLate;
}

void Outbox::add(const Head& head) {
  if (head.in_order) {
    deliver(head, head.time);
    return;
  }
  const Delivery delivery = this->delivery(head.time, text_number(head.id), text_number(head.subject));
  deliver(head, delivery.first).late = delivery.late;
  if (!delivery.second) return;
  CountyEvent& again = deliver(head, *delivery.second);
  again.late = delivery.second_late(head.time);
  again.repeated = true;
}

void Outbox::tell(const Routine& routine, std::uint64_t id, std::uint64_t subject) {
  const Delivery delivery = this->delivery(routine.time, id, subject);
  routine_.push_back({delivery.first, delivered_++, routine, delivery.late, false});
  if (!delivery.second) return;
  routine_.push_back({*delivery.second, delivered_++, routine, delivery.second_late(routine.time), true});
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

void Outbox::take_routine(RoutineTeller& teller, Instant from, Instant to) {
  teller.tell_routine(from, to);
  // Sorted as numbers: the time, then the place, which ascends with the number.
  constexpr int kPlaceBits = 32;
  order_.clear();
  const auto earliest = std::ranges::min_element(routine_, {}, &WaitingRoutine::logged);
  for (std::size_t i = 0; i < routine_.size(); ++i) {
    if (routine_[i].logged >= to) continue;
    const auto since = static_cast<std::uint64_t>((routine_[i].logged - earliest->logged).count());
    CHECK(since >> (64 - kPlaceBits) == 0 && i >> kPlaceBits == 0);
    order_.push_back(since << kPlaceBits | i);
  }
  std::ranges::sort(order_);
  taken_.end = to;
  taken_.teller = &teller;
  taken_.routine.clear();
  for (const std::uint64_t place : order_) {
    taken_.routine.push_back(routine_[place & ((std::uint64_t{1} << kPlaceBits) - 1)]);
  }
  std::erase_if(routine_, [&](const WaitingRoutine& one) { return one.logged < to; });
}

void Outbox::turn() {
  std::swap(given_span_, taken_);
  next_routine_ = 0;
}

const CountyEvent* Outbox::next() {
  if (any_given_) free_.push_back(given_);
  any_given_ = false;
  const bool waits = !heap_.empty() && heap_.front().logged < given_span_.end;
  if (next_routine_ < given_span_.routine.size()) {
    const WaitingRoutine& one = given_span_.routine[next_routine_];
    if (!waits || std::pair(one.logged, one.number) < std::pair(heap_.front().logged, heap_.front().number)) {
      ++next_routine_;
      constexpr std::size_t kAhead = 4;
      const std::size_t soon = next_routine_ + kAhead;
      if (soon < given_span_.routine.size()) given_span_.teller->prefetch(given_span_.routine[soon].routine);
      given_span_.teller->write(one.routine, routine_event_);
      routine_event_.logged = at(one.logged);
      routine_event_.late = one.late;
      routine_event_.repeated = one.repeated;
      return &routine_event_;
    }
  }
  if (!waits) return nullptr;
  std::ranges::pop_heap(heap_, std::greater());
  given_ = heap_.back().slot;
  any_given_ = true;
  heap_.pop_back();
  return &events_[given_];
}

}  // namespace ops::simulate
